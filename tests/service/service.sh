#!/bin/bash
# SPDX-License-Identifier: MIT
# service.sh VIGIL - `vigil service` on Linux: which files it makes and takes away, and
# what it asks of systemctl. systemctl is a script that writes down what it is asked:
# systemd itself does not run here. Nothing outside a private mount namespace changes.
set -u
vigil=$(realpath "$1")
if [ "$(id -u)" -ne 0 ]; then
	echo "ok # SKIP only root may mount"
	exit 77
fi
if [ -z "${VIGIL_SERVICE_INSIDE-}" ]; then
	VIGIL_SERVICE_INSIDE=1 exec unshare --mount --propagation private "$0" "$vigil"
fi
for directory in /etc /run /var/log /mnt; do
	mount -t tmpfs tmpfs "$directory" || exit 1
done
mkdir -p /etc/systemd/system /mnt/bin
cp "$vigil" /mnt/bin/vigil
cat >/mnt/bin/systemctl <<'END'
#!/bin/sh
if [ "$1" = --version ]; then
	cat /mnt/version
	exit
fi
echo "$*" >>/mnt/asked
case "$1" in
status) exit "$(cat /mnt/status)" ;;
start) exit "$(cat /mnt/start)" ;;
esac
END
cat >/mnt/bin/systemd-sysusers <<'END'
#!/bin/sh
echo "sysusers $*" >>/mnt/asked
END
chmod 755 /mnt/bin/systemctl /mnt/bin/systemd-sysusers
echo 'systemd 252 (252.1)' >/mnt/version
echo 0 >/mnt/status
echo 0 >/mnt/start
PATH=/mnt/bin:$PATH
failed=0

# asked: what systemctl was asked since the last look, in one line.
asked() {
	[ ! -f /mnt/asked ] || paste -sd';' /mnt/asked
	rm -f /mnt/asked
}

# is NAME FOUND WANTED
is() {
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		printf 'not ok %s\n# found:  %s\n# wanted: %s\n' "$1" "$2" "$3"
		failed=1
	fi
}

# service EXIT-STATUS NAME ACTION...
service() {
	local wanted=$1 name=$2

	shift 2
	/mnt/bin/vigil service "$@" >/mnt/said 2>&1
	is "$name: exit status" $? "$wanted"
}

says() {
	is "$1" "$(grep -c -- "$2" /mnt/said)" 1
}

service 4 "without systemd" install
says "without systemd: what to do" "own init"
is "without systemd nothing is made" "$(find /etc -type f)" ""

mkdir -p /run/systemd/system
service 1 "start before install" start
says "start before install: what to do" "vigil service install"

service 0 "install" install
is "install asks" "$(asked)" \
	"sysusers /etc/sysusers.d/vigil.conf;daemon-reload;enable --quiet vigil.service"
is "the unit runs this command" "$(grep ^ExecStart= /etc/systemd/system/vigil.service)" \
	"ExecStart=/mnt/bin/vigil run \$VIGIL_RULES"
is "the settings name the log" "$(grep -c '^#output = /var/log/vigil/vigil.log$' \
	/etc/vigil/vigil.conf)" 1
is "modes" "$(stat -c %a /etc/systemd/system/vigil.service /etc/vigil/vigil.conf | xargs)" "644 644"
/mnt/bin/vigil run --output /dev/null 2>/mnt/said
is "the settings can be read" "$(grep -c 'vigil.conf:' /mnt/said)" 0

# Half of it is missing, and the settings were changed: install restores the first, and keeps
# the second.
rm /etc/systemd/system/vigil.service
echo 'keep = 9' >>/etc/vigil/vigil.conf
: >/etc/systemd/system/vigil.service.new
service 0 "install again" install
is "the unit is back" "$(grep -c ^ExecStart= /etc/systemd/system/vigil.service)" 1
is "changed settings stay" "$(tail -n1 /etc/vigil/vigil.conf)" "keep = 9"
is "no half file is left" "$(find /etc -name '*.new')" ""
asked >/dev/null

service 0 "start" start
service 0 "stop" stop
service 0 "status" status
is "start, stop and status ask" "$(asked)" \
	"start vigil.service;stop vigil.service;status --no-pager vigil.service"
echo 3 >/mnt/status
service 1 "status of a stopped service" status
echo 1 >/mnt/start
service 1 "a start that fails" start
says "a start that fails: where to look" journalctl
asked >/dev/null

