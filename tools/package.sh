#!/bin/bash
# SPDX-License-Identifier: MIT
# package.sh - source archive and packages, in build/package.
#
#	tools/package.sh source		vigil-VERSION.tar.gz, by git archive
#	tools/package.sh deb		Debian's packages and their source, by dpkg-buildpackage
#	tools/package.sh rpm		RPM packages and their source, by rpmbuild
#	tools/package.sh check		nothing but that the files agree about version, maintainer, home page
#
# All are built from the source archive: the last commit with the changes of tracked files that
# are not committed. Two runs on the same commit give the same bytes, wherever and whenever they
# are made. OUT: another folder than build/package.
set -eu
cd "$(dirname "$0")/.."
out=$(realpath -m "${OUT:-build/package}")
version=$(sed -n 's/^project(vigil VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
archive=$out/vigil-$version.tar.gz

# must COMMAND...: its output goes to a log, of which the end is shown where it fails.
must() {
	"$@" >"$out/log" 2>&1 || {
		tail -n 40 "$out/log" | cut -c 1-200 >&2
		echo "$0: failed: $*; the whole output is in $out/log" >&2
		exit 1
	}
}

make_source() {
	local commit

	git rev-parse --git-dir >/dev/null 2>&1 || {
		echo "$0: not a clone of the repository. dpkg-buildpackage and rpmbuild work here" >&2
		exit 1
	}
	git update-index -q --refresh || true # without it stash fails where only times differ
	commit=$(git stash create)
	git -c tar.umask=022 archive --format=tar --prefix="vigil-$version/" "${commit:-HEAD}" |
		gzip -n9 >"$archive"
}

# agrees FILE WHAT SAYS MEANT: what a file says about the package.
agrees() {
	[ "$3" = "$4" ] || {
		echo "$0: $1 has the $2 '$3', and it is '$4'" >&2
		exit 1
	}
}

# The version is that of CMakeLists.txt, maintainer and home page are those of debian/control:
# no format of packages can read them elsewhere.
same_texts() {
	local maintainer page

	maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
	page=$(sed -n 's/^Homepage: //p' debian/control)
	agrees debian/changelog version "$(dpkg-parsechangelog --show-field Version)" "$version"
	agrees debian/changelog maintainer "$(dpkg-parsechangelog --show-field Maintainer)" "$maintainer"
	agrees debian/copyright maintainer "$(sed -n 's/^Upstream-Contact: //p' debian/copyright)" \
		"$maintainer"
	agrees packaging/vigil.spec version "$(sed -n 's/^Version: //p' packaging/vigil.spec)" "$version"
	agrees packaging/vigil.spec maintainer "$(sed -n '/^%changelog/,/^$/s/^\* \(\w* \)\{4\}\(.*\) - .*/\2/p' \
		packaging/vigil.spec | sed q)" "$maintainer"
	agrees packaging/vigil.spec "home page" "$(sed -n 's/^URL: //p' packaging/vigil.spec)" "$page"
}

make_deb() {
	tar xf "$archive" -C "$work"
	cd "$work/vigil-$version"
	must dpkg-buildpackage --no-sign --build=full
	find .. -maxdepth 1 -type f -exec mv {} "$out" \;
	ls "$out"/*.deb
}

# The time of the build does not go into the packages. Its folder does: RPM writes the spec into the
# source package with all macros replaced. So it is always the same one.
make_rpm() {
	local date

	top=/var/tmp/vigil-$version-rpmbuild
	mkdir "$top" || {
		echo "$0: another build is there; if none runs, remove $top" >&2
		exit 1
	}
	trap 'rm -rf "$work" "$top"' EXIT
	cp "$archive" "$top"
	date=$(dpkg-parsechangelog --show-field Timestamp)
	SOURCE_DATE_EPOCH=$date must rpmbuild -ta --nodeps --define "_topdir $top" \
		--define "_buildhost localhost" \
		--define "use_source_date_epoch_as_buildtime 1" \
		--define "clamp_mtime_to_source_date_epoch 1" "$top/${archive##*/}"
	find "$top" -name '*.rpm' -exec mv {} "$out" \;
	ls "$out"/*.rpm
}

case "${1-}" in
source | deb | rpm | check) ;;
*)
	sed -n 's/^#	\(tools.*\)/usage: \1/p' "$0" >&2
	exit 2
	;;
esac
same_texts
[ "$1" != check ] || exit 0
umask 022 # RPM keeps the mode of the archive
mkdir -p "$out"
unset CMAKE_C_COMPILER_LAUNCHER # ccache writes other paths into the debug information
work=$out/work
rm -rf "$work"
mkdir "$work"
trap 'rm -rf "$work"' EXIT
make_source
[ "$1" = source ] || "make_$1"
