#!/bin/bash
# SPDX-License-Identifier: MIT
# chroot.sh - the README's two commands, on a fresh clone, in a bare Debian 12.
#
#	tests/install/chroot.sh [DIRECTORY]
#
# Makes a minimal Debian with debootstrap from the mirror that this machine's own apt
# uses, clones HEAD into it, and runs `make run` and `make test` there, as root. Takes
# some minutes and 3 GB; needs root and debootstrap. DIRECTORY is kept if given: a
# second run continues with its Debian.
set -eu
cd "$(dirname "$0")/../.."
source=$PWD
suite=bookworm

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
	echo "ok README in a bare Debian # SKIP needs root and debootstrap"
	exit 77
fi

root=${1:-}
keep=$root
[ -n "$root" ] || root=$(mktemp -d /var/tmp/vigil-chroot-XXXXXX)
mkdir -p "$root"
chmod 755 "$root" # not only root lives there

mount --bind "$root" "$root" # a root has to be a separate mount to be unshared from
mounted=
# shellcheck disable=SC2086 # $mounted is a list of words
leave() {
	local where

	for where in $mounted; do
		umount -R "$root$where" 2>/dev/null || umount -l "$root$where"
	done
	umount -R "$root" 2>/dev/null || umount -l "$root"
	[ -n "$keep" ] || rm -rf --one-file-system "$root"
}
trap leave EXIT

# The first archive of the suite that apt knows here, and what it was signed with.
# shellcheck disable=SC2016 # the names are apt's
mirror=$(apt-get indextargets --format '$(SITE)|$(RELEASE)|$(REPO_URI)' 2>/dev/null |
	awk -F'|' -v suite="$suite" '$2 == suite && $3 ~ /debian\/?$/ { print $3; exit }')
[ -n "$mirror" ] || {
	echo "apt on this machine knows no archive of $suite" >&2
	exit 1
}

if [ ! -x "$root/usr/bin/apt-get" ]; then
	echo "== debootstrap"
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
		tail -n 20 "$root.log"
		exit 1
	}
	rm -f "$root.log"
fi
# How this machine reaches its mirror is how the bare one does.
apt-config dump Acquire >"$root/etc/apt/apt.conf.d/99host"
cp /etc/resolv.conf /etc/hosts "$root/etc/"

for where in /proc /sys /dev; do
	mount --rbind "$where" "$root$where"
	mount --make-rslave "$root$where"
	mounted="$where $mounted"
done

in_root() {
	chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		TERM=dumb CI=true DEBIAN_FRONTEND=noninteractive "$@"
}

# The first of the README's commands needs git, `make` itself comes before the rest.
echo "== git, make"
in_root apt-get update -qq
in_root apt-get install -qq -y --no-install-recommends git make ca-certificates >/dev/null
rm -rf "$root/root/vigil" "$root/root/vigil.git"
git clone -q --bare "$source" "$root/root/vigil.git"
in_root git clone -q /root/vigil.git /root/vigil

for words in "make run" "make test"; do
	echo "== $words"
	begin=$SECONDS
	# shellcheck disable=SC2086 # words
	in_root sh -c "cd /root/vigil && exec $words" </dev/null
	echo "== $words: $((SECONDS - begin)) s"
done
echo "ok README in a bare Debian"
