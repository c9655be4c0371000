#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh - what watching costs this machine: how many programs start in a second with
# and without `vigil watch`, in turns, and the CPU seconds that vigil takes for 100,000
# events. Needs root.
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
	"$vigil" watch "$@" >"$dir/events" 2>"$dir/said" &
	watcher=$!
	while [ ! -s "$dir/events" ]; do
		kill -0 "$watcher" || {
			cat "$dir/said" >&2
			exit 1
		}
		/bin/true
		sleep 0.1
	done
	cpu=$(cpu_of_watcher) # what it took to load the programs
}

# The CPU time that the watcher took, in seconds.
watch_end() {
	sleep 0.2 # it is still at the last of them
	cpu="$cpu $(cpu_of_watcher)"
	kill -INT "$watcher"
	wait "$watcher" || true
	echo "$cpu $(sed -n 's/.*vigil: \([0-9]*\) events shown.*/\1/p' "$dir/said")" |
		awk '{ print ($2 - $1) * 100000 / $3 }' >>"$dir/cpu.$1"
	sed -n 's/.* \([0-9]*\) LOST.*/\1/p; s/.*none lost.*/0/p' "$dir/said" >>"$dir/lost.$1"
}

cpu_of_watcher() {
	awk -v hertz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hertz }' "/proc/$watcher/stat"
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

measure() {
	local name=$1

	shift
	[ "$name" = none ] || watch_begin "$@"
	"$load" "$count" "$workers" >>"$dir/rate.$name"
	[ "$name" = none ] || watch_end "$name"
}

echo "$rounds rounds of $((count * workers)) starts of /bin/true by $workers workers"
for ((round = 0; round < rounds; round++)); do
	measure none
	measure exec,exit --format json --type exec,exit
	measure default --format json
	measure text --format text
done

none=$(median "$dir/rate.none")
printf '\n%-32s %10s %8s %14s %6s\n' "vigil watch" "starts/s" "slower" "CPU s/100,000" "lost"
printf '%-32s %10d %8s\n' "not running" "$none" "1.00"
for name in exec,exit default text; do
	case $name in
	exec,exit) shown="--format json --type exec,exit" ;;
	default) shown="--format json" ;;
	text) shown="--format text" ;;
	esac
	awk -v shown="$shown" -v rate="$(median "$dir/rate.$name")" -v none="$none" \
		-v cpu="$(median "$dir/cpu.$name")" \
		-v lost="$(awk '{ n += $1 } END { print n }' "$dir/lost.$name")" 'BEGIN {
			printf "%-32s %10d %8.2f %14.2f %6d\n", shown, rate, none / rate,
				cpu, lost
		}'
done
