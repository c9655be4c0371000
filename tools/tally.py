#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tally.py - counts the tests of a complete run.

	tally.py [--suites] FILE...

FILE.xml is what ctest --output-junit wrote, with FILE.json, what ctest --show-only=json-v1
wrote, beside it; any other FILE holds lines "ok NAME", "not ok NAME", "ok NAME # SKIP why". A
program that ctest ran counts as the cases that it printed itself: cmocka's, or such lines; as
one if it printed none. Prints what was skipped and why, what failed with the whole output of
its program, then the sum. Exit status 1: failures. With --suites one line for each folder of
tests instead, and what it is about.
"""
import collections
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

# Folders of tests/.
SUITES = {
    "": "rules for the source: layers, functions that print",
    "unit": "each module of the library by itself",
    "command": "what the command does with its input, options and terminal",
    "recordings": "recordings made to attack their reader, and power cuts",
    "report": "the report in a browser, the trace against its format",
    "linux": "the sensor on the kernel that runs here",
    "deploy": "the files of deploy/ against the schema and the unit",
    "fleet": "outputs of vigil run: spool, and engines that are killed",
    "detect": "the Sigma engine against an evaluator of its own in Python",
    "doctor": "vigil doctor where something is missing",
    "faults": "allocations and system calls that fail",
    "fuzz": "parsers with arbitrary input, for a moment each",
    "ntsim": "the simulated NT kernel finds each kind of mistake",
    "driver": "the Windows driver on that kernel",
    "wine": "the built driver and command under Wine",
    "service": "the service, its files and its log",
    "install": "what is installed, and removed again",
    "abi": "the library's interface against the last release",
    "manual": "manual pages, help and completion agree",
    "tools": "the tools of the build and of the tests",
}

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


def folders_of(path):
    """{test: its folder below tests/}, from what ctest wrote beside the results."""
    try:
        with open(path[: -len(".xml")] + ".json", encoding="utf-8") as file:
            described = json.load(file)
    except OSError:
        return {}
    graph, folders = described["backtraceGraph"], {}
    for test in described["tests"]:
        node = graph["nodes"][test["backtrace"]]
        while "parent" in node:  # a function of another file
            node = graph["nodes"][node["parent"]]
        folder = os.path.dirname(graph["files"][node["file"]])
        folders[test["name"]] = folder.split("/tests", 1)[-1].strip("/").split("/")[0]
    return folders


class Program:
    """A program that ctest ran, or the lines of a file: (outcome, name, why) of each case."""

    def __init__(self, name, suite, output, seconds=0.0):
        self.name, self.suite, self.output, self.seconds = name, suite, output, seconds
        self.cases = list(cases_of(output))

    def judge(self, case):
        """Adds what ctest knows: skipped or failed as a whole."""
        status = case.get("status")
        if status in ("notrun", "disabled") or case.find("skipped") is not None:
            # Skipped as a whole: its last line says why.
            last = self.output.strip().splitlines()[-1:] or ["no reason given"]
            self.cases = [c for c in self.cases if c[0] == "skipped"] or [("skipped", "", last[0])]
        elif status != "run" and not any(outcome == "failed" for outcome, _, _ in self.cases):
            # All its cases passed, and yet it failed: a leak, a crash, the time limit.
            failure = case.find("failure")
            why = failure.get("message") if failure is not None else ""
            self.cases.append(("failed", "", why or "failed as a whole"))
        self.cases = self.cases or [("passed", "", "")]

    def shown(self, outcome):
        """The lines about its cases of that outcome."""
        for found, case, why in self.cases:
            if found == outcome:
                name = f"{self.name}: {case}" if case and self.name else self.name or case
                yield f"{outcome}: {name}" + (f" ({why})" if why else "")


def programs_of(path):
    if not path.endswith(".xml"):
        with open(path, encoding="utf-8", errors="replace") as lines:
            return [Program("", os.path.basename(path), lines.read())]
    where, folders, programs = os.path.basename(path)[: -len(".xml")], folders_of(path), []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = case.get("name")
        program = Program(f"{where}: {name}", folders.get(name, ""),
                          case.findtext("system-out") or "", float(case.get("time") or 0))
        program.judge(case)
        programs.append(program)
    return programs


def count_of(programs):
    count = collections.Counter(outcome for program in programs for outcome, _, _ in program.cases)
    return count["passed"], count["failed"], count["skipped"]


def show_suites(programs):
    suites = {}
    for program in programs:
        suites.setdefault(program.suite, []).append(program)
    for suite, members in sorted(suites.items(), key=lambda one: list(SUITES).index(one[0])
                                 if one[0] in SUITES else len(SUITES)):
        passed, failed, skipped = count_of(members)
        print(f"{'not ok' if failed else 'ok':6} {suite or 'source':10} {passed:5} passed"
              f" {failed:3} failed {skipped:3} skipped {sum(m.seconds for m in members):6.0f} s"
              f"  {SUITES.get(suite, '')}".rstrip())


def main():
    arguments = sys.argv[1:]
    suites = "--suites" in arguments
    programs = [program for path in arguments if path != "--suites"
                for program in programs_of(path)]
    if suites:
        show_suites(programs)
        return 0
    for program in programs:
        print("".join(line + "\n" for line in program.shown("skipped")), end="")
    for program in programs:
        failures = list(program.shown("failed"))
        if failures:
            print("", *failures, sep="\n")
            print("".join(f"  {line}\n" for line in program.output.splitlines())
                  if program.name else "", end="")
    passed, failed, skipped = count_of(programs)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
