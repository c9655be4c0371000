#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.sh - the packages: judged by lintian and rpmlint, installed and removed in bare Debians,
# and tested there by autopkgtest.
#
#	tests/install/packages.sh [SUITE...]
#
# SUITE: where the packages are installed (bookworm trixie). PACKAGES: the folder that `make package`
# wrote (build/package). Needs root and the packages of `tools/setup.sh --distribute`. BARE: see
# bare.sh. tests/install/reproducible.sh makes them again; tests/systemd/run.sh upgrades a running
# service.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/check.sh
. tests/check.sh
# shellcheck source=tests/install/bare.sh
. tests/install/bare.sh

suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)

if [ "$(id -u)" -ne 0 ]; then
	echo "ok packages # SKIP needs root"
	exit 77
fi
work=$(mktemp -d)
chmod 755 "$work"
trap 'bare_end; rm -rf "$work"' EXIT
packages=$(realpath "${PACKAGES:-build/package}")

# Without a tag; debian/*.lintian-overrides and lintian.tags have the reason of each exception.
no_tags() {
	lintian --fail-on error,warning,info,pedantic --display-info --pedantic \
		--suppress-tags-from-file tests/install/lintian.tags "$packages"/*.changes
}

rpm_tags() {
	rpmlint --config packaging/rpmlint.toml "$packages"/*.rpm
}

# What the packages install and nothing else of vigil's.
owned_files() {
	in_bare sh -c 'find / -xdev -name "*vigil*" ! -path "/srv/*" ! -path "/var/lib/dpkg/*" \
		! -path "/var/lib/systemd/deb-systemd-helper-*" ! -path "/var/cache/*"'
}

install_all() {
	mkdir -p "$bare/srv/packages"
	cp "$packages"/*.deb "$bare/srv/packages/"
	in_bare apt-get update -qq &&
		in_bare sh -c 'apt-get install -y --no-install-recommends /srv/packages/*.deb'
}

sees_itself() {
	local said

	said=$(in_bare vigil trace -- sh -c '/bin/true a-marker; exit 7' 2>&1)
	[ $? -eq 7 ] && grep -q 'true a-marker' <<<"$said"
}

settings_stay() {
	echo '# changed' >>"$bare/etc/vigil/vigil.conf"
	in_bare apt-get remove -y vigil >/dev/null && [ -s "$bare/etc/vigil/vigil.conf" ] &&
		[ ! -e "$bare/usr/bin/vigil" ]
}

purge_all() {
	in_bare apt-get purge -y vigil libvigil0.2 libvigil-dev vigil-doc >/dev/null &&
		in_bare apt-get autoremove --purge -y >/dev/null
}

nothing_left() {
	local left

	left=$(owned_files)
	echo "$left"
	[ -z "$left" ]
}

library_test() {
	in_bare apt-get install -y --no-install-recommends gcc libc6-dev pkg-config >/dev/null &&
		cp debian/tests/library "$bare/srv/" && in_bare /srv/library
}

# debian/tests; 2: some were skipped.
auto_test() {
	autopkgtest --no-built-binaries "$packages"/*.changes -- chroot "$bare" >"$work/log" 2>&1
	case $? in
	0 | 2) ;;
	*) tail -n 60 "$work/log" && return 1 ;;
	esac
	grep -A9 ' summary$' "$work/log" | sed 's/^/# /' >&2
	grep -q '^command  *PASS' "$work/log" && grep -q '^library  *PASS' "$work/log"
}

# The dependencies of RPM packages are names of libraries, and not in RPM's database here.
rpm_requires() {
	rpm -qp --requires "$packages"/vigil-[0-9]*."$(uname -m)".rpm | grep -q '^libbpf.so.1()(64bit)$'
}

# in_rpm WORDS: of a shell's command line. Scripts run; systemd does not, here.
in_rpm() {
	in_bare sh -c "rpm --nodeps --nosignature $1"
}

rpm_installs() {
	mkdir -p "$bare/srv/rpm"
	cp "$packages"/vigil-*."$(uname -m)".rpm "$packages"/vigil-doc-*.noarch.rpm "$bare/srv/rpm/"
	in_bare apt-get update -qq &&
		in_bare apt-get satisfy -y --no-install-recommends \
			"rpm, systemd, $(dpkg-deb -f "$packages"/vigil_*.deb Depends)" >/dev/null &&
		in_rpm '-i /srv/rpm/*.rpm' && in_bare getent passwd vigil &&
		in_rpm '-V vigil vigil-libs vigil-devel vigil-doc' &&
		sees_itself
}

rpm_again() {
	echo '# changed' >>"$bare/etc/vigil/vigil.conf"
	in_rpm '-U --force /srv/rpm/*.rpm' &&
		grep -q '^# changed' "$bare/etc/vigil/vigil.conf"
}

rpm_removes() {
	in_rpm '-e vigil vigil-libs vigil-devel vigil-doc' &&
		[ "$(owned_files)" = "$(printf '%s\n' /etc/vigil /etc/vigil/vigil.conf.rpmsave)" ]
}

check "lintian has no tag" no_tags
check "rpmlint has no warning" rpm_tags
check "the RPM package names the libraries that it needs" rpm_requires
for suite in "${suites[@]}"; do
	check "$suite: debootstrap" bare_make "$suite"
	bare_enter "$suite" "$suite-packages-$$"
	check "$suite: install" install_all
	check "$suite: the command runs" in_bare vigil --version
	check "$suite: it sees a process" sees_itself
	check "$suite: programs compile with the library" library_test
	check "$suite: changed settings stay where the package is removed" settings_stay
	check "$suite: install again" install_all
	check "$suite: purge" purge_all
	check "$suite: nothing is left" nothing_left
	bare_leave
	bare_enter "$suite" "$suite-autopkgtest-$$"
	check "$suite: autopkgtest" auto_test
	bare_leave
	bare_enter "$suite" "$suite-rpm-$$"
	check "$suite: rpm installs" rpm_installs
	check "$suite: rpm installs over that" rpm_again
	check "$suite: rpm removes" rpm_removes
	bare_leave
done
exit "$failed"
