#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""unicode.py - writes lib/core/unicode_table.h: how a terminal shows each code point.

usage: tools/unicode.py >lib/core/unicode_table.h

General categories and widths are those of Python's unicodedata, whose version the table
names. What unicodedata lacks is listed here: Default_Ignorable_Code_Point, from
DerivedCoreProperties.txt (it includes the ranges reserved for later), and the characters
that have a visible category but no visible shape.
"""
import unicodedata

IGNORABLE_RANGES = (
    (0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160), (0x17b4, 0x17b5),
    (0x180b, 0x180f), (0x200b, 0x200f), (0x202a, 0x202e), (0x2060, 0x206f), (0x3164, 0x3164),
    (0xfe00, 0xfe0f), (0xfeff, 0xfeff), (0xffa0, 0xffa0), (0xfff0, 0xfff8),
    (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff))

IGNORABLE = {code for first, last in IGNORABLE_RANGES for code in range(first, last + 1)}

BLANK = {
    0x2800,            # BRAILLE PATTERN BLANK
    0xfffc,            # OBJECT REPLACEMENT CHARACTER
    0x13441, 0x13442,  # EGYPTIAN HIEROGLYPH FULL BLANK, HALF BLANK
    0x16fe4,           # KHITAN SMALL SCRIPT FILLER
    0x1d159,           # MUSICAL SYMBOL NULL NOTEHEAD
}

HIDDEN, MARK, NARROW, WIDE = range(4)


def is_hidden(code):
    """Controls, formats, surrogates, private, unassigned; separators but the blank; and what
    has no shape."""
    category = unicodedata.category(chr(code))
    return (category[0] == "C" or (category[0] == "Z" and code != 0x20) or code in BLANK or
            code in IGNORABLE)


def class_of(code):
    if is_hidden(code):
        return HIDDEN
    if unicodedata.category(chr(code)) in ("Mn", "Me"):
        return MARK
    return WIDE if unicodedata.east_asian_width(chr(code)) in "WF" else NARROW


def ranges():
    """(first code point, class) of each range of one class."""
    before = None
    for code in range(0x110000):
        now = class_of(code)
        if now != before:
            yield code, now
        before = now


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* unicode_table.h - made by tools/unicode.py from Unicode {unicodedata.unidata_version}."
          " Not to be edited. */")
    print("#ifndef VIGIL_UNICODE_TABLE_H\n#define VIGIL_UNICODE_TABLE_H\n")
    print(f'#define UNICODE_VERSION "{unicodedata.unidata_version}"\n')
    print("/* Where a range begins, shifted by 2, and the class of what is in it. */")
    print("/* clang-format off */")
    print("static const uint32_t UNICODE_RANGES[] = {")
    line = "\t"
    for first, kind in ranges():
        item = f"{first << 2 | kind:#x}, "
        if len(line.expandtabs(8)) + len(item) > 98:
            print(line.rstrip())
            line = "\t"
        line += item
    print(line.rstrip())
    print("};\n/* clang-format on */\n\n#endif /* VIGIL_UNICODE_TABLE_H */")


if __name__ == "__main__":
    main()
