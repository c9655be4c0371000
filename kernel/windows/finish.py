#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""finish.py FILE.sys - sets section flags of a driver that GNU ld cannot set.

Code in INIT is discarded after DriverEntry: the section is marked
discardable. The checksum, which Windows verifies for drivers, is updated.
"""
import struct
import sys

DISCARDABLE = 0x02000000
NOT_PAGED = 0x08000000


def checksum(image, place):
    """The PE checksum: 16-bit words with carry, its own field as zero, plus the size."""
    total = 0
    data = image[:place] + b"\0\0\0\0" + image[place + 4:]
    if len(data) % 2:
        data += b"\0"
    for (word,) in struct.iter_unpack("<H", data):
        total += word
        total = (total & 0xffff) + (total >> 16)
    return total + len(image)


def finish(path):
    with open(path, "rb") as file:
        image = bytearray(file.read())
    pe = struct.unpack_from("<I", image, 0x3c)[0]
    if image[pe:pe + 4] != b"PE\0\0":
        sys.exit(path + ": not a PE image")
    sections, = struct.unpack_from("<H", image, pe + 6)
    optional, = struct.unpack_from("<H", image, pe + 20)
    for number in range(sections):
        section = pe + 24 + optional + 40 * number
        name = bytes(image[section:section + 8]).rstrip(b"\0")
        flags, = struct.unpack_from("<I", image, section + 36)
        if name in (b"INIT", b".reloc"):
            flags |= DISCARDABLE
        elif name in (b".text", b".rdata", b".pdata", b".xdata", b".bss", b".idata", b".data"):
            flags |= NOT_PAGED
        struct.pack_into("<I", image, section + 36, flags)
    place = pe + 24 + 64
    struct.pack_into("<I", image, place, checksum(bytes(image), place))
    with open(path, "wb") as file:
        file.write(image)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    finish(sys.argv[1])
