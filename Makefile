# SPDX-License-Identifier: MIT
# Short names for the usual tasks; CMake does the work (see CMakePresets.json).

# What `make run` traces: a shell command line. Default: a small sample job.
CMD ?=
# Where `make install` installs; DESTDIR is respected.
PREFIX ?= /usr/local
export CMD

.DEFAULT_GOAL := help
.PHONY: help abi-baseline setup build run check test fuzz faults fleet bench kernels windows windows-demo arm64 install deb rpm package release format lint clean

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

setup:
	@tools/setup.sh --build

build: setup ## the command, the library and the BPF programs, into build/linux
	@cmake --preset linux >/dev/null
	@cmake --build --preset linux --target vigil vigil_static vigil_shared

run: build ## trace a small real job, or CMD="...", and show its tree
	@tools/run.sh

# Left to `make test`: tests that watch this machine, the simulated Windows kernel, and what
# takes more than ten seconds.
SLOW = ^(live-|driver_|alloc$$|doctor$$|power_cut$$|recording$$|recordings-hostile$$|views-browser$$)

check: ## build, then the quick tests: under two minutes
	@tools/setup.sh --build --check
	@cmake --preset linux >/dev/null
	@cmake --build --preset linux
	@ctest --preset linux --exclude-regex '$(SLOW)' --parallel $$(nproc) --no-tests=ignore \
		--progress --output-on-failure

test: ## build everything and run every test
	@tools/setup.sh --build --test
	@tools/test.sh

# How long `make fuzz` runs each target: seconds.
TIME ?= 60

fuzz: ## run each fuzz target TIME seconds (60), then print the lines they reach
	@tools/setup.sh --build --test
	@tools/fuzz.sh $(TIME)

faults: build ## make every allocation and system call fail once; 400 kills; CPUs off and on
	@tools/setup.sh --build --test
	@cmake --build --preset linux
	@VIGIL_TEST_FAULTS=1 ctest --preset linux --tests-regex '^(alloc|live-alloc|live-faults|live-hotplug)$$'

fleet: build ## 1,000,000 events through each output, with kills and a cut network: half an hour
	@tools/setup.sh --build --test
	@cmake --build --preset linux
	@VIGIL_TEST_FLEET=1 ctest --preset linux --tests-regex '^live-(outputs|engines)' --verbose

bench: build ## measure the cost of watching on this machine
	@cmake --build --preset linux --target bench_programs
	@bench/run.py

kernels: build ## boot Debian's kernels 5.10, 6.1, 6.12, sid, experimental with the sensor: an hour
	@tools/setup.sh --build --test --emulator
	@cmake --build --preset linux
	@tests/kernels/run.sh all

windows: ## the Windows driver, cross-compiled, into build/windows
	@tools/setup.sh --windows
	@tools/cross-deps.sh
	@cmake --preset windows >/dev/null
	@cmake --build --preset windows
	@cmake --preset windows-clang >/dev/null
	@cmake --build --preset windows-clang --target windows_symbols
	@ls "$$PWD"/build/windows/vigil-*.zip "$$PWD"/build/windows/vigil-*.msi

windows-demo: windows ## run the Windows driver and command under Wine
	@tools/setup.sh --wine
	@tools/windows-demo.sh

arm64: ## the command, the library and the tests for 64-bit ARM, into build/linux-arm64
	@tools/setup.sh --build --arm64
	@cmake --preset linux-arm64 >/dev/null
	@cmake --build --preset linux-arm64

abi-baseline: build ## after a release: write the ABI that libraries must be compatible with
	@tools/setup.sh --build --test
	@tests/abi/abi.py --update build/linux/libvigil.so

install: build ## into PREFIX (/usr/local), DESTDIR respected
	@cmake --install build/linux --prefix $(PREFIX)

deb: ## Debian packages, into build/package
	@tools/setup.sh --build --package
	@tools/package.sh deb

rpm: ## RPM packages, into build/package
	@tools/setup.sh --build --package
	@tools/package.sh rpm

package: deb rpm ## both

release: package windows ## all files of a release with sums and an SPDX document, into build/release
	@tools/release.sh

format: ## clang-format over all C files
	@tools/lint.sh --format

lint: ## clang-format, clang-tidy, cppcheck, shellcheck, mandoc, words
	@tools/setup.sh --build --test
	@tools/lint.sh

clean: ## remove build/
	@rm -rf build
