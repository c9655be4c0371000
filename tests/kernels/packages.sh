#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.sh NAME DIRECTORY [ARCH] - downloads the packages of one of Debian's kernels
# (amd64) into DIRECTORY. NAME: 5.10, 6.1, 6.12, sid or experimental.
#
# It uses the mirror that apt of this machine uses, with separate lists and a separate
# configuration: those of the machine are not changed. If a kernel cannot be had, the reason is
# the last line on standard error, and the status is 1.
set -eu
name=$1 directory=$2 arch=${3:-amd64}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# mirror LABEL: where the repository with that label is.
mirror() {
	apt-get indextargets --format "\$(LABEL) \$(REPO_URI)" | sed -n "s/^$1 //p" | head -n 1
}

case $name in
5.10) suite=bullseye security=bullseye-security ;;
6.1) suite=bookworm security=bookworm-security ;;
6.12) suite=trixie security=trixie-security ;;
sid | experimental) suite=$name security= ;;
*) fail "no kernel is called $name here: 5.10, 6.1, 6.12, sid, experimental" ;;
esac
archive=$(mirror Debian)
[ -n "$archive" ] || fail "apt of this machine knows no mirror of Debian, or apt-get update never ran"
echo "deb $archive $suite main" >"$work/sources.list"
if [ -n "$security" ]; then
	archive=$(mirror Debian-Security)
	[ -z "$archive" ] || echo "deb $archive $security main" >>"$work/sources.list"
fi

mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
options=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
	-o "Dir::State::lists=$work/lists" -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache"
	-o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o Acquire::Languages=none
	-o APT::Sandbox::User=root -o APT::Update::Error-Mode=any)

# depends PACKAGE WHICH...: those of its dependencies whose names begin so.
depends() {
	apt-cache "${options[@]}" depends "$1" | sed -n 's/.*Depends: //p' | grep -E "^($2)-[0-9]" || true
}
apt-get "${options[@]}" update >"$work/said" 2>&1 ||
	fail "$suite cannot be read: $(tail -n 1 "$work/said")"
image=$(depends "linux-image-$arch" linux-image | head -n 1)
[ -n "$image" ] || fail "$suite has no linux-image-$arch"
# Since 7.2 the kernel and its modules are separate packages.
mapfile -t packages < <(echo "$image" && depends "$image" 'linux-binary|linux-modules')
(cd "$work/packages" && apt-get "${options[@]}" download "${packages[@]}") >"$work/said" 2>&1 ||
	fail "${packages[*]}: $(tail -n 1 "$work/said")"
mkdir -p "$directory"
mv "$work/packages"/*.deb "$directory"
