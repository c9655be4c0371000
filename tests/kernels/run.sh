#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [KERNEL.deb | VMLINUZ]... - the sensor in other kernels than the one here:
# boots each in an emulator, lets the built vigil watch what tests/linux/program and a
# few others do there (init), and checks what it reported (check.py).
#
# Without an argument: the kernel that the package archive calls linux-image-amd64.
# Another one: apt-get download linux-image-VERSION. A bare VMLINUZ has no module to load.
# Needs no root and no KVM;
# qemu-system-x86, busybox-static, cpio, xz-utils, python3, binutils. BUILD says where vigil was
# built (build/linux), RESULTS where to leave what came back, TIMEOUT (1800 seconds)
# how long a boot may take, LSM what the kernel's list of LSMs is.
#
# Each kernel boots twice. First with two CPUs, which one thread of the emulator runs in
# turn: emulated by two threads, kernel text that changes while the other CPU runs it has
# ended in a panic. Then with one CPU and a clock that counts instructions, for the cost of
# rules: so no noise of this machine is in it.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${BUILD:-$here/../../build/linux}")
timeout=${TIMEOUT:-1800}
lsm=${LSM:-landlock,lockdown,yama,apparmor,bpf}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The library that is loaded late, and the one that pthread_exit needs.
library=$(realpath "$(ldconfig -p | sed -n 's|.*libm\.so\.6 (libc6,x86-64.*=> ||p')")
unwinder=$(ldconfig -p | sed -n 's|.*libgcc_s\.so\.1 (libc6,x86-64.*=> ||p')

for tool in qemu-system-x86_64 busybox cpio xz python3 readelf; do
	command -v "$tool" >/dev/null || {
		echo "$0: $tool is missing: apt-get install qemu-system-x86 busybox-static cpio xz-utils python3 binutils" >&2
		exit 2
	}
done

# into ROOT FILE [AS]: a program with the libraries it needs, or a library.
into() {
	local needed

	mkdir -p "$(dirname "$1${3:-$2}")"
	cp -L "$2" "$1${3:-$2}"
	ldd "$2" | grep -o '/[^ ]*' | while read -r needed; do
		mkdir -p "$1${needed%/*}"
		cp -L "$needed" "$1$needed"
	done
}

# make_initramfs MODULE: the file system that the kernel starts from, to stdout.
make_initramfs() {
	local root=$work/root

	rm -rf "$root"
	mkdir -p "$root"/usr/{bin,lib,lib64} "$root/etc"
	ln -s usr/bin usr/lib usr/lib64 "$root"
	cp "$here/init" "$here/rules" "$root"
	cp "$(command -v busybox)" "$root/bin/busybox"
	into "$root" "$build/vigil" /vigil
	into "$root" "$build/tests/linux/program" /program
	into "$root" "$build/tests/linux/injector" /injector
	into "$root" "$build/tests/linux/rules_start" /rules_start
	cp "$build/tests/linux/rules_first" "$root"
	cp "$build/tests/linux/libinjected.so" "$root/injected.so"
	into "$root" /bin/true
	into "$root" "$library"
	into "$root" "$unwinder"
	echo "$library" >"$root/library"
	printf 'c0ffee%.0s' 1 2 3 4 5 6 7 8 9 10 >"$root/container"
	echo 1234 >>"$root/container"
	printf '%s\n' root:x:0:0::/:/bin/sh nobody:x:65534:65534::/:/bin/sh >"$root/etc/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: >"$root/etc/group"
	case $1 in
	*.xz) xz -dc "$1" >"$root/module.ko" ;;
	?*) cp "$1" "$root/module.ko" ;;
	esac
	(cd "$root" && find . | cpio --quiet --create --format newc --owner 0:0)
}

# boot VMLINUZ RESULTS WHAT OPTION...: what init is to do, and the emulator's options.
boot() {
	local vmlinuz=$1 results=$2 what=$3

	shift 3
	timeout "$timeout" qemu-system-x86_64 "$@" -m 1G -nographic -no-reboot -nodefaults \
		-serial "file:$results/console.$what" -serial "file:$work/sent" \
		-kernel "$vmlinuz" -initrd "$work/initramfs" \
		-append "console=ttyS0 panic=-1 quiet lsm=$lsm vigil.$what" \
		</dev/null >"$results/qemu.$what" 2>&1 || return
	tail -n 1 "$work/sent" | grep -q '^== end' || return
	grep -v '^==' "$work/sent" | base64 -d | tar -C "$results" --strip-components=1 -xz
}

# run_one KERNEL
run_one() {
	local kernel=$1 results=$work/results tree=$work/tree module vmlinuz

	rm -rf "$tree" "$results"
	mkdir -p "$tree" "$results"
	case $kernel in
	*.deb)
		dpkg -x "$kernel" "$tree"
		vmlinuz=$(find "$tree/boot" -name 'vmlinuz-*')
		module=$(find "$tree" -name 'dummy.ko' -o -name 'dummy.ko.xz')
		;;
	*)
		vmlinuz=$kernel
		module=
		;;
	esac
	make_initramfs "$module" >"$work/initramfs"
	if boot "$vmlinuz" "$results" all -accel tcg,thread=single -smp 2 &&
		boot "$vmlinuz" "$results" cost -accel tcg -icount shift=0,sleep=off -smp 1; then
		echo "ok $(basename "$kernel") boots, runs everything, powers off"
		VIGIL=/vigil PROGRAM=/program LIBRARY=$library PYTHONPATH=$here/../linux \
			python3 "$here/check.py" "$results" || failed=1
	else
		echo "not ok $(basename "$kernel") boots, runs everything, powers off"
		tail -n 30 "$results"/console.* "$results"/qemu.*
		failed=1
	fi
	if [ -n "${RESULTS-}" ]; then
		mkdir -p "$RESULTS/$(basename "$kernel")"
		cp -r "$results/." "$RESULTS/$(basename "$kernel")"
	fi
}

if [ $# -eq 0 ]; then
	package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' | head -n 1)
	(cd "$work" && apt-get download "$package" >&2)
	set -- "$work"/*.deb
fi
failed=0
for kernel; do
	run_one "$kernel"
done
exit "$failed"
