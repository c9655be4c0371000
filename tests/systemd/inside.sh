#!/bin/bash
# SPDX-License-Identifier: MIT
# inside.sh - in the machine that run.sh boots: what the service does under systemd. TAP.
set -u
log=/var/log/vigil/vigil.log
# shellcheck source=tests/check.sh
. /usr/bin/check.sh

explain() {
	journalctl -u vigil --no-pager -n 30
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

# seen WORD: the log has the start of a program with that argument.
seen() {
	/bin/true "$1"
	sleep 1
	grep -q "[\" ]$1\"" $log
}

active() {
	[ "$(systemctl is-active vigil)" = active ]
}

main_pid() {
	systemctl show -p MainPID --value vigil
}

is_confined() {
	local pid

	pid=$(main_pid)
	grep -q "^Uid:.$(id -u vigil)" "/proc/$pid/status" &&
		grep -q '^NoNewPrivs:.1' "/proc/$pid/status" &&
		grep -q '^Seccomp:.2' "/proc/$pid/status" &&
		! grep -q '^CapEff:.*[8-9a-f].........$' "/proc/$pid/status"
}

# refused PROGRAM: it does not start.
refused() {
	"$1"
	[ $? -eq 126 ]
}

starts() {
	"$1"
}

# reload: succeeds where the service is ready again, as the same process.
reload() {
	local before

	before=$(main_pid)
	systemctl reload vigil && soon active && [ "$(main_pid)" = "$before" ]
}

# keeps_settings: wrong settings are reported and change nothing.
keeps_settings() {
	echo 'max-size = wrong' >>/etc/vigil/vigil.conf
	reload || return
	sed -i '$d' /etc/vigil/vigil.conf
	soon sh -c 'journalctl -u vigil --no-pager | grep -q "stay in force"'
}

# stats knows the service, which is ready.
figures() {
	vigil stats --service >/tmp/stats && grep -q '^log ' /tmp/stats && grep -q '^exec ' /tmp/stats
}

status_text() {
	systemctl show -p StatusText --value vigil | grep -q "$1"
}

# probe PATH CODE: what the service answers.
probe() {
	exec 3<>/dev/tcp/127.0.0.1/9469 || return
	printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3
	head -n 1 <&3 | grep -q " $2 "
}

restarts() {
	[ "$(systemctl show -p NRestarts --value vigil)" = "$1" ]
}

# A stopped process sends no beats.
hang() {
	mkdir -p /run/systemd/system/vigil.service.d
	printf '[Service]\nWatchdogSec=5\nTimeoutAbortSec=5\n' >/run/systemd/system/vigil.service.d/watchdog.conf
	systemctl daemon-reload
	systemctl restart vigil
	kill -STOP "$(main_pid)"
	soon restarts 1
}

ended_by_watchdog() {
	journalctl -u vigil --no-pager | grep -q 'Watchdog timeout'
}

# With wrong settings it ends with status 2 and is not started again.
stays_down() {
	echo 'max-size = wrong' >>/etc/vigil/vigil.conf
	systemctl restart vigil
	sleep 7
	systemctl show -p ActiveState -p ExecMainStatus --value vigil | sort | xargs >/tmp/state
	sed -i '$d' /etc/vigil/vigil.conf
	[ "$(cat /tmp/state)" = "2 failed" ]
}

rotated() {
	program burst 200 2 /bin/true
	[ -s $log.1 ]
}

lost_nothing() {
	! journalctl -u vigil --no-pager | grep 'events written' | grep -v ', 0 lost, 0 not written'
}

# What the unit's filter refuses ends the service instead of being refused in silence.
strict() {
	mkdir -p /etc/systemd/system/vigil.service.d
	printf '[Service]\nSystemCallErrorNumber=kill\n' >/etc/systemd/system/vigil.service.d/strict.conf
	systemctl daemon-reload
}

nothing_left() {
	local left

	left=$(find /etc /run /var/log -name '*vigil*' ! -path '/run/log/*'
		getent passwd vigil)
	echo "$left"
	[ -z "$left" ]
}

check "install" vigil service install
check "the user is there" getent passwd vigil
strict
check "start" vigil service start
check "status" vigil service status
check "it runs as its user, confined" is_confined
check "it sees a program start" soon seen first-marker
check "the log is the user's alone" [ "$(stat -c '%U %a' $log)" = "vigil 600" ]
check "it has lost nothing of itself" active

check "stop" vigil service stop
check "start again" vigil service start
check "it sees a program start again" soon seen second-marker
check "what was before is still in the log" grep -q first-marker $log

cp /bin/true /usr/local/bin/forbidden
cp /bin/true /tmp/forbidden
cp /bin/true /usr/local/bin/fine
printf 'deny path=/usr/local/bin/forbidden\ndeny path=/tmp/forbidden\n' >/etc/vigil/rules
check "install with rules" vigil service install --rules /etc/vigil/rules
check "restart" systemctl restart vigil
check "what the rules forbid does not start" refused /usr/local/bin/forbidden
check "nor does it in /tmp" refused /tmp/forbidden
check "other programs start" starts /usr/local/bin/fine
check "what was refused is in the log" soon grep -q '"denied"' $log
check "list shows how often" sh -c 'vigil rules list --rules /etc/vigil/rules; vigil rules --help'
echo 'deny path=/usr/local/bin/fine' >/etc/vigil/rules.new
cat /etc/vigil/rules >>/etc/vigil/rules.new
mv /etc/vigil/rules.new /etc/vigil/rules
check "changed rules come into force" soon refused /usr/local/bin/fine

mv $log $log.renamed
check "reload where the log was renamed" reload
check "a new log has begun" soon seen third-marker
check "the new log is the user's alone" [ "$(stat -c '%U %a' $log)" = "vigil 600" ]
check "the renamed one has what was before" grep -q second-marker $log.renamed
check "after reload rules are still in force" refused /usr/local/bin/fine
check "reload with wrong settings" keeps_settings
check "the status shows the mistake" soon status_text 'reload: .*max-size'
check "the settings are checked without the service" vigil run --check
check "stats shows what the service does" soon figures
echo 'max-size = 64K' >>/etc/vigil/vigil.conf
check "reload with other settings" reload
check "the log rotates" soon rotated
check "it is still confined" is_confined
check "it was never started again by itself" [ "$(systemctl show -p NRestarts --value vigil)" = 0 ]
check "the status shows events" soon status_text 'events, .* a second, 0 lost'
check "install with the network" vigil service install --network
echo 'metrics = 127.0.0.1:9469' >>/etc/vigil/vigil.conf
check "restart with metrics" systemctl restart vigil
check "a probe is answered" soon probe /readyz 200
check "Prometheus is answered" probe /metrics 200
check "a service that hangs is started again" hang
check "by the watchdog" ended_by_watchdog
check "it sees a program start after that" soon seen watchdog-marker
check "a probe is answered again" soon probe /readyz 200
check "with wrong settings it is not started again" stays_down
check "start with the previous settings" vigil service start
check "stop at the end" vigil service stop
check "forbidden programs start without it" starts /usr/local/bin/forbidden
check "nothing was lost" lost_nothing
check "the journal shows nothing denied" sh -c \
	'! journalctl -u vigil --no-pager | grep -iE "not permitted|denied:|SIGSYS|cannot"'

rm /etc/systemd/system/vigil.service.d/strict.conf
rm -rf /run/systemd/system/vigil.service.d
check "uninstall" vigil service uninstall --purge
check "a log that was renamed stays" [ -s $log.renamed ]
check "and so does its owner" getent passwd vigil
rm $log.renamed
check "uninstall again" vigil service uninstall --purge
rm -f /etc/vigil/rules
rmdir /etc/vigil /run/vigil-service 2>/dev/null
check "nothing is left" nothing_left
journalctl -u vigil --no-pager | sed 's/^/# /'
echo "# end"
