#!/bin/bash
# SPDX-License-Identifier: MIT
# screenshot.sh - makes docs/report.png: records the build of a Debian source package,
# makes a report of it, and opens the report in Chromium.
#
#	tools/screenshot.sh [KEEP]
#
# Needs root, build/linux and the packages of tools/setup.sh --test. KEEP: a directory
# in which recording and page are kept.
set -eu
cd "$(dirname "$0")/.."
vigil=$PWD/build/linux/vigil
keep=${1-}
if [ "$(id -u)" -ne 0 ]; then
	echo "Recording needs root: sudo tools/screenshot.sh" >&2
	exit 3
fi

here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
source=$(python3 tests/linux/source.py "$here")
mkfifo "$here/go"
# The build waits for a line in the FIFO, so that all of it is recorded.
(
	cd "$source"
	exec sh -c 'read -r _ <"$1"; ./configure --quiet && make -j4' build "$here/go"
) >/dev/null 2>&1 &
builder=$!
"$vigil" record --quiet --children-of "$builder" "$here/build.vigil" &
recorder=$!
for _ in $(seq 100); do
	[ ! -s "$here/build.vigil" ] || break
	sleep 0.1
done
sleep 1
echo >"$here/go"
wait "$builder"
sleep 0.5
kill -INT "$recorder"
wait "$recorder"
"$vigil" report --children-of "$builder" "$here/build.vigil" -o "$here/build.html"
python3 tests/report/screenshot.py "$here/build.html" docs/report.png light '
	const makes = rows.filter((row) => nameOf(row) === "make");
	const make = makes.sort((a, b) => P.d[b] - P.d[a])[0];
	searchFor("cc1");
	select(rows.filter((row) => row > make && nameOf(row) === "cc1")[2]);
	scroller.scrollTop = (placeOf(make) - 1) * ROW;
	setView(P.t[make] + P.d[make] * 0.12, P.t[make] + P.d[make] * 0.5);
	document.scrollingElement.scrollTop = 0;'
[ -z "$keep" ] || cp "$here/build.vigil" "$here/build.html" "$keep"
echo "docs/report.png"
