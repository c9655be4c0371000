#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_trace.py FILE - holds a trace against the rules of the Trace Event Format.

Prints what it holds. Exit status 1: a rule is broken.
"""
import json
import sys

KNOWN = set("BEiMsf")


def is_id(value):
    return type(value) is int and 0 <= value < 1 << 32


def check(trace):
    """The counts of the trace's events by phase; raises AssertionError."""
    stacks, flows, counts, last = {}, {}, {}, -1.0
    names = set()
    for e in trace["traceEvents"]:
        phase = e["ph"]
        assert phase in KNOWN, e
        counts[phase] = counts.get(phase, 0) + 1
        assert is_id(e["pid"]) and is_id(e["tid"]), e
        assert type(e["ts"]) in (int, float) and e["ts"] >= 0, e
        track = e["pid"], e["tid"]
        if phase == "M":
            assert e["name"] in ("process_name", "thread_name") and e["args"]["name"], e
            names.add(e["pid"])
            continue
        assert e["ts"] >= last, ("time goes back", e, last)
        last = e["ts"]
        if phase == "B":
            assert e["name"] and e["cat"], e
            assert e["pid"] in names, ("a process without a name", e)
            stacks.setdefault(track, []).append(e["name"])
        elif phase == "E":
            assert stacks.get(track), ("an end without its beginning", e)
            stacks[track].pop()
        elif phase == "i":
            assert e["s"] in ("t", "p", "g") and e["name"], e
            assert e["s"] == "g" or stacks.get(track), ("an instant of nothing", e)
        elif phase == "s":
            assert e["id"] not in flows, e
            flows[e["id"]] = e["ts"]
            assert stacks.get(track), ("an arrow from nothing", e)
        elif phase == "f":
            assert e["bp"] == "e" and flows.pop(e["id"]) <= e["ts"], e
            assert stacks.get(track), ("an arrow to nothing", e)
    open_ones = {t: s for t, s in stacks.items() if s}
    assert not open_ones, ("begun and not ended", list(open_ones.items())[:5])
    assert not flows, ("arrows that lead nowhere", flows)
    return counts


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        counts = check(json.load(f))
    print("# " + ", ".join(f"{counts[p]} {p}" for p in sorted(counts)))


if __name__ == "__main__":
    main()
