#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""icon.py FILE.ico - draws the icon of the command: an open eye, in four sizes."""
import struct
import sys
import zlib

SIZES = (16, 32, 48, 256)
SAMPLES = 4  # in each direction of a pixel
RIM, WHITE, IRIS, PUPIL = (23, 43, 77), (255, 255, 255), (38, 132, 255), (9, 30, 66)


def color(x, y):
    """The color at a point of the unit square, None outside the eye."""
    x, y = 2 * x - 1, 2 * y - 1
    lid = 0.62 * (1 - x * x)  # half the height of the eye
    if abs(x) >= 0.98 or abs(y) >= lid:
        return None
    distance = (x * x + y * y) ** 0.5
    if abs(y) > lid - 0.13:
        return RIM
    if distance < 0.15:
        return PUPIL
    return IRIS if distance < 0.4 else WHITE


def pixel(size, column, row):
    """Red, green, blue and opacity, averaged over the samples."""
    steps = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    seen = [color((column + i) / size, (row + j) / size) for i in steps for j in steps]
    inside = [c for c in seen if c]
    if not inside:
        return 0, 0, 0, 0
    return (*(sum(c[part] for c in inside) // len(inside) for part in range(3)),
            255 * len(inside) // len(seen))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size, rows):
    lines = b"".join(b"\0" + bytes(part for p in row for part in p) for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


def bitmap(size, rows):
    """The rows from below, blue first, and a mask that nothing uses since Windows XP."""
    mask = bytes(size * ((size + 31) // 32 * 4))
    pixels = b"".join(bytes((b, g, r, a)) for row in reversed(rows) for r, g, b, a in row)
    return struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, len(pixels) + len(mask),
                       0, 0, 0, 0) + pixels + mask


def main(path):
    images = []
    for size in SIZES:
        rows = [[pixel(size, column, row) for column in range(size)] for row in range(size)]
        images.append((png if size == 256 else bitmap)(size, rows))
    at = 6 + 16 * len(images)
    directory = struct.pack("<HHH", 0, 1, len(images))
    for size, image in zip(SIZES, images):
        directory += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(image), at)
        at += len(image)
    with open(path, "wb") as file:
        file.write(directory + b"".join(images))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
