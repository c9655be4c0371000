#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes counted.h: macros that count each call of the driver into the kernel.

	counted.py imports.txt routines.h >counted.h

The driver compiled with it (-include) calls counted("NAME") before each routine that the
built vigil.sys imports, or looks up when it loads. What x64 compiles inline, such as a
change of the IRQL, is in neither list and is not counted.
"""
import re
import sys

# Spellings in the source of routines that are imported by another name.
SPELLINGS = {
    "ObfDereferenceObject": "ObDereferenceObject",
    "IofCompleteRequest": "IoCompleteRequest",
    "IoGetCurrentProcess": "PsGetCurrentProcess",
}


def main():
    imports, routines = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
    imported = re.findall(r"^(?:ntoskrnl\.exe|fltmgr\.sys) (\w+)", imports, re.MULTILINE)
    looked_up = re.findall(r"^\tX\(\w+, (\w+),", routines, re.MULTILINE)
    print("/* Made by tests/driver/counted.py. */\n#include <ntifs.h>\n#include <fltKernel.h>\n")
    print("void counted(const char *routine);\n")
    for name in imported:
        if name.startswith("mem"):
            continue
        name = SPELLINGS.get(name, name)
        print(f'#define {name}(...) (counted("{name}"), {name}(__VA_ARGS__))')
    for name in looked_up:  # called through a pointer: nt.NAME(...)
        print(f'#define {name}(first, ...) {name}((counted("{name}"), (first)), ##__VA_ARGS__)')


main()
