#!/bin/bash
# SPDX-License-Identifier: MIT
# chroot.sh - the README's commands, on a fresh clone, in a bare Debian.
#
#	tests/install/chroot.sh [SUITE...]
#
# For each SUITE (bookworm trixie), once as root and once as a user with sudo: clones HEAD and runs
# `make run`, `make check`, and the installation of what `make test` needs. While the first
# begins, another process holds the locks of apt and dpkg. TARGETS="run test": these targets
# instead; what `deb` made is judged by that Debian's lintian. USERS="person": this user alone.
# Takes some minutes and 3 GB for each; needs root and debootstrap. BARE: see bare.sh.
set -u
cd "$(dirname "$0")/../.." || exit
source=$PWD
# shellcheck source=tests/check.sh
. tests/check.sh
# shellcheck source=tests/install/bare.sh
. tests/install/bare.sh
targets=${TARGETS:-run check setup}

suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
	echo "ok README in a bare Debian # SKIP needs root and debootstrap"
	exit 77
fi
log=$(mktemp)
trap 'bare_end; rm -f "$log"' EXIT

# What a person has before the first command.
prepare() {
	in_bare apt-get update -qq &&
		in_bare apt-get install -qq -y --no-install-recommends git make ca-certificates sudo &&
		in_bare useradd --create-home --shell /bin/sh person &&
		echo 'person ALL=(ALL) NOPASSWD: ALL' >"$bare/etc/sudoers.d/person" &&
		git clone -q --bare "$source" "$bare/srv/vigil.git" &&
		in_bare chown -R "$user:" /srv/vigil.git &&
		as_user "git clone -q /srv/vigil.git vigil" &&
		forget_lists
}

# As in most images: apt has no lists before `apt-get update`.
forget_lists() {
	in_bare find /var/lib/apt/lists -name '*_Packages*' -delete
}

# What only outputs need is installed too where nothing else is missing and apt has no lists.
outputs_follow() {
	in_bare apt-get purge -qq -y libnats-dev && forget_lists && runs build &&
		in_bare dpkg-query -W libnats-dev
}

# as_user COMMAND: a line for the shell, in the user's home.
as_user() {
	in_bare su - "$user" -c "export TERM=dumb CI=true; $1" </dev/null
}

# Another process has the locks, as an apt-get that upgrades, until setup.sh waits for them; two
# minutes at most.
hold_locks() {
	python3 - "$bare" "$log" <<-'END'
		import fcntl, sys, time
		held = []
		for name in "dpkg/lock-frontend", "dpkg/lock", "apt/lists/lock":
		    held.append(open(f"{sys.argv[1]}/var/lib/{name}", "r+b"))
		    fcntl.lockf(held[-1], fcntl.LOCK_EX)
		for _ in range(120):
		    time.sleep(1)
		    if "Waiting for " in open(sys.argv[2], errors="replace").read():
		        break
	END
}

runs() {
	local command="make $1"

	[ "$1" != setup ] || command="tools/setup.sh --build --test"
	as_user "cd vigil && $command" >"$log" 2>&1 || {
		grep -A 40 '[*][*][*]' "$log" # of ctest: a test that failed, and what it printed
		tail -n 20 "$log"
		return 1
	}
}

run_first() {
	local holder status=0

	: >"$log"
	hold_locks &
	holder=$!
	sleep 1
	runs "$1" || status=1
	wait "$holder"
	return "$status"
}

waited() {
	cat "$log"
	grep -q '^Waiting for /var/lib/.*lock.* It is held by process' "$log"
}

no_tags() {
	in_bare apt-get install -qq -y --no-install-recommends lintian &&
		as_user 'cd vigil && lintian --allow-root --fail-on error,warning,info,pedantic \
			--suppress-tags-from-file tests/install/lintian.tags \
			--display-info --pedantic build/package/*.changes'
}

shows_tree() {
	cat "$log"
	grep -q '^.* ├─ ' "$log" && grep -q 'processes, .*nothing lost$' "$log"
}

for suite in "${suites[@]}"; do
	check "$suite: debootstrap" bare_make "$suite"
	for user in ${USERS:-root person}; do
		bare_enter "$suite" "$suite-$user-$$"
		check "$suite, $user: git, make, a clone" prepare
		first=yes
		for target in $targets; do
			begin=$SECONDS
			if [ -n "$first" ]; then
				check "$suite, $user: $target, while another process has apt's locks" run_first "$target"
				check "$suite, $user: it says what it waits for" waited
				first=
			else
				check "$suite, $user: $target" runs "$target"
			fi
			echo "# $suite, $user: $target: $((SECONDS - begin)) s"
			case $target in
			run) check "$suite, $user: a tree is shown" shows_tree ;;
			deb) check "$suite, $user: lintian has no tag" no_tags ;;
			esac
		done
		check "$suite, $user: what outputs need, without apt's lists" outputs_follow
		bare_leave
	done
done
exit "$failed"
