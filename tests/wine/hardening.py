#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hardening.py OBJDUMP vigil.exe vigil.sys OBJECT... - what the programs ask of Windows against
exploits: random addresses of 64 bits, no execution of data, and a guard of the stack in the code.

OBJECT... are the object files of the driver and the command."""
import re
import struct
import subprocess
import sys

RELOCS_STRIPPED = 0x1
HIGH_ENTROPY_VA, DYNAMIC_BASE, FORCE_INTEGRITY, NX_COMPAT = 0x20, 0x40, 0x80, 0x100
EXECUTE, WRITE = 0x20000000, 0x80000000
RELOCATIONS = 5  # of the data directories


def check_image(path, wanted):
    with open(path, "rb") as file:
        image = file.read()
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, = struct.unpack_from("<H", image, pe + 6)
    optional, characteristics = struct.unpack_from("<HH", image, pe + 20)
    flags, = struct.unpack_from("<H", image, pe + 24 + 70)
    assert flags & wanted == wanted, f"{path}: DllCharacteristics {flags:#x} lack {wanted & ~flags:#x}"
    # Without relocations Windows cannot move the image, whatever the flags say.
    _, size = struct.unpack_from("<II", image, pe + 24 + 112 + 8 * RELOCATIONS)
    assert size and not characteristics & RELOCS_STRIPPED, f"{path}: no relocations"
    for i in range(count):
        at = pe + 24 + optional + 40 * i
        name = image[at:at + 8].rstrip(b"\0").decode()
        kind, = struct.unpack_from("<I", image, at + 36)
        assert not (kind & EXECUTE and kind & WRITE), f"{path}: {name} can be written and executed"


def guarded(objdump, objects):
    """The sources in which a function checks the guard before it returns."""
    text = subprocess.run([objdump, "-r", *objects], check=True, capture_output=True, text=True).stdout
    parts = re.split(r"^(\S+):\s+file format", text, flags=re.MULTILINE)[1:]
    return [name for name, part in zip(parts[::2], parts[1::2]) if "__stack_chk_fail" in part]


def main():
    objdump, command, driver, *objects = sys.argv[1:]
    check_image(command, HIGH_ENTROPY_VA | DYNAMIC_BASE | NX_COMPAT)
    check_image(driver, HIGH_ENTROPY_VA | DYNAMIC_BASE | NX_COMPAT | FORCE_INTEGRITY)
    found = guarded(objdump, objects)
    for source in ("record.c", "process.c", "snapshot.c", "options.c"):  # each has buffers on the stack
        assert any(name.endswith(f"/{source}.obj") for name in found), f"{source} has no guard: {found}"
    print(f"ok guards in {len(found)} of {len(objects)} files")


main()
