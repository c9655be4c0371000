#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tally.py - counts the tests of a complete run.

	tally.py FILE...

FILE.xml is what ctest --output-junit wrote, any other FILE holds lines
"ok NAME", "not ok NAME", "ok NAME # SKIP why". A program that ctest ran counts as
the cases that it printed itself: cmocka's, or such lines; as one if it printed none.
Prints what failed and what was skipped and why, then the sum. Exit status 1: failures.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

CMOCKA = re.compile(r"^\[ *(OK|FAILED|SKIPPED) *\] (\S+)$", re.M)
TAP = re.compile(r"^(not ok|ok) (.*?)(?: *# *SKIP *(.*))?$", re.M)


def cases_of(text):
    """Yields (outcome, name, why) for each case that a test's output names."""
    failed = set()  # cmocka repeats these in its summary
    for word, name in CMOCKA.findall(text):
        outcome = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}[word]
        if outcome != "passed":
            if name in failed:
                continue
            failed.add(name)
        yield outcome, name, "by itself"
    for word, name, why in TAP.findall(text):
        if why:
            yield "skipped", name, why
        else:
            yield ("passed" if word == "ok" else "failed"), name, ""


def tests_of(path):
    """Yields (outcome, name, why) for all cases in a file."""
    if not path.endswith(".xml"):
        with open(path, encoding="utf-8", errors="replace") as lines:
            yield from cases_of(lines.read())
        return
    where = path.rsplit("/", 1)[-1][: -len(".xml")]
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{where}: {case.get('name')}"
        output = case.findtext("system-out") or ""
        cases = [(o, f"{name}: {n}", w) for o, n, w in cases_of(output)]
        status = case.get("status")
        if status in ("notrun", "disabled") or case.find("skipped") is not None:
            # Skipped as a whole: its last line says why.
            last = output.strip().splitlines()[-1:] or ["no reason given"]
            skips = [c for c in cases if c[0] == "skipped"]
            yield from skips or [("skipped", name, last[0])]
            continue
        if status != "run" and not any(o == "failed" for o, _, _ in cases):
            # All its cases passed, and yet it failed: a leak, a crash, the time limit.
            failure = case.find("failure")
            why = failure.get("message") if failure is not None else ""
            cases.append(("failed", name, why or "failed as a whole"))
        yield from cases or [("passed", name, "")]


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for path in sys.argv[1:]:
        for outcome, name, why in tests_of(path):
            count[outcome] += 1
            if outcome != "passed":
                print(f"{outcome}: {name}" + (f" ({why})" if why else ""))
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % count)
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
