#!/bin/sh
# SPDX-License-Identifier: MIT
# windows-demo.sh - what `make windows-demo` does once all is built: shows the
# Windows side at work, on this machine, under Wine. Leaves nothing behind.
set -eu
cd "$(dirname "$0")/.."

cat <<'END'
The driver vigil.sys and the command vigil.exe, byte for byte as built for Windows,
run under Wine: its service manager loads the driver, its I/O manager carries the
reads, its registry holds the settings, and real programs start real processes.

What is not Windows: Wine never calls a driver's notify routines. A test driver,
rig.sys, stands in for that part of the kernel: when a program has really started
something, the rig calls vigil.sys as Windows would, in that program's name, and a
start that vigil.sys refuses is ended before its first instruction. The names of
files come from the rig as well, in place of the filter manager. So this shows that
driver, library and command work together. It is no evidence about Windows itself:
docs/verification.md says what is proven by what.

END
BUILD=$PWD/build/windows exec python3 -u tests/wine/demo.py
