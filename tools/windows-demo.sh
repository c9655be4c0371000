#!/bin/sh
# SPDX-License-Identifier: MIT
# windows-demo.sh - what `make windows-demo` does after the build: runs the Windows
# driver and command on this machine, under Wine. Removes all its files at the end.
set -eu
cd "$(dirname "$0")/.."

cat <<'END'
The driver vigil.sys and the command vigil.exe, exactly as built for Windows, run
under Wine: its service manager loads the driver, its I/O manager handles the reads,
its registry stores the settings, and real programs start real processes.

The difference from Windows: Wine never calls a driver's notify routines. A test
driver, rig.sys, replaces that part of the kernel: after a program has started
something, the rig calls vigil.sys as Windows would, on behalf of that program, and
a start that vigil.sys refuses is ended before its first instruction. File names
also come from the rig instead of the filter manager. So this shows that driver,
library and command work together. It is no evidence about Windows itself; see
docs/verification.md.

END
BUILD=$PWD/build/windows exec python3 -u tests/wine/demo.py
