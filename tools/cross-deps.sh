#!/bin/bash
# SPDX-License-Identifier: MIT
# cross-deps.sh [DIRECTORY] - builds a static SQLite for Windows with mingw-w64.
#
# Gets the source from Debian's package and builds it in DIRECTORY
# (build/deps-windows), where the preset `windows` looks for it. Returns quickly if it
# exists already. Needs the packages of `tools/setup.sh --windows`.
set -eu

cd "$(dirname "$0")/.."
into=${1:-$PWD/build/deps-windows}
host=x86_64-w64-mingw32
if [ -e "$into/lib/libsqlite3.a" ]; then
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The settings of apt are not changed: sources come from the same places as packages. Its
# lists and cache are not used, so another apt that has them locked does not matter.
sources() {
	local file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -e "$file" ] || grep -hE '^deb .*debian' "$file" | sed 's/^deb /deb-src /' || true
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -e "$file" ] || awk '
			function tell(   i, n, s) {
				n = split(suites, s, " ")
				for (i = 1; i <= n && uri ~ /debian/; i++)
					print "deb-src " (key ? "[signed-by=" key "] " : "") uri, s[i], parts
				uri = suites = parts = key = ""
			}
			/^URIs:/ { uri = $2 }
			/^Suites:/ { sub(/^Suites: */, ""); suites = $0 }
			/^Components:/ { sub(/^Components: */, ""); parts = $0 }
			/^Signed-By:/ { key = $2 }
			/^$/ { tell() }
			END { tell() }' "$file"
	done
}
# must COMMAND: quiet, unless it fails.
must() {
	"$@" >"$work/log" 2>&1 || {
		tail "$work/log" >&2
		exit 1
	}
}
mkdir -p "$work/lists/partial" "$work/cache" "$work/src"
sources >"$work/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o "Dir::Etc::SourceParts=/dev/null"
	-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=")
echo "Fetching the source of sqlite3" >&2
"${apt[@]}" update
cd "$work/src"
must "${apt[@]}" source sqlite3

echo "Building it for Windows" >&2
mkdir -p "$into/lib" "$into/include"
source=$(echo "$work"/src/sqlite3-*/)
# The amalgamation wants a configure of this machine; the compiler comes afterwards.
mkdir "$work/sqlite" && cd "$work/sqlite"
must "$source/configure" --disable-tcl
must make sqlite3.c sqlite3.h
$host-gcc -O2 -DSQLITE_THREADSAFE=1 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DQS=0 -c sqlite3.c
$host-ar rcs "$into/lib/libsqlite3.a" sqlite3.o
cp sqlite3.h "$into/include"
echo "It is in $into" >&2
