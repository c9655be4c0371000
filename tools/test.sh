#!/bin/bash
# SPDX-License-Identifier: MIT
# test.sh - what `make test` does: builds everything, runs every test, and counts.
#
# ctest over the presets linux, asan (clang, with the fuzz targets), tsan and windows (the
# driver and the command under Wine); a test's CMakeLists.txt says where it takes part. Then
# lint. On demand: the README's commands in bare Debians (VIGIL_TEST_CHROOT=1), the packages
# and their upgrade (VIGIL_TEST_PACKAGES=1), and in an emulator the sensor on Debian's own
# kernels (VIGIL_TEST_KERNELS=1) and the service under systemd (VIGIL_TEST_SYSTEMD=1);
# the report's accessibility, where axe-core is there, which Debian does not package
# (VIGIL_TEST_AXE=.../axe.min.js); deploy/ in ClickHouse, where chDB is there, likewise
# (VIGIL_TEST_CHDB=.../libchdb.so; with VIGIL_TEST_EVENTS=10000000 also its speed).
# PRESETS="linux" omits the others. `make check` is quicker still.
#
# Prints one line for each folder of tests, with what it is about, then what was skipped and
# why, and last the failures in full. The whole output of ctest is in build/test/PRESET.log.
#
# The tests of the sensor run alone, and wait most of the time. Beside them run at idle priority
# the other builds, the tests of the driver on the simulated kernel with sanitizers (their clock
# is simulated too, so they may wait), and lint with a quarter of the depth of `make lint`. The
# tests under Wine, which also wait, run beside those of the presets that follow the first.
set -u
cd "$(dirname "$0")/.." || exit
export PATH=$PATH:/usr/sbin:/sbin
presets=${PRESETS:-linux asan tsan windows}

results=build/test
rm -rf "$results"
mkdir -p "$results"
steps=$results/steps # lines "ok NAME", "not ok NAME"
: >"$steps"

say() {
	printf '\n== %s (%d s)\n' "$1" "$SECONDS"
}

