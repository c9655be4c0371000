#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_bpf_loops.py OBJECT... - whether the verifiers of older kernels accept the loops.

Until Linux 6.2 check_cfg (kernel/bpf/verifier.c) refuses a program where an instruction that
is no jump is followed by one that leads back to it: "back-edge from insn". Where a compiler
puts the head of a loop decides that, so a program that loads here may not load there. This
goes through the instructions of each function in the same order.
"""
import re
import struct
import subprocess
import sys

JUMPS, WIDE, JA, CALL, EXIT = (5, 6), 0x18, 0x05, 0x85, 0x95
LINE = re.compile(r"^\s+(\d+):\t((?:[0-9a-f]{2}[ \t]){8,16})")
NAME = re.compile(r"^[0-9a-f]+ <([^>]+)>:")


def functions(path):
    """(name, {index: (opcode, offset, length)}) of each function in the object."""
    listing = subprocess.run(["llvm-objdump", "-d", path], capture_output=True, text=True,
                             check=True).stdout
    found = []
    for line in listing.splitlines():
        name, code = NAME.match(line), LINE.match(line)
        if name and not name.group(1).startswith("LBB"):
            found.append((name.group(1), {}))
        elif code:
            data = bytes.fromhex(code.group(2))
            found[-1][1][int(code.group(1))] = (data[0], struct.unpack("<h", data[2:4])[0],
                                                2 if data[0] == WIDE else 1)
    return found


def edges(code, at):
    """(next, whether it may lead back), in the order in which the verifier takes them."""
    opcode, offset, length = code[at]
    if opcode == EXIT:
        return []
    if opcode == JA:
        return [(at + 1 + offset, True)]
    if opcode & 7 in JUMPS and opcode != CALL:
        return [(at + 1, True), (at + 1 + offset, True)]
    return [(at + length, False)]


def back_edge(code):
    """The first one that is refused, or None."""
    entered, left, first = set(), set(), min(code)
    path = [(first, iter(edges(code, first)))]
    entered.add(first)
    while path:
        at, rest = path[-1]
        step = next(rest, None)
        if step is None:
            left.add(at)
            path.pop()
            continue
        to, may = step
        if to not in entered:
            entered.add(to)
            path.append((to, iter(edges(code, to))))
        elif to not in left and not may:
            return at, to
    return None


def main():
    failed, count = False, 0
    for path in sys.argv[1:]:
        for name, code in functions(path):
            refused = back_edge(code)
            count += 1
            if refused:
                print(f"not ok {path}: {name}: back-edge from insn {refused[0]} to {refused[1]}")
                failed = True
    assert count > 10, "no programs in the objects"
    if not failed:
        print(f"ok the loops of {count} functions are as older verifiers want them")
    sys.exit(failed)


main()
