# SPDX-License-Identifier: MIT
"""results.py - what came back from the machine that run.sh booted: the folder in sys.argv[1]."""
import os
import re
import sys

from live import get, read_events

DIRECTORY = sys.argv[1]


def read(name):
    with open(os.path.join(DIRECTORY, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def version():
    return tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", read("release")).groups())


def has_trampolines():
    """Whether programs can be attached to the kernel's functions: fexit and BPF LSM."""
    return read("machine").strip() == "x86_64" or version() >= (6, 4)


def has(name):
    return os.path.exists(os.path.join(DIRECTORY, name))


def identity(event):
    return get(event, "process.entity_id")


class Told:
    """What the sensor reported about one thing that was done there."""

    def __init__(self, name, status=0):
        self.events = read_events(os.path.join(DIRECTORY, name + ".json"))
        got = int(read(name + ".status"))
        assert got == status, f"exit status {got}, not {status}: {read(name + '.err')}"

    def of(self, kind):
        return [e for e in self.events if get(e, "vigil.type") == kind]

    def one(self, kind):
        found = self.of(kind)
        assert len(found) == 1, f"{len(found)} events {kind}"
        return found[0]

    def exec_of(self, *args):
        found = [e for e in self.of("exec") if get(e, "process.args") == list(args)]
        assert len(found) == 1, f"{len(found)} of {args}"
        return found[0]
