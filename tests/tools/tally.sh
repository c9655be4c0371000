#!/bin/bash
# SPDX-License-Identifier: MIT
# tally.sh TALLY - the tally of a test run counts what is there: it is fed with the
# outputs of made-up runs.
set -u
tally=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# sums NAME STATUS SUM FILE...: the last line, and the exit status.
sums() {
	local name=$1 status=$2 sum=$3 got

	shift 3
	got=$(python3 "$tally" "$@" 2>&1)
	if [ $? -eq "$status" ] && [ "${got##*$'\n'}" = "$sum" ]; then
		echo "ok $name"
	else
		printf 'not ok %s\n%s\n' "$name" "$got" | sed 's/^/ /;s/^ not ok/not ok/'
		failed=1
	fi
}

# junit STATUS OUTPUT: a run of one program, as reported by ctest.
junit() {
	printf '<testsuite><testcase name="t" status="%s">%s<system-out>%s</system-out></testcase></testsuite>' \
		"$1" "${3-}" "$2" >"$dir/run.xml"
}

printf 'ok a\nnot ok b\nok c # SKIP no reason\nokay\nnot okay\n' >"$dir/steps"
sums "lines" 1 "1 passed, 1 failed, 1 skipped" "$dir/steps"
printf 'ok a\nok b\n' >"$dir/fine"
sums "all is well" 0 "2 passed, 0 failed, 0 skipped" "$dir/fine"
: >"$dir/nothing"
sums "no test at all is no success" 1 "0 passed, 0 failed, 0 skipped" "$dir/nothing"

junit run "it says nothing of cases"
sums "a program is one test" 0 "1 passed, 0 failed, 0 skipped" "$dir/run.xml"
junit run $'[ RUN      ] a\n[       OK ] a\n[ RUN ] b\n[       OK ] b\n[  PASSED  ] 2 test(s).'
sums "cmocka's cases" 0 "2 passed, 0 failed, 0 skipped" "$dir/run.xml"
junit fail $'[       OK ] a\n[  FAILED  ] b\n[  FAILED  ] tests: 1 test(s), listed below:\n[  FAILED  ] b\n'
sums "cmocka's failures, named twice" 1 "1 passed, 1 failed, 0 skipped" "$dir/run.xml"
junit fail $'ok a\nok b' '<failure message="SEGFAULT"/>'
sums "a crash behind the last case" 1 "2 passed, 1 failed, 0 skipped" "$dir/run.xml"
junit notrun "why not" '<skipped message="SKIP_RETURN_CODE=77"/>'
sums "skipped as a whole" 1 "0 passed, 0 failed, 1 skipped" "$dir/run.xml"
sums "many files" 1 "3 passed, 1 failed, 2 skipped" "$dir/run.xml" "$dir/fine" "$dir/steps"

# prints NAME TEXT OPTION...: whether the output has that text.
prints() {
	local name=$1 text=$2 got

	shift 2
	got=$(python3 "$tally" "$@" 2>&1)
	case $got in
	*"$text"*) echo "ok $name" ;;
	*)
		printf ' %s\nnot ok %s\n' "$got" "$name"
		failed=1
		;;
	esac
}

junit fail $'ok a\nthe reason\nnot ok b'
prints "a failure in full, before the sum" \
	$'failed: run: t: b\n  ok a\n  the reason\n  not ok b\n1 passed, 1 failed' "$dir/run.xml"
printf '{"tests":[{"name":"t","backtrace":1}],"backtraceGraph":{"files":["/a/f.cmake",
	"/a/tests/unit/CMakeLists.txt"],"nodes":[{"file":1},{"file":0,"parent":0}]}}' >"$dir/run.json"
prints "a line for each folder of tests" "not ok unit           1 passed   1 failed" \
	--suites "$dir/run.xml"
exit "$failed"
