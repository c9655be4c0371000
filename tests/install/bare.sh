# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# bare.sh - read by tests that need a Debian as it is right after installation.
#
#	bare_make SUITE			makes it with debootstrap in $BARE/SUITE, if it is not there
#	bare_enter SUITE NAME		mounts a copy of it: $bare is the copy's path
#	bare_leave			unmounts and removes the copy
#	bare_end			the same, and all that is not kept, at the end of the test
#	in_bare COMMAND...		runs there, as root
#
# BARE: a folder to keep what debootstrap made; without it it is made in each run. The archive
# is the one that apt on this machine uses. Needs root and debootstrap.
bare_folder=${BARE-}
bare=

bare_make() {
	local suite=$1 root mirror

	[ -n "$bare_folder" ] || bare_folder=$(mktemp -d /var/tmp/vigil-bare-XXXXXX)
	mkdir -p "$bare_folder"
	chmod 755 "$bare_folder" # not only root lives there
	root=$bare_folder/$suite
	[ ! -e "$root.made" ] || return 0
	# The first archive of Debian that apt knows here.
	# shellcheck disable=SC2016 # the names are apt's
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
		awk '/debian\/?$/ { print; exit }')
	[ -n "$mirror" ] || {
		echo "apt on this machine knows no archive of Debian" >&2
		return 1
	}
	rm -rf --one-file-system "$root"
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
		tail -n 20 "$root.log"
		return 1
	}
	# How this machine reaches its mirror is how the bare one does.
	apt-config dump Acquire >"$root/etc/apt/apt.conf.d/99host"
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	touch "$root.made"
}

bare_enter() {
	local where

	bare_copy=$bare_folder/$2
	bare=$bare_copy/root
	mkdir -p "$bare_copy"/{upper,work,root}
	mount -t overlay overlay -o \
		"lowerdir=$bare_folder/$1,upperdir=$bare_copy/upper,workdir=$bare_copy/work" "$bare"
	for where in /proc /sys /dev; do
		mount --rbind "$where" "$bare$where"
		mount --make-rslave "$bare$where"
	done
}

bare_leave() {
	local where

	[ -n "$bare" ] || return 0
	for where in /dev /sys /proc; do
		umount -R "$bare$where" 2>/dev/null || umount -l "$bare$where" || true
	done
	umount "$bare" 2>/dev/null || umount -l "$bare"
	rm -rf --one-file-system "$bare_copy"
	bare=
}

bare_end() {
	bare_leave
	[ -n "${BARE-}" ] || [ -z "$bare_folder" ] || rm -rf --one-file-system "$bare_folder"
}

in_bare() {
	chroot "$bare" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		TERM=dumb CI=true DEBIAN_FRONTEND=noninteractive "$@"
}
