#!/bin/bash
# SPDX-License-Identifier: MIT
# rules.sh [ROUNDS] - measures the cost of rules for a program that they allow (as root).
#
# Starts a small program repeatedly under `vigil watch` with different rules, and
# prints the time of a start with and without rules, as a median of the rounds.
# "passed by": a program that only root can write to, so it is judged once.
# "asked each time": a program of another user.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-5}
count=${COUNT:-4000}
build=build/linux
place=/usr/local/lib/vigil-bench-rules
work=$(mktemp -d)
watcher=
stop() {
	[ -z "$watcher" ] || kill -INT "$watcher" 2>/dev/null || true
	[ -z "$watcher" ] || wait "$watcher" 2>/dev/null || true
	watcher=
}
trap 'stop; rm -rf "$work" "$place"' EXIT
rm -rf "$place"
mkdir -m 755 "$place"
install -m 755 $build/tests/linux/rules_first "$place/kept"
install -m 755 -o 65534 $build/tests/linux/rules_first "$place/others"

: >"$work/0"
for i in $(seq 10); do echo "deny name=none-$i"; done >"$work/10"
awk 'BEGIN { for (i = 0; i < 10000; i++)
	print "deny " (i % 3 ? "name=none-" i : "path=/usr/lib/none/" i % 50 "/" i) }' >"$work/10000"

# measure RULES PROGRAM: microseconds of a start
measure() {
	if [ "$1" != none ]; then
		$build/vigil watch --type status --rules "$work/$1" --output "$work/out" 2>/dev/null &
		watcher=$!
		until grep -q 'in force' "$work/out" 2>/dev/null; do sleep 0.05; done
	else
		$build/vigil watch --type status --output "$work/out" 2>/dev/null &
		watcher=$!
		until [ -s "$work/out" ]; do sleep 0.05; done
	fi
	$build/tests/linux/rules_start "$count" /nowhere "$place/$2" x |
		awk -v OFMT=%.1f '{ print $4 / 1000 }' >>"$work/us-$1-$2"
	stop
	rm -f "$work/out"
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

for _ in $(seq "$rounds"); do
	for rules in none 0 10 10000; do
		measure $rules kept
		measure $rules others
	done
done
printf '%-8s %-18s %10s %8s\n' rules program 'us a start' slower
for program in kept others; do
	base=$(median "$work/us-none-$program")
	for rules in none 0 10 10000; do
		now=$(median "$work/us-$rules-$program")
		what='passed by'
		[ $program = kept ] || what='asked each time'
		[ $rules != none ] && [ $rules != 0 ] || what='nobody asks'
		awk -v r=$rules -v w="$what" -v n="$now" -v b="$base" \
			'BEGIN { printf "%-8s %-18s %10.1f %8.2f\n", r, w, n, n / b }'
	done
done
