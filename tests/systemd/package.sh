#!/bin/bash
# SPDX-License-Identifier: MIT
# package.sh deb|rpm - in the machine that run.sh boots: the package is installed, upgraded while the
# service runs, removed and, by dpkg, purged. TAP.
set -u
kind=$1
log=/var/log/vigil/vigil.log
# shellcheck source=tests/check.sh
. /usr/bin/check.sh

explain() {
	journalctl -u vigil -u vigil-upgrade --no-pager -n 40
}

# soon COMMAND...: until it succeeds, for a minute at most.
soon() {
	local i

	for ((i = 0; i < 120; i++)); do
		"$@" && return
		sleep 0.5
	done
	return 1
}

# put FOLDER: installs or upgrades.
put() {
	case $kind in
	deb) dpkg -i "$1"/*.deb ;;
	rpm) as_rpm -U "$1"/*.rpm ;;
	esac
}

drop() {
	case $kind in
	deb) dpkg -r vigil ;;
	rpm) as_rpm -e vigil ;;
	esac
}

# What the package needs is not in RPM's database here.
as_rpm() {
	rpm --dbpath /var/lib/rpm --nodeps "$@"
}

# RPM enables a service as the presets of the distribution say, and leaves it to the
# administrator to start it. The package does not have the drop-in that Debian's kernel needs.
start_after_rpm() {
	local unit

	for unit in vigil vigil-upgrade; do
		mkdir -p "/run/systemd/system/$unit.service.d"
		cp /srv/perf.conf "/run/systemd/system/$unit.service.d/"
	done
	systemctl daemon-reload
	systemctl start vigil
}

active() {
	[ "$(systemctl is-active "$1")" = active ]
}

seen() {
	/bin/true "$1"
	sleep 1
	grep -q "[\" ]$1\"" $log
}

# Starts programs with numbered arguments until /run/enough is there.
start_programs() {
	local i

	for ((i = 1; ; i++)); do
		/bin/true "number-$i."
		echo "$i" >/run/started
		[ ! -e /run/enough ] || break
		sleep 0.02
	done
}

# numbers FILE...: those whose exec is there, each once.
numbers() {
	cat "$@" | grep -oE '[" ]number-[0-9]+\."' | grep -oE '[0-9]+' | sort -un
}

upgrade() {
	local programs before status

	before=$(systemctl show -p MainPID --value vigil)
	start_programs &
	programs=$!
	sleep 2
	put /srv/new
	status=$?
	sleep 2
	touch /run/enough
	wait "$programs"
	sleep 2
	[ "$status" -eq 0 ] && [ "$(systemctl show -p MainPID --value vigil)" != "$before" ]
}

every_number() {
	local files=(/var/log/vigil/vigil.log* /var/log/vigil/upgrade.log*) started

	started=$(cat /run/started)
	echo "# $started programs, $(numbers "${files[@]}" | wc -l) in the logs," \
		"$(numbers $log* | wc -l) in the service's log" >&2
	diff <(seq "$started") <(numbers "${files[@]}") | head -n 20
	[ "$started" -gt 50 ] && [ "$(numbers "${files[@]}" | wc -l)" -eq "$started" ]
}

# The restart is visible: the log says where it stopped, and where it started again.
says_restart() {
	grep -o '"state":"[a-z]*"' $log | sort | uniq -c
	grep -q 'stopped' $log && [ "$(grep -c 'started' $log)" -ge 2 ]
}

# Settings that were changed.
settings_stay() {
	case $kind in
	deb) grep -q '^# changed' /etc/vigil/vigil.conf ;;
	rpm) grep -q '^# changed' /etc/vigil/vigil.conf.rpmsave ;;
	esac
}

# Of the purged package nothing remains but its user.
nothing_left() {
	local left

	left=$(find /etc /run /var/log /usr -name '*vigil*' ! -path '/run/log/*' ! -path '/usr/bin/package.sh')
	echo "$left"
	[ -z "$left" ]
}

check "install" put /srv/old
check "the user is there" getent passwd vigil
check "it is enabled" systemctl is-enabled vigil
[ "$kind" = deb ] || check "start" start_after_rpm
check "the service runs" soon active vigil
echo '# changed' >>/etc/vigil/vigil.conf
[ "$kind" = rpm ] || check "debian/tests/service, which autopkgtest skips in a chroot" /srv/service
check "it sees a program start" soon seen first-marker
check "\`vigil service status\` knows the package's unit" vigil service status
check "upgrade while it runs" upgrade
check "every program that started meanwhile is in a log" every_number
check "the log shows the restart" says_restart
check "the service for the upgrade has ended" [ "$(systemctl is-active vigil-upgrade)" = inactive ]
check "its log is the user's alone" [ "$(stat -c '%U %a' /var/log/vigil/upgrade.log)" = "vigil 600" ]
check "the service runs after it" soon seen second-marker
check "the journal shows nothing denied" sh -c \
	'! journalctl -u vigil -u vigil-upgrade --no-pager | grep -iE "not permitted|denied:|SIGSYS|cannot"'
check "changed settings stay in the upgrade" grep -q '^# changed' /etc/vigil/vigil.conf
check "it is still enabled" systemctl is-enabled vigil
check "remove" drop
check "the service has ended" [ "$(systemctl is-active vigil)" = inactive ]
check "it is not enabled" sh -c '! systemctl is-enabled vigil'
check "logs stay" [ -s $log ]
check "settings stay" settings_stay
if [ "$kind" = deb ]; then
	check "purge" dpkg -P vigil
else
	rm -rf /etc/vigil /var/log/vigil /run/systemd/system/vigil*
fi
check "nothing is left" nothing_left
journalctl -u vigil -u vigil-upgrade --no-pager | sed 's/^/# /'
echo "# end"
