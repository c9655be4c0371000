#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sections.py OBJDUMP FILE.obj... - is the code where it may be?

A compiler may put a function inline into one of another section. Then
- code that holds a spin lock could come to lie in PAGE, which may be paged out:
  a page fault at DISPATCH_LEVEL ends the machine (WDK: "Making Drivers Pageable");
- code outside INIT could call into INIT, which is gone after DriverEntry.
Both are read off the relocations of the object files.
"""
import re
import subprocess
import sys

RAISES = ("SpinLock", "RaiseIrql", "LowerIrql")
RESIDENT = (".text", "PAGE")


def dump(objdump, option, path):
    return subprocess.run([objdump, option, path], check=True, capture_output=True,
                          text=True).stdout.splitlines()


def symbols(objdump, path):
    """Names, and the section in which each is defined."""
    sections = {}
    for line in dump(objdump, "-h", path):
        found = re.match(r"\s*(\d+) (\S+)\s+[0-9a-f]{8}", line)
        if found:
            sections[int(found.group(1)) + 1] = found.group(2)
    for line in dump(objdump, "-t", path):
        found = re.match(r"\[.*\]\(sec\s+(-?\d+)\).* 0x[0-9a-f]+ (\S+)$", line)
        if found and int(found.group(1)) > 0:
            yield found.group(2), sections[int(found.group(1))]


def relocations(objdump, path):
    """What the code of each section refers to."""
    section = None
    for line in dump(objdump, "-r", path):
        found = re.match(r"RELOCATION RECORDS FOR \[(\S+)\]:", line)
        if found:
            section = found.group(1)
            continue
        found = re.match(r"[0-9a-f]+ \S+\s+([^\s+-]+)", line)
        if found and section is not None:
            yield section, found.group(1)


def main(objdump, paths):
    places, faults, count = {}, [], 0
    for path in paths:
        for name, section in symbols(objdump, path):
            places.setdefault(name, section)
    for path in paths:
        own = dict(symbols(objdump, path))
        for section, name in relocations(objdump, path):
            count += 1
            target = own.get(name) or places.get(name) or name
            if section == "PAGE" and any(word in name for word in RAISES):
                faults.append("%s: PAGE uses %s" % (path, name))
            if section in RESIDENT and target == "INIT":
                faults.append("%s: %s refers to %s in INIT" % (path, section, name))
    for fault in faults:
        print("sections: " + fault)
    print("sections: %d references, %d not allowed" % (count, len(faults)))
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
