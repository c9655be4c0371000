#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [all | NAME | KERNEL.deb | DIRECTORY | VMLINUZ]... - the sensor in other kernels than
# the one here: boots each in an emulator, lets the built vigil watch what tests/linux/program
# and a few others do there (init), checks what it reported (check.py), and prints a table of
# the results at the end, and after it each failure in full.
#
# NAME is a kernel of Debian that packages.sh downloads: 5.10, 6.1, 6.12, sid, experimental;
# `all` is these five; without an argument 6.1. DIRECTORY has packages that belong together. A
# bare VMLINUZ has no module to load. Needs no root and no KVM; qemu-system-x86,
# busybox-static, cpio, xz-utils, python3, binutils, and for names apt. ARCH is that of the
# kernels, amd64 or arm64; another one than this machine's also needs qemu-user, apt, and for
# arm64 qemu-system-arm and `make arm64`. BUILD says where vigil was built (build/linux,
# build/linux-arm64), RESULTS where to leave what came back, PACKAGES where downloaded packages
# are kept, TIMEOUT (1800 seconds) how long a boot may take, LSM what the kernel's list of LSMs
# is.
#
# Each kernel boots twice. First with two CPUs: by KVM, if a kernel boots by it here; else one
# thread of the emulator runs them in turn: emulated by two threads, kernel text that changes
# while the other CPU runs it has ended in a panic. Then with one CPU and a clock that counts
# instructions, which KVM does not have, for the cost of rules: so no noise of this machine is
# in it. (With such a clock a second CPU does not come up.)
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
timeout=${TIMEOUT:-1800}
names=(5.10 6.1 6.12 sid experimental)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
this=$(dpkg --print-architecture)
case ${ARCH:=$this} in
amd64)
	qemu=(qemu-system-x86_64) console=ttyS0 second=ttyS1 sent=(-serial "file:$work/sent")
	folder=linux-amd64 emulator=qemu-x86_64
	loader=/lib64/ld-linux-x86-64.so.2 libraries=/lib/x86_64-linux-gnu
	;;
arm64) # -M virt has one serial port
	qemu=(qemu-system-aarch64 -M virt -cpu neoverse-n1) console=ttyAMA0 second=ttyS0
	sent=(-chardev "file,id=sent,path=$work/sent" -device "pci-serial,chardev=sent")
	folder=linux-arm64 emulator=qemu-aarch64
	loader=/lib/ld-linux-aarch64.so.1 libraries=/lib/aarch64-linux-gnu
	;;
esac
if [ "$ARCH" = "$this" ]; then
	folder=linux emulator=
fi
build=$(realpath "${BUILD:-$here/../../build/$folder}")
machine=(-m 1G -nographic -no-reboot -nodefaults)
lsm=${LSM:-landlock,lockdown,yama,apparmor,bpf}
# The library that is loaded late, and the one that pthread_exit needs.
library=$(realpath "$libraries/libm.so.6")
unwinder=$libraries/libgcc_s.so.1

for tool in "${qemu[0]}" busybox cpio xz python3 readelf; do
	command -v "$tool" >/dev/null || {
		echo "$0: $tool is missing: tools/setup.sh --emulator${emulator:+ --emulator-arm64}" >&2
		exit 2
	}
done

# of_debian PACKAGE FILE: where the emulated machine's one of Debian is; downloads it if that is
# another architecture than this one.
of_debian() {
	if [ -z "$emulator" ]; then
		echo "$2"
		return
	fi
	if [ ! -d "$work/$1" ]; then
		(cd "$work" && apt-get download "$1:$ARCH" >"$work/said" 2>&1 && dpkg -x "$1"_*.deb "$1") || {
			cat "$work/said" >&2
			return 1
		}
	fi
	echo "$work/$1$2"
}

# into ROOT FILE [AS]: a program with the libraries it needs, or a library.
into() {
	local needed

	mkdir -p "$(dirname "$1${3:-$2}")"
	cp -L "$2" "$1${3:-$2}"
	$emulator "$loader" --list "$2" | grep -o '/[^ ]*' | while read -r needed; do
		mkdir -p "$1${needed%/*}"
		cp -L "$needed" "$1$needed"
	done
}

# make_initramfs MODULE: the file system that the kernel starts from, to stdout.
make_initramfs() {
	local root=$work/root program static true

	static=$(of_debian busybox-static /bin/busybox)
	true=$(of_debian coreutils /bin/true)
	rm -rf "$root"
	mkdir -p "$root"/usr/{bin,lib,lib64} "$root/etc"
	ln -s usr/bin usr/lib usr/lib64 "$root"
	cp "$here/init" "$here/rules" "$here/rule.yml" "$root"
	cp "$static" "$root/bin/busybox"
	into "$root" "$build/vigil" /vigil
	for program in program ends injector rules_start test_verifier; do
		into "$root" "$build/tests/linux/$program" "/$program"
	done
	cp "$build/tests/linux/rules_first" "$root"
	cp "$build/tests/linux/libinjected.so" "$root/injected.so"
	into "$root" "$true" /bin/true
	into "$root" "$library"
	into "$root" "$unwinder"
	echo "$library" >"$root/library"
	echo "$loader" >"$root/loader"
	echo "/dev/$second" >"$root/second"
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

# kvm_works VMLINUZ: whether it boots by KVM here. That /dev/kvm opens is not enough: in a
# virtual machine the guest may stand still.
kvm_works() {
	local root=$work/probe

	[ -w /dev/kvm ] && [ -z "$emulator" ] || return
	mkdir -p "$root/bin"
	cp "$(command -v busybox)" "$root/bin/busybox"
	printf '#!/bin/busybox sh\n/bin/busybox echo it boots\n/bin/busybox poweroff -f\n' >"$root/init"
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio --quiet --create --format newc --owner 0:0) >"$work/probe.cpio"
	timeout 30 qemu-system-x86_64 -accel kvm -cpu host -smp 2 "${machine[@]}" \
		-serial "file:$work/probe.console" -kernel "$1" -initrd "$work/probe.cpio" \
		-append "console=ttyS0 panic=-1 quiet" </dev/null >/dev/null 2>&1
	grep -q 'it boots' "$work/probe.console"
}

