#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""symbols.py DIRECTORY (PROGRAM PDB)... - puts PDB files where a debugger looks for them in a
symbol server: NAME.pdb/GUID-AND-AGE/NAME.pdb.

Fails if a PDB file does not belong to its program.
"""
import os
import shutil
import struct
import sys


def description(image):
    """The offset of what the program says about its PDB file."""
    pe, = struct.unpack_from("<I", image, 0x3c)
    count, = struct.unpack_from("<H", image, pe + 6)
    optional, = struct.unpack_from("<H", image, pe + 20)
    rva, _ = struct.unpack_from("<II", image, pe + 24 + 112 + 8 * 6)
    for i in range(count):
        _, virtual, start, raw_size, raw = struct.unpack_from(
            "<8sIIII", image, pe + 24 + optional + 40 * i)
        if start <= rva < start + max(virtual, raw_size):
            kind, _, _, at = struct.unpack_from("<IIII", image, rva - start + raw + 12)
            assert kind == 2, "no CodeView"
            return at
    raise AssertionError("no debug directory")


def key(identity, age):
    """The name of the folder of a PDB file: its GUID and age."""
    first, second, third = struct.unpack("<IHH", identity[:8])
    return f"{first:08X}{second:04X}{third:04X}{identity[8:].hex().upper()}{age:X}"


def pdb_key(path):
    """The identity that the PDB file has: in its stream 1, after version, signature and age. Its age
    is that of the debug information, which the linker writes as 1."""
    with open(path, "rb") as file:
        data = file.read()
    assert data.startswith(b"Microsoft C/C++ MSF 7.00"), path
    block, = struct.unpack_from("<I", data, 32)
    size, _, at = struct.unpack_from("<III", data, 44)
    blocks = struct.unpack_from(f"<{(size + block - 1) // block}I", data, at * block)
    directory = b"".join(data[b * block:(b + 1) * block] for b in blocks)[:size]
    count, = struct.unpack_from("<I", directory)
    sizes = struct.unpack_from(f"<{count}I", directory, 4)
    before = (sizes[0] + block - 1) // block if sizes[0] != 0xffffffff else 0
    first, = struct.unpack_from("<I", directory, 4 + 4 * count + 4 * before)
    age, identity = struct.unpack_from("<I16s", data, first * block + 8)
    return key(identity, age)


def main(directory, *files):
    shutil.rmtree(directory, ignore_errors=True)
    for program, pdb in zip(files[::2], files[1::2]):
        with open(program, "rb") as file:
            image = file.read()
        at = description(image)
        magic, identity, age = struct.unpack_from("<4s16sI", image, at)
        assert magic == b"RSDS", program
        name = image[at + 24:image.index(b"\0", at + 24)].decode().replace("\\", "/")
        if key(identity, age) != pdb_key(pdb):
            sys.exit(f"{pdb} does not belong to {program}")
        into = os.path.join(directory, os.path.basename(name), key(identity, age))
        os.makedirs(into, exist_ok=True)
        shutil.copy(pdb, os.path.join(into, os.path.basename(name)))


if __name__ == "__main__":
    if len(sys.argv) < 4 or len(sys.argv) % 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
