#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh - what watching costs this machine: how many programs start in a second with
# and without a watcher, in turns, and the CPU seconds that the watcher takes for the
# starts and ends of 100,000 processes. Beside vigil: execsnoop (Debian's libbpf-tools)
# and forkstat, where they are installed. Needs root.
#
#	bench/run.sh [ROUNDS]
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-5}
vigil=build/linux/vigil
load=build/linux/bench/bench_load
count=5000
workers=$(nproc)
[ "$workers" -le 2 ] || workers=2

if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "Watching the kernel takes root, and there is no sudo here: run make as root." >&2
		exit 3
	}
	exec sudo bench/run.sh "$rounds"
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Starts the watcher and waits until it sees something.
watch_begin() {
	: >"$dir/events"
	"$@" >"$dir/events" 2>"$dir/said" &
	watcher=$!
	for _ in $(seq 100); do
		kill -0 "$watcher" || {
			cat "$dir/said" >&2
			exit 1
		}
		! grep -q true "$dir/events" || break
		/bin/true
		sleep 0.1
	done
	sleep 0.2
	cpu=$(cpu_of_watcher) # what it took to begin
}

# The CPU time that the watcher took, and what share of the starts it has told.
watch_end() {
	local now

	for _ in $(seq 50); do # until it has caught up
		now=$(cpu_of_watcher)
		sleep 0.2
		[ $(($(cpu_of_watcher) - now)) -gt 2000000 ] || break
	done
	now=$(cpu_of_watcher)
	kill -INT "$watcher"
	wait "$watcher" || true
	echo "$((now - cpu)) $((count * workers))" |
		awk '{ print $1 / 1e9 / $2 * 100000 }' >>"$dir/cpu.$1"
	seen=$(grep -c -E '("action":"exec"| exec |^true ).*bench-load' "$dir/events" || true)
	echo "$seen $((count * workers))" | awk '{ print 100 * (1 - $1 / $2) }' >>"$dir/lost.$1"
}

# In nanoseconds, of all its threads.
cpu_of_watcher() {
	cat /proc/"$watcher"/task/*/schedstat | awk '{ n += $1 } END { printf "%.0f", n }'
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

declare -A command=(
	[processes]="$vigil watch --type create,exec,exit --format json"
	[everything]="$vigil watch --format json"
	[text]="$vigil watch --type create,exec,exit"
)
order="processes everything text"
export PATH=$PATH:/usr/sbin
# execsnoop looks for its tracepoints in tracefs.
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing || true
if command -v execsnoop >/dev/null && [ -e /sys/kernel/tracing/events ]; then
	command[execsnoop]=execsnoop
	order="$order execsnoop"
fi
if command -v forkstat >/dev/null; then
	command[forkstat]="forkstat -l -e fork,exec,exit"
	order="$order forkstat"
fi

measure() {
	local name=$1

	# shellcheck disable=SC2086 # the command's words
	[ "$name" = none ] || watch_begin ${command[$name]}
	"$load" "$count" "$workers" >>"$dir/rate.$name"
	[ "$name" = none ] || watch_end "$name"
}

echo "$rounds rounds of $((count * workers)) starts of /bin/true by $workers workers"
for ((round = 0; round < rounds; round++)); do
	measure none
	for name in $order; do
		measure "$name"
	done
done

none=$(median "$dir/rate.none")
printf '\n%-52s %8s %7s %9s %6s\n' "" starts/s slower "CPU s" "lost %"
printf '%-52s %8d %7s\n' "nobody watches" "$none" 1.00
for name in $order; do
	awk -v shown="${command[$name]#build/linux/}" -v rate="$(median "$dir/rate.$name")" \
		-v none="$none" -v cpu="$(median "$dir/cpu.$name")" \
		-v lost="$(median "$dir/lost.$name")" 'BEGIN {
			printf "%-52s %8d %7.2f %9.3f %6.1f\n", shown, rate, none / rate, cpu, lost
		}'
done
echo "CPU s: of the watcher, for 100,000 processes started and ended. Medians."
