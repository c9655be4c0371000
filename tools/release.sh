#!/bin/bash
# SPDX-License-Identifier: MIT
# release.sh - what `make release` does after the packages and the files for Windows are built:
# collects them in build/release with the source archive, the list of the packages of Debian that
# built them (.buildinfo), an SPDX document of what is in them, and the SHA-256 sums.
set -eu
cd "$(dirname "$0")/.."
into=build/release

[ -z "$(git status --porcelain)" ] || {
	echo "$0: a release is made of a commit, and there are changes that are not committed" >&2
	exit 1
}
! grep -q 'vigil[.]invalid' debian/control ||
	echo "$0: maintainer and home page in debian/control are placeholders (CONTRIBUTING.md)" >&2
rm -rf "$into"
mkdir -p "$into"
version=$(sed -n 's/^project(vigil VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
cp build/package/*[-_]"$version"[-_.]*{tar.?z,dsc,buildinfo,deb,rpm} \
	build/windows/vigil-"$version"-*.{zip,msi} "$into"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) tools/sbom.py "$version" "$into"/* \
	>"vigil-$version.spdx.json.new"
mv "vigil-$version.spdx.json.new" "$into/vigil-$version.spdx.json"
(cd "$into" && sha256sum -- * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS)
ls "$into"
