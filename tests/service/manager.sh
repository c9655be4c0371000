#!/bin/bash
# SPDX-License-Identifier: MIT
# manager.sh VIGIL - `vigil run` under a real systemd, that of a user, with the lines of the unit
# that say when it is started again: the watchdog, a reload with a mistake, wrong settings. TAP.
# Nothing outside a private mount namespace changes.
set -u
vigil=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
systemd=/usr/lib/systemd/systemd
if [ ! -x $systemd ] || [ "$(id -u)" -ne 0 ]; then
	echo "ok # SKIP no systemd here, or not root"
	exit 77
fi
if [ -z "${VIGIL_MANAGER_INSIDE-}" ]; then
	VIGIL_MANAGER_INSIDE=1 exec unshare --mount --propagation private "$0" "$vigil"
fi
mount -t tmpfs tmpfs /mnt || exit 1
mount -t tmpfs tmpfs /run || exit 1
if ! mount -t tmpfs tmpfs /sys/fs/cgroup || ! mount -t cgroup2 cgroup2 /sys/fs/cgroup; then
	echo "ok # SKIP no control groups of version 2"
	exit 77
fi
export XDG_RUNTIME_DIR=/mnt/run HOME=/mnt/home
units=$HOME/.config/systemd/user
group=/sys/fs/cgroup/vigil-manager-$$
mkdir -p $units /run/systemd/system
mkdir -m 700 $XDG_RUNTIME_DIR
mkdir -p "$group/manager"
echo $$ >"$group/manager/cgroup.procs"
cat >$units/vigil.service <<END
[Service]
Type=notify
ExecStart=$vigil run --config /mnt/conf --output /mnt/log --status /mnt/status
Restart=always
RestartSec=2
TimeoutAbortSec=5
$(grep -E '^(ExecReload|RestartPreventExitStatus)=' "$here/../../packaging/vigil.service.in")
WatchdogSec=5
END
echo 'type = exec' >/mnt/conf
# shellcheck source=tests/check.sh
. "$here/../check.sh"
$systemd --user --unit=basic.target >/mnt/manager 2>&1 &
manager=$!

explain() {
	tail -n 5 /mnt/manager
	systemctl --user show -p ActiveState,StatusText,NRestarts,Result vigil
}

soon() {
	local i

	for ((i = 0; i < 60; i++)); do
		"$@" && return
		sleep 0.5
	done
	return 1
}

# is PROPERTY PATTERN: of the service.
is() {
	systemctl --user show -p "$1" --value vigil | grep -qE "$2"
}

hangs() {
	kill -STOP "$(systemctl --user show -p MainPID --value vigil)"
	soon is Result '^watchdog$' && soon is NRestarts '^1$'
}

reload_wrong() {
	echo 'max-size = wrong' >>/mnt/conf
	systemctl --user reload vigil
	soon is StatusText '; reload: /mnt/conf:2: max-size'
}

reload_right() {
	sed -i '$d' /mnt/conf
	systemctl --user reload vigil
	soon is StatusText ' alerts$'
}

stays_down() {
	echo 'max-size = wrong' >>/mnt/conf
	systemctl --user restart vigil
	sleep 3
	is ActiveState '^failed$' && is ExecMainStatus '^2$'
}

soon test -S $XDG_RUNTIME_DIR/systemd/private
check "start" systemctl --user start vigil
check "the status has figures" soon is StatusText '^[0-9]+ events, [0-9]+ a second, [0-9]+ lost'
check "stats knows it" soon "$vigil" stats --service --status /mnt/status
check "a reload with a mistake is in the status" reload_wrong
check "and the service runs on" is ActiveState '^active$'
check "a reload without one" reload_right
check "it was not started again" is NRestarts '^0$'
check "the watchdog ends a service that is stopped, and it is started again" hangs
check "it is ready again" soon "$vigil" stats --service --status /mnt/status
check "with wrong settings it is not started again" stays_down
systemctl --user exit
wait $manager
echo $$ >/sys/fs/cgroup/cgroup.procs
rmdir "$group"/manager/* "$group/manager" "$group" 2>/dev/null
exit "$failed"