mkdir -p /var/log/vigil
touch /var/log/vigil/vigil.log /var/log/vigil/vigil.log.1 /var/log/vigil/vigil.log.17
touch /var/log/vigil/vigil.log.mine
service 0 "uninstall" uninstall
is "uninstall asks" "$(asked)" "disable --now vigil.service;daemon-reload"
is "changed settings and logs stay" "$(find /etc /var/log -type f | wc -l)" 5
is "nothing of systemd's is left" "$(find /etc/systemd /etc/sysusers.d -name '*vigil*' 2>/dev/null)" ""
service 0 "uninstall again" uninstall --purge
is "purge leaves what is not ours" "$(find /etc /var/log -type f)" /var/log/vigil/vigil.log.mine
is "purge leaves no directory" "$(find /etc -name 'vigil*')" ""

service 0 "install anew" install
service 0 "uninstall of what was not changed" uninstall
is "nothing is left in /etc" "$(find /etc -name 'vigil*')" ""

echo 'deny path=/usr/bin/nc' >/etc/rules
service 0 "install with rules" install --rules /etc/rules
drop_in=/etc/systemd/system/vigil.service.d/rules.conf
is "the drop-in names the rules" "$(grep -c '^Environment="VIGIL_RULES=--rules /etc/rules"$' $drop_in)" 1
service 0 "install again keeps the rules" install
is "the drop-in is still there" "$(stat -c %a $drop_in)" 644
echo 'forbid everything' >/etc/rules
service 2 "install with rules that have a mistake" install --rules /etc/rules
says "the mistake is said" "/etc/rules:1"
service 1 "install with rules that are not there" install --rules /etc/none
is "systemd 252 has no drop-in for reload" "$(find /etc/systemd -name reload.conf)" ""
echo 'systemd 257 (257.1-1)' >/mnt/version
service 0 "install with systemd 257" install
is "reload waits there" "$(grep -c -e '^Type=notify-reload$' -e '^ExecReload=$' \
	/etc/systemd/system/vigil.service.d/reload.conf)" 2
echo 'systemd 252 (252.1)' >/mnt/version
service 0 "install with the network" install --network
is "back with systemd 252 it is gone" "$(find /etc/systemd -name reload.conf)" ""
service 0 "install again keeps the network" install
is "the drop-in lets it use the network" \
	"$(grep -c ^PrivateNetwork=no$ /etc/systemd/system/vigil.service.d/network.conf)" 1
service 0 "uninstall with rules" uninstall
is "no drop-in is left" "$(find /etc/systemd -name '*vigil*')" ""
service 2 "rules with uninstall" uninstall --rules /etc/rules

# A package has its own unit, settings and user.
mkdir /mnt/upper /mnt/work
mount -t tmpfs tmpfs /usr/lib/systemd/system
mount -t overlay overlay -o lowerdir=/usr/bin,upperdir=/mnt/upper,workdir=/mnt/work /usr/bin
cp "$vigil" /usr/bin/vigil
: >/usr/lib/systemd/system/vigil.service
mkdir -p /etc/vigil
echo 'keep = 9' >/etc/vigil/vigil.conf
echo 'deny path=/usr/bin/nc' >/etc/rules
asked >/dev/null
packaged() {
	/usr/bin/vigil service "$@" >/mnt/said 2>&1
	is "of a package: $*: exit status" $? 0
}
echo 0 >/mnt/start
echo 0 >/mnt/status
packaged install --rules /etc/rules
is "of a package: no second unit, no second user" \
	"$(find /etc -path '*vigil*' -type f ! -name perf.conf | sort | xargs)" \
	"$drop_in /etc/vigil/vigil.conf"
is "of a package: install asks" "$(asked)" "daemon-reload;enable --quiet vigil.service"
packaged start
packaged status
is "of a package: start and status ask" "$(asked)" \
	"start vigil.service;status --no-pager vigil.service"
packaged uninstall --purge
is "of a package: uninstall asks" "$(asked)" "disable --now vigil.service;daemon-reload"
is "of a package: what it installed stays" "$(find /etc -path '*vigil*' -type f)" /etc/vigil/vigil.conf
service 0 "another vigil beside the package: install" install
is "another vigil has its own unit" "$(grep ^ExecStart= /etc/systemd/system/vigil.service)" \
	"ExecStart=/mnt/bin/vigil run \$VIGIL_RULES"
service 0 "another vigil beside the package: uninstall" uninstall --purge

service 2 "an unknown action" reinstall
service 2 "purge with install" install --purge
mkdir "/mnt/a b"
cp /mnt/bin/vigil "/mnt/a b/vigil"
"/mnt/a b/vigil" service install >/mnt/said 2>&1
is "a path that systemd cannot run" $? 1
chmod 755 /mnt /mnt/bin
setpriv --reuid 65534 --clear-groups /mnt/bin/vigil service install >/mnt/said 2>&1
is "only root may" $? 3
exit "$failed"
