#!/bin/bash
# SPDX-License-Identifier: MIT
# reproducible.sh - the packages of this commit, made again elsewhere, have the same bytes.
#
# PACKAGES: the folder that `make package` wrote on the same commit (build/package). Needs the
# packages of `tools/setup.sh --build --package --distribute`.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/check.sh
. tests/check.sh
first=$(realpath "${PACKAGES:-build/package}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
second=$work/second

# In a clone, with another umask, language, time zone, home and times of files.
make_again() {
	git clone -q . "$work/a-longer-name-of-a-clone" &&
		(
			cd "$work/a-longer-name-of-a-clone" || exit
			umask 077
			export OUT=$second TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 LANGUAGE=de HOME=/nonexistent
			find . -type f -name '*.[ch]' -exec touch -d '2001-02-03' {} +
			tools/package.sh deb && tools/package.sh rpm
		)
}

# Files of both folders have the same bytes, and diffoscope shows no difference where it is.
same_bytes() {
	local name different=0

	for name in "$first"/*.deb "$first"/*.rpm "$first"/*.dsc "$first"/*.tar.?z; do
		name=${name##*/}
		cmp "$first/$name" "$second/$name" && continue
		different=1
		! command -v diffoscope >/dev/null ||
			diffoscope --max-report-size 20000 "$first/$name" "$second/$name"
	done
	! command -v diffoscope >/dev/null ||
		for name in "$first"/*.deb; do
			diffoscope "$name" "$second/${name##*/}" || different=1
		done
	return "$different"
}

check "made a second time" make_again
check "they have the same bytes" same_bytes
exit "$failed"
