#!/bin/bash
# SPDX-License-Identifier: MIT
# unit.sh VIGIL - the unit that `vigil service install` writes, alone and with rules, as
# systemd's own tools judge it. Nothing outside a private mount namespace changes.
set -u
vigil=$(realpath "$1")
if ! command -v systemd-analyze >/dev/null; then
	echo "ok # SKIP no systemd-analyze here"
	exit 77
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "ok # SKIP only root may mount"
	exit 77
fi
if [ -z "${VIGIL_SERVICE_INSIDE-}" ]; then
	VIGIL_SERVICE_INSIDE=1 exec unshare --mount --propagation private "$0" "$vigil"
fi
root=/mnt/root
mount -t tmpfs tmpfs /mnt || exit 1
mkdir -p $root/{etc,usr/lib/systemd,run,bin} /mnt/bin
# Verifying needs the units that every unit refers to.
cp -r /usr/lib/systemd/system $root/usr/lib/systemd/
ln -s usr/lib $root/lib
for tool in systemctl systemd-sysusers; do
	printf '#!/bin/sh\n' >/mnt/bin/$tool
	chmod 755 /mnt/bin/$tool
done
mkdir -p /run/systemd/system $root/etc/systemd/system
mount --bind $root/etc /etc
mkdir -p $root/mnt/bin
cp "$vigil" $root/mnt/bin/vigil
cp /bin/sh $root/bin/ # of ExecReload
cp "$vigil" /mnt/bin/vigil
PATH=/mnt/bin:$PATH
# shellcheck source=tests/check.sh
. "$(dirname "$0")/../check.sh"

verify() {
	systemd-analyze verify --root="$root" --man=no vigil.service
	# It warns of what it does not know, and calls that success.
	! systemd-analyze verify --root="$root" --man=no vigil.service 2>&1 | grep -F vigil
}

score() {
	systemd-analyze security --offline=yes --no-pager --root="$root" --threshold="$1" vigil.service
}

check "install" /mnt/bin/vigil service install
rm -f /etc/systemd/system/vigil.service.d/perf.conf # what this kernel needs beyond it
check "the unit is well-formed" verify
check "the exposure is 1.5 or lower" score 15
check "install with the network" /mnt/bin/vigil service install --network
rm -f /etc/systemd/system/vigil.service.d/perf.conf
check "the unit with the network is well-formed" verify
check "the exposure with the network is 2.5 or lower" score 25
rm /etc/systemd/system/vigil.service.d/network.conf
echo 'deny path=/usr/bin/nc' >/etc/rules
check "install with rules" /mnt/bin/vigil service install --rules /etc/rules
check "the unit with rules is well-formed" verify
check "the exposure with rules is 2.1 or lower" score 21
exit "$failed"
