#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""published.py - the published figures of bench/run.py, and whether new ones are worse.

docs/performance.json has every round of the last published run. What is compared does not
depend on the speed of the machine: ratios of two measurements that follow each other
(slower; CPU time in multiples of limit-args), and bytes for each event.
"""
import json
import statistics

# name: (least difference that counts, as a share; what it is)
RATIOS = {
    "slower": (0.03, "times slower"),
    "cpu": (0.10, "times the CPU time of limit-args"),
    "bytes": (0.02, "bytes for each event"),
}
NOISY = 0.25  # a spread of more than this share of the median decides nothing


def ratios_of(rows):
    """{(load, watcher): {ratio: [value of each round]}}; larger is worse."""
    limit = {(row["load"], row["round"]): row["monitor"] for row in rows
             if row["watcher"] == "limit-args"}
    ratios = {}
    for row in rows:
        mine = ratios.setdefault((row["load"], row["watcher"]), {name: [] for name in RATIOS})
        base = limit.get((row["load"], row["round"]))
        values = {"slower": row["slower"], "bytes": row["bytes"],
                  "cpu": row["monitor"] / base if base else None}
        for name, value in values.items():
            if value is not None:
                mine[name].append(value)
    return ratios


def noise_of(values, least):
    """Half the distance from the lowest to the highest round, and no less than `least`."""
    return max((max(values) - min(values)) / 2, least * statistics.median(values))


def compare(before, now):
    """Yields (load, watcher, ratio, verdict, median before, median now, noise)."""
    for (load, watcher), ratios in now.items():
        for name, (least, _) in RATIOS.items():
            old = before.get((load, watcher), {}).get(name, [])
            new = ratios[name]
            if not old or not new:
                continue
            noise = noise_of(old, least) + noise_of(new, least)
            was, is_now = statistics.median(old), statistics.median(new)
            verdict = "ok"
            if is_now - was > noise:
                verdict = "worse"
            elif noise > 2 * NOISY * was:
                verdict = "undecided"
            yield load, watcher, name, verdict, was, is_now, noise


def write(path, rows, about):
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"about": %s,\n"rows": [\n' % json.dumps(about))
        file.write(",\n".join(json.dumps(row) for row in rows))
        file.write("\n]}\n")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["rows"]


def check(path, rows):
    """Prints each comparison. 0: nothing is worse, 1: something is, 2: nothing is known to
    be, but the machine is too busy to decide about all."""
    found = {"ok": 0, "worse": 0, "undecided": 0}
    for load, watcher, name, verdict, was, now, noise in compare(ratios_of(read(path)),
                                                                 ratios_of(rows)):
        found[verdict] += 1
        print(f"{verdict:9} {load} {watcher}: {now:.2f} {RATIOS[name][1]}, "
              f"published {was:.2f}, noise {noise:.2f}")
    print(f"{found['ok']} as published, {found['worse']} worse, {found['undecided']} undecided")
    if found["worse"]:
        return 1
    return 2 if found["undecided"] or not found["ok"] else 0
