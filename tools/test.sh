#!/bin/bash
# SPDX-License-Identifier: MIT
# test.sh - what `make test` does: builds all there is, runs every test, counts.
#
# ctest over the presets linux, asan and tsan (a test's CMakeLists.txt says where
# it takes part), a build with clang, the driver and the command for Windows under
# Wine, each fuzz target for a moment, lint; on demand (VIGIL_TEST_CHROOT=1) the
# README's commands in a bare Debian, and (VIGIL_TEST_KERNELS=1) the sensor on
# Debian's own kernel, in an emulator.
# PRESETS="linux" leaves the others out, for a quick look.
set -u
cd "$(dirname "$0")/.." || exit
export PATH=$PATH:/usr/sbin:/sbin
presets=${PRESETS:-linux asan tsan}

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
		tail -n 60 "$log"
		echo "not ok $name" >>"$steps"
		return 1
	fi
}

build() {
	cmake --preset "$1" --log-level=WARNING && cmake --build --preset "$1"
}

# Most of what the tests look at only root sees. Without root, and with nobody to
# ask, those tests are skipped and say so.
sudo=()
if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
	if sudo -n true 2>/dev/null || { [ -t 0 ] && sudo true; }; then
		sudo=(sudo env "PATH=$PATH")
	fi
fi

# run_tests PRESET [OPTION...]
run_tests() {
	local preset=$1

	shift
	say "test $preset"
	# Cases are counted in what the tests print: nothing of it may be cut. Those that
	# watch the machine or measure say RUN_SERIAL.
	"${sudo[@]}" ctest --preset "$preset" "$@" --parallel "$(nproc)" --no-tests=ignore \
		--output-junit "$PWD/$results/$preset.xml" \
		--test-output-size-passed 4194304 --test-output-size-failed 4194304
	[ ${#sudo[@]} -eq 0 ] || sudo chown -R "$(id -u):$(id -g)" build
	# Failures are in the file; a ctest that wrote none has failed itself.
	[ -s "$results/$preset.xml" ] || echo "not ok test $preset" >>"$steps"
}

for preset in $presets; do
	step "build $preset" build "$preset" && run_tests "$preset"
done
if [ -z "${PRESETS-}" ]; then
	step "build clang" build clang
	step "libraries for Windows" tools/cross-deps.sh
	step "build windows" build windows && run_tests windows
	step "build fuzz" build fuzz && run_tests fuzz --tests-regex fuzz
	say lint
	tools/lint.sh | tee "$results/lint"
fi
if [ -n "${VIGIL_TEST_CHROOT-}" ]; then
	step "README in a bare Debian" tests/install/chroot.sh
fi
if [ -n "${VIGIL_TEST_KERNELS-}" ]; then
	step "the sensor on the kernel of Debian" tests/kernels/run.sh
fi

say "all done"
shopt -s nullglob
exec python3 tools/tally.py "$steps" "$results"/*.xml "$results"/lint*
