#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""casefold.py - writes lib/detect/fold_table.h: Unicode's simple case folding.

usage: tools/casefold.py >lib/detect/fold_table.h

Simple folding, status C and S of CaseFolding.txt, gives one character for each. Python has full
folding; where that gives several characters, simple folding is the lower case if it is one
character, else the character itself.
"""
import unicodedata


def fold(code):
    full, lower = chr(code).casefold(), chr(code).lower()
    if len(full) == 1:
        return ord(full)
    return ord(lower) if len(lower) == 1 else code


def ranges():
    """[first, last, step, delta]: the code points first, first + step, ..., last fold to
    themselves plus delta."""
    made = []
    for code in range(0x80, 0x110000):
        delta = fold(code) - code
        if not delta:
            continue
        if made and made[-1][3] == delta:
            first, last, step, _ = made[-1]
            gap = code - last
            if gap <= 2 and (first == last or gap == step):
                made[-1][1:3] = [code, gap]
                continue
        made.append([code, code, 1, delta])
    return made


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* Simple case folding of Unicode {unicodedata.unidata_version}, above ASCII; written by "
          "tools/casefold.py. */")
    print("static const struct fold_range fold_ranges[] = {")
    for first, last, step, delta in ranges():
        print(f"\t{{ 0x{first:x}, 0x{last:x}, {step}, {delta} }},")
    print("};")


main()
