#!/bin/bash
# SPDX-License-Identifier: MIT
# doctor.sh VIGIL - `vigil doctor` as root, as nobody, and in places where less is to
# be had. What it says is compared with what the system itself says.
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cp "$1" "$dir/vigil" || exit 1 # nobody may not look into the build directory
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
check "nobody: is told what to do" grep -q 'sudo vigil' "$out"
is 3 nobody "$vigil" doctor --json
check "nobody: programs denied" state programs denied
check "nobody: type information can be read" state btf ok

if [ "$expected" -le 1 ]; then
	two=-all,+bpf,+perfmon
	check "two capabilities are enough" is "$expected" setpriv --reuid nobody --regid nogroup \
		--clear-groups --inh-caps=$two --ambient-caps=$two "$vigil" doctor --json
	check "with two capabilities: the sensor" state sensor ok
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
if unshare --mount umount -l /sys 2>/dev/null; then
	check "no /sys: JSON" everybody 4 unshare --mount sh -c 'umount -l /sys; exec "$@"' sh
	check "no /sys: type information" state btf missing
else
	echo "ok no /sys # SKIP cannot unmount it"
fi
exit "$failed"
