#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh - installs missing packages that building and testing need.
#
#	tools/setup.sh [--build] [--check] [--test] [--package] [--distribute]
#		[--emulator] [--emulator-arm64] [--windows] [--wine] [--arm64] [--list]
#
# Returns quickly if nothing is missing. On Debian it uses apt, with sudo only if
# something is missing and the caller is not root. Elsewhere it names what is
# missing. --list prints the packages and installs nothing. --test includes
# --check, which is what `make check` needs. --arm64 adds that architecture to dpkg's and
# installs the libraries that --build and `make check` need for it.
set -eu

# set, Debian package, how to check that it is installed:
# cmd: a command, pc: a pkg-config module, pc64: one of arm64, file: a path (may be a pattern)
needs() {
	cat <<-'END'
	build	make			cmd:make
	build	gcc			cmd:cc
	build	libc6-dev		file:/usr/include/stdio.h
	build	clang			cmd:clang
	build	bpftool			cmd:bpftool
	build	cmake			cmd:cmake
	build	ninja-build		cmd:ninja
	build	pkgconf			cmd:pkg-config
	build	libbpf-dev		pc:libbpf
	build	libelf-dev		pc:libelf
	build	zlib1g-dev		pc:zlib
	build	libsqlite3-dev		pc:sqlite3
	build	libssl-dev		pc:libcrypto
	build	libcap-ng-dev		pc:libcap-ng
	build	libseccomp-dev		pc:libseccomp
	build	libyaml-dev		pc:yaml-0.1
	build	libpcre2-dev		pc:libpcre2-8
	outputs	librdkafka-dev		pc:rdkafka
	outputs	libnats-dev		pc:libnats
	outputs	libcurl4-openssl-dev	pc:libcurl
	check	libcmocka-dev		pc:cmocka
	engines	nats-server		cmd:nats-server
	engines	clickhouse-server	cmd:clickhouse-server
	test	rsyslog			cmd:rsyslogd
	test	rsyslog-openssl		file:/usr/lib/*/rsyslog/lmnsd_ossl.so
	test	rsyslog-gnutls		file:/usr/lib/*/rsyslog/lmnsd_gtls.so
	test	libclang-rt-dev		file:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a
	check	llvm			cmd:llvm-objdump
	test	abigail-tools		cmd:abidw
	test	g++			cmd:c++
	check	jq			cmd:jq
	check	libxml2-utils		cmd:xmllint
	test	strace			cmd:strace
	test	iproute2		cmd:ip
	test	gdb			cmd:gdb
	check	dpkg-dev		cmd:dpkg-source
	check	binutils		cmd:readelf
	check	python3			cmd:python3
	check	python3-yaml		file:/usr/lib/python3/dist-packages/yaml/__init__.py
	check	util-linux		cmd:unshare
	check	procps			cmd:ps
	check	git			cmd:git
	test	clang-format		cmd:clang-format
	test	clang-tidy		cmd:clang-tidy
	test	cppcheck		cmd:cppcheck
	test	shellcheck		cmd:shellcheck
	check	mandoc			cmd:mandoc
	test	osslsigncode		cmd:osslsigncode
	check	openssl			cmd:openssl
	test	chromium		cmd:chromium
	test	chromium-driver		cmd:chromedriver
	test	gcc-mingw-w64-x86-64-win32	cmd:x86_64-w64-mingw32-gcc
	test	wine64			file:/usr/lib/wine/wine64
	test	wixl			cmd:wixl
	test	msitools		cmd:msibuild
	package	build-essential		file:/usr/share/build-essential/list
	package	debhelper		cmd:dh
	package	dpkg-dev		cmd:dpkg-buildpackage
	package	git			cmd:git
	package	python3			cmd:python3
	package	rpm			cmd:rpmbuild
	distribute	lintian			cmd:lintian
	distribute	rpmlint			cmd:rpmlint
	distribute	diffoscope-minimal	cmd:diffoscope
	distribute	autopkgtest		cmd:autopkgtest
	distribute	debootstrap		cmd:debootstrap
	emulator	qemu-system-x86		cmd:qemu-system-x86_64
	emulator	busybox-static		cmd:busybox
	emulator	cpio			cmd:cpio
	emulator	xz-utils		cmd:xz
	emulator	binutils		cmd:readelf
	emulator	python3			cmd:python3
	emulator	debootstrap		cmd:debootstrap
	emulator	e2fsprogs		cmd:mke2fs
	wine	wine64			file:/usr/lib/wine/wine64
	wine	python3			cmd:python3
	windows	make			cmd:make
	windows	cmake			cmd:cmake
	windows	ninja-build		cmd:ninja
	windows	python3			cmd:python3
	windows	gcc-mingw-w64-x86-64-win32	cmd:x86_64-w64-mingw32-gcc
	windows	dpkg-dev		cmd:dpkg-source
	windows	tcl			cmd:tclsh
	windows	clang			cmd:clang
	windows	lld			cmd:ld.lld
	windows	clang-tidy		cmd:clang-tidy
	windows	wixl			cmd:wixl
	windows	msitools		cmd:msibuild
	arm64	crossbuild-essential-arm64	cmd:aarch64-linux-gnu-gcc
	arm64	pkgconf:arm64		cmd:aarch64-linux-gnu-pkg-config
	arm64	qemu-user		cmd:qemu-aarch64
	emulator-arm64	qemu-system-arm	cmd:qemu-system-aarch64
	END
}

