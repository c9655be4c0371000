#!/bin/bash
# SPDX-License-Identifier: MIT
# doctor.sh VIGIL - `vigil doctor` as root, as the user `nobody`, and in places where less is
# available. What it says is compared with what the system itself says.
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cp "$1" "$dir/vigil" || exit 1 # the user `nobody` may not look into the build directory
vigil=$dir/vigil
out=$dir/out
# shellcheck source=tests/check.sh
. "$(dirname "$0")/../check.sh"

explain() {
	cat "$out"
}

# is STATUS COMMAND...: runs it, into $out, and looks at the exit status.
is() {
	local want=$1 got

	shift
	"$@" >"$out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$want" ] || {
		echo "exit status $got, not $want"
		cat "$dir/err"
		return 1
	}
}

has() {
	if [ ! -s "$out" ] || ! jq -e "$1" "$out" >/dev/null; then
		echo "not so: $1"
		return 1
	fi
}

state() {
	has ".checks | any(.name == \"$1\" and .state == \"$2\")"
}

kernel_mounts() {
	grep -cE ' (securityfs|tracefs) ' /proc/mounts
}
mounts=$(kernel_mounts)

nobody() {
	setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"
}

check "help" is 0 "$vigil" doctor --help
check "help says the exit statuses" grep -q '^exit status: 0' "$out"
check "unknown option" is 2 "$vigil" doctor --unknown
check "extra word" is 2 "$vigil" doctor please
check "bad color" is 2 "$vigil" doctor --color blue

everybody() {
	is "$1" "${@:2}" "$vigil" doctor --json || return
	has '.version and (.checks | length > 15) and (.uses | has("processes"))' &&
		has ".status == $1 and (.outcome | length > 0)" &&
		has 'all(.checks[]; .state | IN("ok", "limited", "denied", "missing"))' &&
		has 'all(.checks[]; .detail | length > 0)' &&
		has '(.checks | map(.name)) | length == (unique | length)' &&
		has "[.checks[] | select(.name == \"release\") | .detail | contains(\"$(uname -r)\")] | all"
}

text_agrees() {
	is "$1" "${@:2}" "$vigil" doctor || return
	# One line a check, no line wider than a terminal, no colors in a file.
	[ "$(grep -cE '^  .{17} (ok|limited|denied|missing) ' "$out")" -eq \
		"$("${@:2}" "$vigil" doctor --json | jq '.checks | length')" ] &&
		! grep -E '.{81}' "$out" && ! grep -q $'\033' "$out" &&
		grep -q "^What Vigil uses here" "$out"
}

if [ "$(id -u)" -ne 0 ]; then
	check "not root: JSON" everybody 3
	check "not root: text" text_agrees 3
	echo "ok as root # SKIP this is not root"
	exit "$failed"
fi

# What is to be expected of root here: the sensor itself is the judge.
expected=0
timeout 20 "$vigil" watch --duration 100ms >/dev/null 2>"$dir/err" || expected=$?
case $expected in
0)
	"$vigil" doctor >/dev/null
	expected=$? # 1: it works, with limits
	[ "$expected" -le 1 ] || expected=0
	;;
3 | 4) ;;
*)
	cat "$dir/err"
	echo "not ok vigil watch gives $expected"
	exit 1
	;;
esac

check "root: JSON" everybody "$expected"
check "root: text" text_agrees "$expected"
check "root: colors on demand" is "$expected" "$vigil" doctor --color always
check "root: colors are there" grep -q $'\033\\[32mok' "$out"
if [ "$expected" -eq 0 ]; then
	is 0 "$vigil" doctor --json
	check "root: ebpf" has '.uses.processes == "ebpf" and .uses["image loads"] == "perf"'
	check "root: the sensor saw us" state sensor ok
	check "root: process access" has '.uses["process access"] | test("fexit|sys_exit")'
else
	echo "ok root: the sensor # SKIP vigil watch does not work here ($expected)"
