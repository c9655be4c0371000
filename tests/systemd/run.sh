#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [deb | rpm] - the service under a real systemd: boots a Debian in an emulator, in which
# inside.sh installs, starts, reloads, stops and uninstalls it.
#
# deb, rpm: instead, package.sh installs that package, upgrades it while the service runs, and
# removes it. PACKAGES: the folder that `make package` wrote (build/package).
#
# Needs root (debootstrap), qemu-system-x86, debootstrap, e2fsprogs, and the package archive; for
# rpm what `make rpm` needs. No KVM. BUILD says where vigil was built (build/linux); ROOT, a folder
# made before, is used instead of a new Debian, or made there where it is missing; TIMEOUT (1800
# seconds) how long it may take.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${BUILD:-$here/../../build/linux}")
packaged=${PACKAGES:-$here/../../build/package}
kind=${1-}
case $kind in
'') inside=inside.sh ;;
deb | rpm) inside=package.sh ;;
*)
	sed -n 's/^# \(run.sh .*\) - .*/usage: \1/p' "$0" >&2
	exit 2
	;;
esac
timeout=${TIMEOUT:-1800}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=${ROOT:-$work/root}
packages=systemd,systemd-sysv,dbus,rpm,linux-image-amd64,libbpf1,libsqlite3-0,libssl3,libcap-ng0,libyaml-0-2,libpcre2-8-0

for tool in qemu-system-x86_64 debootstrap mke2fs; do
	command -v "$tool" >/dev/null || {
		echo "$0: $tool is missing: apt-get install qemu-system-x86 debootstrap e2fsprogs" >&2
		exit 2
	}
done
[ "$(id -u)" -eq 0 ] || {
	echo "ok # SKIP only root may make a Debian"
	exit 0
}

if [ ! -e "$root/etc/debian_version" ]; then
	# The release that vigil was built on: it has the libraries.
	# shellcheck source=/dev/null
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	debootstrap --variant=minbase --include="$packages" "$release" "$root" >"$work/log" 2>&1 || {
		tail -n 30 "$work/log"
		exit 1
	}
fi

# The changes are not made to a root that is used again.
image=$work/image
mkdir "$work/changed"
mount -t tmpfs tmpfs "$work/changed"
mkdir "$work/changed"/{upper,work,merged}
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/changed/upper,workdir=$work/changed/work" \
	"$work/changed/merged"
trap 'umount "$work/changed/merged" "$work/changed"; rm -rf "$work"' EXIT
new=$work/changed/merged
mkdir "$new/srv/old" "$new/srv/new"
case $kind in
deb)
	cp "$packaged"/vigil_*.deb "$new/srv/old/"
	# The next version differs in its number alone.
	dpkg-deb -R "$packaged"/vigil_*.deb "$work/next"
	sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
	dpkg-deb -b "$work/next" "$new/srv/new/" >/dev/null
	cp "$here/../../debian/tests/service" "$new/srv/"
	;;
rpm)
	cp "$packaged"/vigil-[0-9]*."$(uname -m)".rpm "$new/srv/old/"
	# And so does the next release.
	rpmbuild --rebuild --nodeps --define "_topdir $work/next" --define "dist .next" \
		"$packaged"/vigil-*.src.rpm >"$work/log" 2>&1 || {
		tail -n 30 "$work/log"
		exit 1
	}
	cp "$work"/next/RPMS/*/vigil-[0-9]*.rpm "$new/srv/new/"
	cp "$here/../../packaging/vigil-perf.conf" "$new/srv/perf.conf"
	;;
'')
	cp "$build/vigil" "$new/usr/bin/vigil"
	cp "$build/tests/linux/program" "$new/usr/bin/program"
	;;
esac
cp "$here/$inside" "$here/../check.sh" "$new/usr/bin/"
cat >"$new/etc/systemd/system/inside.service" <<'END'
[Unit]
After=multi-user.target systemd-journald.service
[Service]
Type=oneshot
ExecStart=/bin/bash /usr/bin/INSIDE KIND
ExecStopPost=/bin/sh -c 'sleep 1; systemctl poweroff --force --force'
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
[Install]
WantedBy=multi-user.target
END
sed -i "s,INSIDE KIND,$inside $kind," "$new/etc/systemd/system/inside.service"
ln -s ../inside.service "$new/etc/systemd/system/multi-user.target.wants/inside.service"
rm -f "$new"/etc/systemd/system/getty.target.wants/*
mke2fs -q -t ext4 -d "$new" "$image" 3G

kernel=$(find "$new/boot" -name 'vmlinuz-*' | sort -V | tail -n 1)
initrd=$(find "$new/boot" -name 'initrd.img-*' | sort -V | tail -n 1)
# Its clock counts the instructions of its one processor: however slow the emulator is, the
# machine is as fast as it seems from inside, so what is lost there is the service's fault.
timeout "$timeout" qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off -smp 1 -m 1G \
	-nographic -no-reboot -nodefaults -serial "file:$work/console" -serial "file:$work/said" \
	-drive "file=$image,if=virtio,format=raw,cache=unsafe" -kernel "$kernel" -initrd "$initrd" \
	-append "root=/dev/vda rw console=ttyS0 panic=-1 quiet" </dev/null >"$work/qemu" 2>&1 || true
tr -d '\r' <"$work/said" || true
if ! tr -d '\r' <"$work/said" | grep -q '^# end$'; then
	echo "not ok the machine boots, runs everything, powers off"
	tail -n 30 "$work/console" "$work/qemu"
	exit 1
fi
! grep -q '^not ok' "$work/said"