# two_cpus VMLINUZ: sets $accel, the options for the first boot, once.
two_cpus() {
	[ ${#accel[@]} -eq 0 ] || return 0
	if kvm_works "$1"; then
		accel=(-accel kvm -cpu host)
		echo "# the first boot of each kernel uses KVM"
	else
		accel=(-accel 'tcg,thread=single')
		echo "# no kernel boots by KVM here: one thread emulates both CPUs"
	fi
}

# boot VMLINUZ RESULTS WHAT OPTION...: what init is to do, and the emulator's options.
boot() {
	local vmlinuz=$1 results=$2 what=$3

	shift 3
	timeout "$timeout" "${qemu[@]}" "$@" "${machine[@]}" \
		-serial "file:$results/console.$what" "${sent[@]}" \
		-kernel "$vmlinuz" -initrd "$work/initramfs" \
		-append "console=$console panic=-1 quiet lsm=$lsm vigil.$what" \
		</dev/null >"$results/qemu.$what" 2>&1 || return
	tail -n 1 "$work/sent" | grep -q '^== end' || return
	grep -v '^==' "$work/sent" | base64 -d | tar -C "$results" --strip-components=1 -xz
}

# unpack KERNEL: sets $vmlinuz, and $module to a module to load, or nothing.
unpack() {
	local tree=$work/tree package

	rm -rf "$tree"
	mkdir -p "$tree"
	if [ -d "$1" ] || [[ $1 == *.deb ]]; then
		while read -r package; do
			dpkg -x "$package" "$tree"
		done < <(find "$1" -name '*.deb')
		vmlinuz=$(find "$tree" -name 'vmlinuz*' -type f)
		module=$(find "$tree" -name 'dummy.ko' -o -name 'dummy.ko.xz')
	else
		vmlinuz=$1
		module=
	fi
}

# run_one KERNEL NAME
run_one() {
	local results=$work/results vmlinuz module

	rm -rf "$results"
	mkdir -p "$results"
	unpack "$1"
	two_cpus "$vmlinuz"
	make_initramfs "$module" >"$work/initramfs"
	if boot "$vmlinuz" "$results" all "${accel[@]}" -smp 2 &&
		boot "$vmlinuz" "$results" cost -accel tcg -icount shift=0,sleep=off -smp 1; then
		echo "ok $2 boots, runs everything, powers off"
		VIGIL=/vigil PROGRAM=/program LIBRARY=$library LOADER=$loader PYTHONPATH=$here/../linux \
			python3 "$here/check.py" "$results" || failed=1
	else
		tail -n 30 "$results"/console.* "$results"/qemu.*
		echo "not ok $2 boots, runs everything, powers off"
		failed=1
	fi
	if [ -n "${RESULTS-}" ]; then
		mkdir -p "$RESULTS/$2"
		cp -r "$results/." "$RESULTS/$2"
	fi
}

# run_named NAME: downloads it first, unless it is in $packages.
run_named() {
	local directory=$packages/$1 said

	if [[ " ${names[*]} " != *" $1 "* ]]; then
		echo "not ok $1: no such file, and no kernel with this name"
		failed=1
		return
	fi
	if ! compgen -G "$directory/*.deb" >/dev/null &&
		! said=$("$here/packages.sh" "$1" "$directory" "$ARCH" 2>&1); then
		echo "ok $1 # SKIP $(tail -n 1 <<<"$said")"
		return
	fi
	run_one "$directory" "$1"
}

# summary: what each kernel passed, and each failure with what was printed before it.
summary() {
	local tap

	printf '\n%-36s %6s %6s %7s\n' kernel ok failed skipped
	for tap in "$work"/tap/*; do
		printf '%-36s %6d %6d %7d\n' "$(head -n 1 "$tap")" "$(grep '^ok' "$tap" | grep -vc '# SKIP')" \
			"$(grep -c '^not ok' "$tap")" "$(grep -c '# SKIP' "$tap")"
	done
	awk '/^ok / { text = ""; next } { text = text "\n" $0 }
		/^not ok/ { print text; text = "" }' "$work"/tap/*
}

if [ $# -eq 0 ]; then
	set -- 6.1
elif [ "$*" = all ]; then
	set -- "${names[@]}"
fi
packages=${PACKAGES:-$work/packages}
accel=()
mkdir -p "$work/tap"
count=0 failed=0
for kernel; do
	count=$((count + 1))
	tap=$work/tap/$(printf %03d "$count")
	basename "$kernel" >"$tap"
	if [ -e "$kernel" ]; then
		run_one "$kernel" "$(basename "$kernel")"
	else
		run_named "$kernel"
	fi >>"$tap"
	tail -n +2 "$tap"
done
summary
# If none could be had, nothing was tested.
grep -q '^ok.*boots, runs everything' "$work"/tap/* || failed=1
exit "$failed"