# lines: those of needs(), and for each library that is built with, the same one of arm64.
lines() {
	needs
	needs | sed -nE 's|^(build\|check)	([^	]*)(	+)pc:|arm64	\2:arm64\3pc64:|p
		s|^outputs	([^	]*)(	+)pc:|arm64-outputs	\1:arm64\2pc64:|p'
}

is_there() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	pc64:*) [ -e "/usr/lib/aarch64-linux-gnu/pkgconfig/${1#pc64:}.pc" ] ;;
	file:*)
		for path in ${1#file:}; do
			[ ! -e "$path" ] || return 0
		done
		return 1
		;;
	esac
}

# can_be_had SET PACKAGE: libraries of outputs and servers that they are tested with are left out if
# the system has no such package (Debian 13: clickhouse-server); until apt has lists, that is not
# known.
can_be_had() {
	case $1 in
	*outputs | engines) [ -n "$no_lists" ] || apt-cache show "$2" >/dev/null 2>&1 ;;
	esac
}

missing() {
	lines | while read -r set package test; do
		case " $sets " in
		*" $set "*) is_there "$test" || ! can_be_had "$set" "$package" || echo "$package" ;;
		esac
	done | sort -u | tr '\n' ' '
}

PATH=$PATH:/usr/sbin:/sbin # bpftool is there, and PATH may lack it
sets=
list=
for option; do
	case $option in
	--test) sets="$sets check test engines" ;;
	--build) sets="$sets build outputs" ;;
	--arm64) sets="$sets arm64 arm64-outputs" ;;
	--check | --package | --distribute | --emulator | --emulator-arm64 | --windows | --wine) sets="$sets ${option#--}" ;;
	--list) list=1 ;;
	*)
		sed -n 's/^#	\(tools.*\)/usage: \1/p; s/^#	\(	.*\)/\1/p' "$0" >&2
		exit 2
		;;
	esac
done
[ -n "$sets" ] || sets="build outputs"

if [ -n "$list" ]; then
	lines | while read -r set package _; do
		case " $sets " in *" $set "*) echo "$package" ;; esac
	done | sort -u
	exit
fi

no_lists=
if command -v apt-get >/dev/null && ! is_there "file:/var/lib/apt/lists/*_Packages*"; then
	no_lists=1
fi
absent=$(missing)
[ -n "$absent" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "Missing here: $absent" >&2
	echo "These are Debian's names; install what your system calls them, then try again." >&2
	exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "Missing here, and to be installed by root: apt-get install $absent" >&2
		exit 1
	fi
	as_root=sudo
	echo "sudo is needed once, to install: $absent" >&2
fi

# apt_get WORD...: waits while another program holds a lock of apt or dpkg, and says which one.
# DPkg::Lock::Timeout of apt applies to dpkg's lock alone, not to those of the lists and archives.
apt_get() {
	said=
	while ! $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -qq "$@" >"$log" 2>&1; do
		holder=$(sed -n 's/^E: .*[Cc]ould not get lock /Waiting for /p' "$log" | sed q)
		[ -n "$holder" ] || return 1
		[ "$holder" = "$said" ] || echo "$holder" >&2
		said=$holder
		sleep 2
	done
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing: $absent" >&2
case $sets in
*arm64*) $as_root dpkg --add-architecture arm64 ;;
esac
apt_get update || true # apt_get install reports what matters
no_lists=
absent=$(missing)
# shellcheck disable=SC2086 # $absent is a list of words
if ! apt_get install -y --no-install-recommends $absent; then
	cat "$log" >&2
	echo "apt-get could not install: $absent" >&2
	exit 1
fi
absent=$(missing)
if [ -n "$absent" ]; then
	echo "Installed, and yet not found: $absent" >&2
	exit 1
fi
