#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads the lines of test_json: a list of field names, then pairs of lines, the
type of an event and its JSON. Checks them with an independent parser."""
import base64
import json
import sys


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"key twice: {keys}"
    return dict(pairs)


def leaves(value, path=""):
    for key, below in value.items():
        name = f"{path}.{key}" if path else key
        if isinstance(below, dict) and name not in ("vigil.raw", "vigil.cut"):
            assert below, f"{name} is empty"
            yield from leaves(below, name)
        else:
            yield name, below


def printable(text):
    return not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)


def check(line, fields, type_name):
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    text = line.decode("utf-8", "strict")
    assert printable(text[:-1]), "a control character is not escaped"
    event = json.loads(text, object_pairs_hook=no_duplicates)
    values = dict(leaves(event))
    for name, value in values.items():
        assert name in fields, f"{name} is not in the table"
        assert type_name in fields[name], f"{name} is not promised for {type_name}"
        assert value != "" and value != []
        assert value is not None or None in fields[name], f"{name} is null"
    assert values["vigil.type"] == type_name
    raw = values.get("vigil.raw", {})
    for name, value in values.items():
        joined = "\0".join(value) if isinstance(value, list) else value  # None: unknown
        if name in raw:
            exact = base64.b64decode(raw[name], validate=True)
            shown = exact.decode("utf-8", "replace")
            if isinstance(value, list):
                shown = shown.removesuffix("\0")
            assert shown == joined and "\ufffd" in joined, name
        elif isinstance(joined, str):
            assert "\ufffd" not in joined, name
    for name, length in values.get("vigil.cut", {}).items():
        assert name in values and (length is None or isinstance(length, int))
    assert all(name in values for name in raw)


def main():
    lines = iter(sys.stdin.buffer)
    fields = json.loads(next(lines))
    count = 0
    for type_name in lines:
        check(next(lines), fields, type_name.decode().strip())
        count += 1
    sys.stdout.write(f"{count} events are good JSON\n")


main()
