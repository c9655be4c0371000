#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_oracle.py - the oracle gives the verdicts that the specification states or implies."""
import sys

import oracle
import yaml12
from logic import Unknown
from refused import Refused

B = "\\"
# Items of a search identifier, a value of F (or an event), the verdict.
ITEMS = [
    ("F: CMD.exe", "cmd.EXE", True), ("F: cmd", "cmd.exe", False), ("F|cased: A", "a", False),
    # Escapes, as the section Escape Character lists them.
    ("F: 'prog?.exe'", "progA.exe", True), ("F: 'prog?.exe'", "prog.exe", False),
    ("F: 'V*.exe'", "V21.2.1.exe", True), (rf"F: 'a{B}b'", f"a{B}b", True),
    (rf"F: 'a{B}{B}b'", f"a{B}b", True), (rf"F: 'a{B}*b'", "a*b", True),
    (rf"F: 'a{B}*b'", "axb", False), (rf"F: 'a{B}{B}*b'", f"a{B}xb", True),
    (rf"F: 'a{B}{B}{B}*b'", f"a{B}*b", True), (rf"F: 'a{B}{B}{B}*b'", f"a{B}xb", False),
    (rf"F: 'a{B}{B}{B}b'", f"a{B}{B}b", True), (rf"F: 'a{B}{B}{B}{B}b'", f"a{B}{B}b", True),
    (rf"F|contains: '{B}Temp{B}'", f"C:{B}temp{B}x", True),
    (rf"F|endswith: '{B}cmd.exe'", f"C:{B}cmd.exe", True), ("F|startswith: ab", "Abc", True),
    ("F|contains|all: [a, b]", "xbxa", True), ("F|contains|all: [a, b]", "a", False),
    ("F: [a, b]", "b", True), ("F: ''", "", True), ("F: ''", {}, False), ("F: null", {}, True),
    ("F: null", {"F": None}, True), ("F: null", "", False), ("F|exists: true", {"F": None}, True),
    ("F|exists: false", {}, True), ("F|neq: a", "b", True), ("F|neq: [a, b]", "b", False),
    ("F|neq: a", {}, True), ("F|neq: null", "", True), ("F: 12", 12, True), ("F: 12", "12", True),
    # Encodings: "cmd" in UTF-16 and Base64.
    ("F|base64: cmd", "Y21k", True), ("F|wide|base64: cmd", "YwBtAGQA", True),
    ("F|utf16be|base64: cmd", "AGMAbQBk", True), ("F|utf16|base64: cmd", "//5jAG0AZAA=", True),
    ("F|base64offset|contains: foobar", "eGZvb2Jhcnh4", True),
    ("F|base64offset|contains: foobar", "Zm9vYmFy", True),
    ("F|windash|contains: ' -f'", "x /f", True), ("F|windash|contains: ' -f'", "x \u2015f", True),
    ("F|re: '^a.c$'", "abc", True), ("F|re: 'B'", "abc", False), ("F|re|i: 'B'", "abc", True),
    ("F|re|m: '^b$'", "a\nb", True), ("F|re|s: 'a.b'", "a\nb", True), ("F|re: 'a.b'", "a\nb", False),
    ("F|cidr: 10.0.0.0/8", "10.255.1.1", True), ("F|cidr: 10.0.0.0/8", "11.0.0.1", False),
    ("F|cidr: 2001:db8::/32", "2001:DB8::1", True), ("F|lt: 5", "4.5", True),
    ("F|gte: 5", 5, True), ("F|gt: 5", "x", False), ("F|lte: -1", "-1", True),
    ("F|fieldref: G", {"F": "a", "G": "A"}, True), ("F|fieldref: G", {"F": "a"}, False),
    ("F|fieldref|endswith: G", {"F": "xa", "G": "a"}, True),
    ("F|hour: 3", "2025-11-27 03:40:10.132", True), ("F|week: 48", "2025-11-27T03:40:10Z", True),
    ("F|year|gte: 2025", "2025-11-27", True), ("F|expand: '%servers%'", "srv7", True),
    (rf"F|expand: '{B}%plain%servers%'", "%plainsrv7", True), ("F: '%servers%'", "%servers%", True),
    (rf"F|expand: 'C:{B}{B}%servers%'", f"C:{B}srv7", True), ("F: yes", "yes", True),
    ("F: a", {"F": Unknown()}, None), ("F|exists: true", {"F": Unknown()}, None),
    ("F: a", ["b", "a"], True), ("F: ''", [], False),
]
REFUSED = ["F|unknown: a", "F|base64: 'a*'", "F|base64offset: a", "F|cidr: 10.0.0.1/8", "F|lt: a",
           "F|exists: a", "F: [a, null]", "F|contains: null", "F: []", "F: {a: b}", "F: [[a]]",
           "F|re: '('", "F|expand: '%unknown%'", "F|contains|re: a", "F|lt|neq: 1", "F|: a"]
# A detection, an event, the verdict.
DETECTIONS = [
    ("k: [evil, 'svc -n']\n condition: k", {"A": "x SVC -n y"}, True),
    ("k:\n  '|all': [a1, b1]\n condition: k", {"A": "a1", "B": "b1"}, True),
    ("k:\n  '|all': [a1, b1]\n condition: k", {"A": "a1"}, False),
    ("s:\n  - A: 1\n  - B: 2\n condition: s", {"B": 2}, True),
    ("s:\n  A: 1\n  B: 2\n condition: s", {"B": 2}, False),
    ("a: {A: 1}\n b: {B: 1}\n c: {C: 1}\n condition: a or b and not c", {"A": 1, "C": 1}, True),
    ("a: {A: 1}\n b: {B: 1}\n c: {C: 1}\n condition: (a or b) and not c", {"A": 1, "C": 1}, False),
    ("a: {A: 1}\n b: {B: 1}\n condition: not a and b", {"B": 1}, True),
    ("s1: {A: 1}\n s2: {B: 1}\n condition: all of s*", {"A": 1}, False),
    ("s1: {A: 1}\n s2: {B: 1}\n condition: 1 of s*", {"A": 1}, True),
    ("s1: {A: 1}\n _s2: {B: 1}\n condition: all of them", {"A": 1}, True),
    ("s1: {A: 1}\n f1: {B: 1}\n condition: s1 and not 1 of f*", {"A": 1, "B": 1}, False),
    ("a: {A: 1}\n b: {B: 1}\n condition: [a, b]", {"B": 1}, True),
    ("a: {A: 1}\n b: {B: 1}\n condition: a or b", {"A": Unknown(), "B": 1}, True),
    ("a: {A: 1}\n b: {B: 1}\n condition: a and b", {"A": Unknown(), "B": 1}, None),
]
HEAD = "title: Test\nlogsource: {product: windows}\ndetection:\n "
PLACEHOLDERS = {"servers": ["srv*", "other"]}


def rule_of(detection):
    return oracle.Rule(next(yaml12.documents(HEAD + detection)), PLACEHOLDERS)


def main():
    failed = 0
    cases = [(f"s:\n  {item}\n condition: s", event if isinstance(event, dict) else {"F": event},
              expected) for item, event, expected in ITEMS] + DETECTIONS
    for detection, event, expected in cases:
        found = rule_of(detection).match(event)
        if found is not expected:
            failed += 1
            print(f"not ok {detection!r} {event}: {found}, expected {expected}")
    for item in REFUSED:
        try:
            rule_of(f"s:\n  {item}\n condition: s")
        except Refused:
            continue
        failed += 1
        print(f"not ok {item}: not refused")
    print(f"{len(cases) + len(REFUSED)} cases, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
