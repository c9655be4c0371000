#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_storm.py - what storms cost vigil's memory: never more than docs/performance.md says.

    test_storm.py [FACTOR]    FACTOR times as much of everything (default 1; 10: minutes)
"""
import os
import shutil
import subprocess
import sys
import time

from live import PROGRAM, VIGIL, run, started, temporary

STORM = os.environ["STORM"]
FACTOR = int(sys.argv[1]) if len(sys.argv) > 1 else 1
LIVING = 350 * FACTOR
# MiB, the bounds of docs/performance.md ("Memory").
BEGIN = 30  # the queue among it
TEXT, MODULES, WAITING, RECORDER, ALLOCATOR = 32, 32, 32, 64, 2
EACH = LIVING * 20 / 1024  # of living processes: at most 20 KiB each
SMALL = 6  # what neither of these grows by, but what is bounded by number


class Reader:
    """A command of vigil, and the bound of its memory in MiB."""

    def __init__(self, name, bound, *options):
        self.name, self.bound = name, bound
        self.errors = open(temporary(name + ".errors"), "wb+")
        self.process = subprocess.Popen([VIGIL, name, *options], stdout=subprocess.DEVNULL,
                                        stderr=self.errors)
        started.append(self.process)

    def most(self):
        if self.process.poll() is not None:
            self.errors.seek(0)
            raise AssertionError(f"{self.name} has ended: {self.errors.read()}")
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            kib = [line.split()[1] for line in status if line.startswith("VmHWM")]
        return int(kib[0]) / 1024

    def end(self):
        self.process.send_signal(2)
        assert self.process.wait(timeout=120) == 0, self.name


def storms():
    folder = temporary("deep")
    os.mkdir(folder)
    with open("/proc/mounts", encoding="utf-8") as mounts:
        groups = [m.split()[1] for m in mounts if m.split()[2] == "cgroup2"]
    # By how many MiB the memory may grow.
    yield SMALL, "forks", [PROGRAM, "forks", str(4000 * FACTOR), "2"]
    yield SMALL, "threads", [PROGRAM, "threads", str(6000 * FACTOR)]
    yield SMALL, "users", [STORM, "users", str(500 * FACTOR)]
    if groups:
        yield SMALL, "cgroups", [STORM, "cgroups", str(300 * FACTOR), groups[0]]
    yield TEXT, "lists", [STORM, "lists", str(350 * FACTOR)]
    yield TEXT, "paths", [STORM, "paths", str(700 * FACTOR), folder]
    yield EACH, "living", [STORM, "living", str(LIVING)]
    yield MODULES, "maps", [STORM, "maps", str(LIVING)]
    shutil.rmtree(folder)


def test_storms():
    """forks, threads, paths, users, cgroups, argument lists, many processes: bounded memory"""
    settings = temporary("settings")
    with open(settings, "w", encoding="ascii"):
        pass
    all_of_it = BEGIN + ALLOCATOR * TEXT + MODULES + WAITING + EACH
    readers = [
        Reader("watch", all_of_it, "-q", "-f", "json", "-o", "/dev/null"),
        Reader("run", all_of_it, "--config", settings, "-o", temporary("log"), "--max-size",
               "16M", "--keep", "1"),
        Reader("record", all_of_it + RECORDER, "-q", "--max-size", "64M",
               temporary("record.vigil")),
    ]
    time.sleep(1.5)
    most = {reader: reader.most() for reader in readers}
    print("# MiB at first: " + ", ".join(f"{r.name} {m:.0f}" for r, m in most.items()))
    for growth, name, command in storms():
        before, begun = most, time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        time.sleep(0.3)
        most = {reader: reader.most() for reader in readers}
        print(f"# {name} ({time.monotonic() - begun:.1f} s): " +
              ", ".join(f"{r.name} {m:.0f}" for r, m in most.items()), flush=True)
        for reader in readers[:2] if FACTOR == 1 else []:  # what a recorder adds differs
            grown = most[reader] - before[reader]
            assert grown < growth + SMALL, f"{reader.name}: {grown:.0f} MiB by {name}"
    for reader in readers:
        assert most[reader] < reader.bound, (reader.name, most[reader], reader.bound)
        reader.end()


run(globals())