# step NAME COMMAND...: one thing that works or does not.
step() {
	local name=$1 log=$results/${1// /-}.log

	shift
	say "$name"
	if "$@" >"$log" 2>&1; then
		echo "ok $name" >>"$steps"
	else
		echo "not ok $name: see below"
		{
			say "$name"
			tail -n 60 "$log"
		} >>"$results/failed"
		echo "not ok $name" >>"$steps"
		return 1
	fi
}

build() {
	if [ "$1" = windows ]; then
		tools/cross-deps.sh || return
	fi
	cmake --preset "$1" --log-level=WARNING && cmake --build --preset "$1"
}

# Most tests need root. Without root or an interactive sudo they are skipped and
# reported as skipped.
sudo=()
if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
	if sudo -n true 2>/dev/null || { [ -t 0 ] && sudo true; }; then
		sudo=(sudo env "PATH=$PATH")
	fi
fi

# Shows the number and name of the test that has ended, on a terminal.
progress() {
	if [ -t 1 ]; then
		awk '/ Test +#/ { printf "\r\033[K%s", substr($0, 1, 70); fflush() }
			END { printf "\r\033[K" }'
	else
		cat >/dev/null
	fi
}

# Tests that only compute.
SIMULATED='^(driver_|ntsim-)'

# run_ctest NAME PRESET [OPTION...]: into the files NAME.json, NAME.log and NAME.xml.
run_ctest() {
	local name=$1 preset=$2

	shift 2
	# Cases are counted in the output of the tests, so it must not be truncated. Tests
	# that watch the machine or measure have RUN_SERIAL.
	ctest --preset "$preset" "$@" --show-only=json-v1 >"$results/$name.json"
	"${sudo[@]}" ctest --preset "$preset" "$@" --parallel "$(nproc)" --no-tests=ignore \
		--output-junit "$PWD/$results/$name.xml" \
		--test-output-size-passed 4194304 --test-output-size-failed 4194304 2>&1 |
		tee "$results/$name.log" | progress
	[ ${#sudo[@]} -eq 0 ] || sudo chown -R "$(id -u):$(id -g)" build
	# Failures are in the file; a ctest that wrote no file has itself failed.
	[ -s "$results/$name.xml" ] || {
		echo "not ok test $name" >>"$steps"
		tail -n 60 "$results/$name.log" >>"$results/failed"
	}
}

# run_tests PRESET: those that have not run yet; then a line for each folder of tests.
run_tests() {
	local rest=()

	say "test $1"
	[ ! -e "$results/$1-simulated.json" ] || rest=(--exclude-regex "$SIMULATED")
	run_ctest "$1" "$1" "${rest[@]}"
	python3 tools/tally.py --suites "$results/$1"*.xml
}

# Builds a preset; files record that it has ended, and whether its tests can run.
prepare() {
	step "build $1" build "$1" && touch "$results/$1.built"
	case $1 in
	"$first" | windows) ;;
	*)
		[ ! -e "$results/$1.built" ] ||
			run_ctest "$1-simulated" "$1" --tests-regex "$SIMULATED" >/dev/null
		;;
	esac
	touch "$results/$1.over"
}

# All but the first preset, at idle priority.
prepare_others() {
	local preset

	chrt --idle --pid 0 "$BASHPID"
	for preset in ${presets#"$first"}; do
		prepare "$preset"
	done
	[ -n "${PRESETS-}" ] || tools/lint.sh --quick >"$results/lint" 2>&1
}

# Waits until a preset is built, and runs its tests.
wait_and_test() {
	while [ ! -e "$results/$1.over" ]; do
		sleep 0.2
	done
	[ ! -e "$results/$1.built" ] || run_tests "$1"
}

first=${presets%% *}
prepare "$first"
prepare_others &
others=$!
windows=
# shellcheck disable=SC2086 # $windows may be no word
trap 'kill $others $windows 2>/dev/null' EXIT
wait_and_test "$first"
for preset in ${presets#"$first"}; do
	if [ "$preset" = windows ]; then
		wait_and_test windows >"$results/windows.lines" &
		windows=$!
	fi
done
for preset in ${presets#"$first"}; do
	if [ "$preset" = windows ]; then
		wait "$windows"
		cat "$results/windows.lines"
	else
		wait_and_test "$preset"
	fi
done
say "lint"
wait "$others"
trap - EXIT
if [ -e "$results/lint" ]; then
	grep -E '^(not ok|ok) ' "$results/lint"
	! grep -q '^not ok' "$results/lint" || cat "$results/lint" >>"$results/failed"
fi
if [ -n "${VIGIL_TEST_CHROOT-}" ]; then
	step "README in a bare Debian" tests/install/chroot.sh
fi
if [ -n "${VIGIL_TEST_PACKAGES-}" ]; then
	step "what packages need" tools/setup.sh --build --package --distribute --emulator
	step "make package" sh -c 'rm -rf build/package && tools/package.sh deb && tools/package.sh rpm'
	step "the packages" tests/install/packages.sh
	step "the packages made again" tests/install/reproducible.sh
	step "the Debian package under systemd" tests/systemd/run.sh deb
	step "the RPM package under systemd" tests/systemd/run.sh rpm
fi
if [ -n "${VIGIL_TEST_KERNELS-}${VIGIL_TEST_SYSTEMD-}" ]; then
	step "what the emulator needs" tools/setup.sh --emulator
fi
if [ -n "${VIGIL_TEST_KERNELS-}" ]; then
	step "the sensor on the kernel of Debian" tests/kernels/run.sh
fi
if [ -n "${VIGIL_TEST_SYSTEMD-}" ]; then
	step "the service under systemd" tests/systemd/run.sh
fi
if [ -n "${VIGIL_TEST_AXE-}" ]; then
	step "accessibility of the report" python3 tests/report/axe.py "$VIGIL_TEST_AXE" \
		build/linux/tests/report/make_views
fi
if [ -n "${VIGIL_TEST_CHDB-}" ]; then
	build/linux/vigil trace --type all --format json --output "$results/job.jsonl" -- \
		sh tools/sample-job.sh >/dev/null 2>&1
	step "deploy/ in ClickHouse" python3 -u tests/deploy/clickhouse.py "$VIGIL_TEST_CHDB" \
		"$results/job.jsonl" ${VIGIL_TEST_EVENTS:+"$VIGIL_TEST_EVENTS"}
fi

say "all done"
shopt -s nullglob
[ ! -e "$results/failed" ] || cat "$results/failed"
exec python3 tools/tally.py "$steps" "$results"/*.xml "$results"/lint*
