#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_published.py BENCH_DIRECTORY DOCS - whether `bench/run.py --check` finds what is worse."""
import contextlib
import io
import os
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
import published  # pylint: disable=wrong-import-position


def rows(slower, cpu, size):
    """Three rounds of a load under two watchers."""
    both = []
    for turn in range(3):
        both.append({"load": "exec2", "watcher": "limit-args", "round": turn, "slower": 1.0,
                     "monitor": 0.04, "bytes": 140})
        both.append({"load": "exec2", "watcher": "vigil-json", "round": turn,
                     "slower": slower[turn], "monitor": cpu[turn], "bytes": size})
    return both


STEADY, BUSY = (1.10, 1.11, 1.12), (1.0, 1.2, 2.4)
CPU = (0.16, 0.17, 0.18)
CASES = (
    ("the same again", rows(STEADY, CPU, 800), 0),
    ("everything better", rows((1.0, 1.0, 1.0), (0.1, 0.1, 0.1), 500), 0),
    ("slower by more than the noise", rows((1.2, 1.21, 1.22), CPU, 800), 1),
    ("more CPU time than the noise", rows(STEADY, (0.26, 0.27, 0.28), 800), 1),
    ("longer lines", rows(STEADY, CPU, 900), 1),
    ("rounds too different to decide", rows(BUSY, CPU, 800), 2),
    ("nothing to compare", [], 2),
)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "published.json")
        published.write(path, rows(STEADY, CPU, 800), "a test")
        for name, now, wanted in CASES:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                status = published.check(path, now)
            print("".join(f"# {line}\n" for line in out.getvalue().splitlines()), end="")
            print(f"{'ok' if status == wanted else 'not ok'} {name}: {status}")
            failed += status != wanted
    kept = published.ratios_of(published.read(sys.argv[2] + "/performance.json"))
    fine = any(watcher == "vigil-json" for _, watcher in kept)
    print(f"{'ok' if fine else 'not ok'} the published figures can be read")
    return failed + (not fine)


sys.exit(main() != 0)
