#!/bin/bash
# SPDX-License-Identifier: MIT
# cross-deps.sh [DIRECTORY] - builds SQLite, libyaml and PCRE2 for Windows with mingw-w64, as static
# libraries.
#
# Gets the sources from Debian's packages and builds them in DIRECTORY
# (build/deps-windows), where the preset `windows` looks for them. Returns quickly if they
# exist already. Needs the packages of `tools/setup.sh --windows`.
set -eu

cd "$(dirname "$0")/.."
into=${1:-$PWD/build/deps-windows}
host=x86_64-w64-mingw32
absent=
for library in sqlite3 yaml pcre2-8; do
	[ -e "$into/lib/lib$library.a" ] || absent=1
done
[ -n "$absent" ] || exit 0

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
echo "Fetching the sources of sqlite3, libyaml and pcre2" >&2
"${apt[@]}" update
cd "$work/src"
# A mirror may have an older version of a source only.
for package in sqlite3 libyaml pcre2; do
	for version in $(apt-cache "${apt[@]:2}" showsrc "$package" | sed -n 's/^Version: //p' | sort -rV); do
		"${apt[@]}" source "$package=$version" >"$work/log" 2>&1 || continue
		echo "$package $version" >>"$work/versions"
		continue 2
	done
	tail "$work/log" >&2
	exit 1
done

# library NAME FILES OPTION...: compiles C files, which are a list of words, to libNAME.a.
library() {
	local name=$1 files=$2 file
	shift 2
	mkdir "$work/$name"
	for file in $files; do
		must $host-gcc -O2 -I"$(dirname "$file")" "$@" -c "$file" \
			-o "$work/$name/$(basename "$file" .c).o"
	done
	$host-ar rcs "$into/lib/lib$name.a" "$work/$name"/*.o
}

echo "Building them for Windows" >&2
mkdir -p "$into/lib" "$into/include"
source=$(echo "$work"/src/sqlite3-*/)
# The amalgamation wants a configure of this machine; the compiler comes afterwards.
mkdir "$work/amalgamation" && cd "$work/amalgamation"
must "$source/configure" --disable-tcl
must make sqlite3.c sqlite3.h
library sqlite3 "$work/amalgamation/sqlite3.c" -DSQLITE_THREADSAFE=1 \
	-DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DQS=0
cp sqlite3.h "$into/include"

source=$(echo "$work"/src/libyaml-*/)
version=$(sed -n 's/^m4_define(\[YAML_\(MAJOR\|MINOR\|PATCH\)\], \([0-9]*\)).*/-DYAML_VERSION_\1=\2/p' \
	"$source/configure.ac")
# shellcheck disable=SC2086 # $version is a list of options
library yaml "$(echo "$source"/src/*.c)" -I"$source/include" \
	-DYAML_DECLARE_STATIC $version \
	-DYAML_VERSION_STRING="\"$(echo "$version" | sed 's/.*=//' | paste -sd.)\""
cp "$source/include/yaml.h" "$into/include"

source=$(echo "$work"/src/pcre2-*/)src
cp "$source/config.h.generic" "$source/config.h"
cp "$source/pcre2.h.generic" "$source/pcre2.h"
cp "$source/pcre2_chartables.c.dist" "$source/pcre2_chartables.c"
files=
for file in "$source"/pcre2_*.c; do
	case $file in # those that others include, and programs
	*_dftables.c | *_fuzzsupport.c | *_jit_match.c | *_jit_misc.c | *_jit_test.c) ;;
	*_printint.c | *_ucptables.c) ;;
	*) files="$files $file" ;;
	esac
done
library pcre2-8 "$files" \
	-DHAVE_CONFIG_H -DPCRE2_STATIC \
	-DPCRE2_CODE_UNIT_WIDTH=8 \
	-DSUPPORT_UNICODE -DSUPPORT_JIT
cp "$source/pcre2.h" "$into/include"
cp "$work/versions" "$into/versions"
echo "They are in $into" >&2