fi
check "nothing stays mounted" test "$mounts" = "$(kernel_mounts)"
check "nothing stays in /tmp" sh -c '! ls /tmp/vigil-doctor-* 2>/dev/null'
check "full disk" is 5 sh -c "\"$vigil\" doctor >/dev/full"

check "nobody: JSON" everybody 3 nobody
check "nobody: text" text_agrees 3 nobody
check "nobody: is shown what to do" grep -q 'sudo vigil' "$out"
is 3 nobody "$vigil" doctor --json
check "nobody: programs denied" state programs denied
check "nobody: type information can be read" state btf ok

if [ "$expected" -le 1 ]; then
	two=-all,+bpf,+perfmon
	check "two capabilities are enough" is "$expected" setpriv --reuid nobody --regid nogroup \
		--clear-groups --inh-caps=$two --ambient-caps=$two "$vigil" doctor --json
	check "with two capabilities: the sensor" state sensor ok
	check "with two capabilities: what fanotify needs" \
		has '.checks | any(.name == "fanotify" and .state == "denied" and (.advice | test("CAP_SYS_ADMIN")))'
	check "with two capabilities: no CAP_SYS_NICE" state priority limited
fi

if unshare --pid --fork --mount-proc true 2>/dev/null; then
	check "PID namespace: JSON" everybody 4 unshare --pid --fork --mount-proc
	check "PID namespace: named" state pid-namespace missing
	check "PID namespace: text" text_agrees 4 unshare --pid --fork --mount-proc
else
	echo "ok PID namespace # SKIP cannot make one"
fi
if nobody unshare --user --map-root-user true 2>/dev/null; then
	check "root of a user namespace: JSON" everybody 3 nobody unshare --user --map-root-user
	check "root of a user namespace: named" state user denied
else
	echo "ok user namespace # SKIP cannot make one without root"
fi
if unshare --mount umount -l /proc 2>/dev/null; then
	check "no /proc: JSON" everybody 4 unshare --mount sh -c 'umount -l /proc; exec "$@"' sh
	check "no /proc: named, with what to do" \
		has '.checks | any(.name == "proc" and .state == "missing" and (.advice | test("mount")))'
	check "no /proc: what is not known is not claimed" \
		has '[.checks[] | select(.name | IN("user", "pid-namespace")) | .detail | test("unknown without /proc")] | all'
	check "no /proc: capabilities are known all the same" \
		has '.checks | any(.name == "capabilities" and (.detail | test("has BPF")))'
	check "no /proc: no container is claimed" \
		has '.checks | all(.name != "container" or (.detail | test("^(no sign|perhaps|none)")))'
	check "no /proc: sudo is not advised" has '[.checks[].advice // "" | test("sudo")] | any | not'
else
	echo "ok no /proc # SKIP cannot unmount it"
fi
few() {
	is "$1" sh -c 'ulimit -n 64; exec "$@"' sh "$vigil" doctor --json
}
check "few descriptors" few 4
check "few descriptors: named" state descriptors missing
check "few descriptors: what to do" \
	has '.checks | any(.name == "descriptors" and (.advice | test("ulimit -n")))'
check "priority" has '.checks | any(.name == "priority")'
check "locked memory of perf" \
	has '.checks | all(.name != "perf" or (.detail + (.advice // "") | test("perf_event_mlock_kb|not permitted")))'
if [ -r /proc/1/ns/mnt ] && [ -e /.dockerenv ] && readlink /proc/1/ns/mnt >/dev/null; then
	check "a file of Docker's alone is no container" \
		has '.checks | any(.name == "container" and (.detail | test("^none")))'
else
	echo "ok a remnant of Docker # SKIP there is none, or the first process cannot be looked at"
fi
if unshare --mount umount -l /sys 2>/dev/null; then
	check "no /sys: JSON" everybody 4 unshare --mount sh -c 'umount -l /sys; exec "$@"' sh
	check "no /sys: type information" state btf missing
else
	echo "ok no /sys # SKIP cannot unmount it"
fi
exit "$failed"
