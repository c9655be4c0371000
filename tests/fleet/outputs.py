# SPDX-License-Identifier: MIT
"""outputs.py - `vigil run` with outputs, for tests with real engines.

An engine is an object with
    settings    dict: the settings of its section, `to` included
    start()     starts it; again after kill()
    kill()      SIGKILL; what it has on disk stays
    items()     list of (id, body) that it has: each as often as it was kept
"""
import collections
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "linux"))
from live import Running, temporary  # pylint: disable=wrong-import-position

THREADS = os.environ.get("THREADS")  # tests/fleet/threads.c
WAIT = 60
BEGUN = time.monotonic()
SAY = 15  # seconds between two lines of progress


def wait_until(condition, what, seconds=WAIT):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it does not come: {what}"
        time.sleep(0.02)


def make_threads(count, per_second=0):
    """count threads: twice as many events of the types thread-create and thread-exit."""
    return subprocess.Popen([THREADS, str(count), str(per_second)])


def say(text):
    """Progress, with the time since the start."""
    print(f"# {time.monotonic() - BEGUN:.0f} s: {text}", flush=True)


class Outputs:
    """`vigil run` with one output for each engine of a dict NAME: engine. It can be killed and
    started again with the same spool."""

    def __init__(self, engines, settings=None, spool=None, before=(), options=()):
        self.before, self.options = before, options
        self.spool = spool or os.path.join(os.path.dirname(temporary("x")), "spool")
        self.config = temporary("vigil.conf")
        self.logs = []
        self.configure(engines, settings)
        self.start()

    def configure(self, engines, settings=None):
        """Writes the settings; they come into force by start() or reload()."""
        with open(self.config, "w", encoding="utf-8") as out:
            out.write("max-size = 0\n")
            for key, value in (settings or {}).items():
                out.write(f"{key} = {value}\n")
            for name, engine in engines.items():
                out.write(f"\n[output {name}]\n")
                for key, value in engine.settings.items():
                    out.write(f"{key} = {value}\n")

    def reload(self):
        self.run.process.send_signal(signal.SIGHUP)
        assert self.run.state().startswith(b"RELOADING=1")
        assert self.run.state() == b"READY=1"

    def start(self):
        self.run = Running("--config", self.config, "--spool", self.spool, *self.options,
                           before=self.before)
        self.logs.append(self.run.log)

    def stop(self):
        self.run.stop()
        return self.run.errors

    def kill(self):
        """SIGKILL for the process of the sensor; the others end by themselves."""
        self.run.process.kill()
        self.run.errors = self.run.process.communicate()[1].decode()
        self.run.notify.close()

    def shipper(self, name):
        """The process that sends for an output; 0: there is none."""
        for path in glob.glob("/proc/[0-9]*/comm"):
            try:
                with open(path, encoding="utf-8") as comm:
                    if comm.read() != "vigil-ship\n":
                        continue
                pid = int(path.split("/")[2])
                with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
                    if f"{self.spool}/{name}/status" in maps.read():
                        return pid
            except OSError:
                continue
        return 0

    def keeper(self):
        """The process that starts those that send; 0: there is none."""
        for path in glob.glob("/proc/[0-9]*/comm"):
            try:
                with open(path, encoding="utf-8") as comm, \
                        open(path.replace("comm", "cmdline"), encoding="utf-8") as line:
                    if comm.read() == "vigil-keeper\n" and self.spool in line.read().split("\0"):
                        return int(path.split("/")[2])
            except OSError:
                continue
        return 0

    def kill_shipper(self, name):
        wait_until(lambda: self.shipper(name), "a process that sends")
        pid = self.shipper(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def mark(self, name):
        """The number up to which everything is acknowledged."""
        acked, turn = 0, 0
        try:
            with open(f"{self.spool}/{name}/mark", "rb") as mark:
                data = mark.read()
        except FileNotFoundError:
            return 0
        for at in 0, 512:
            slot = data[at:at + 32]
            if len(slot) == 32 and int.from_bytes(slot[16:24], "little") > turn:
                turn = int.from_bytes(slot[16:24], "little")
                acked = int.from_bytes(slot[8:16], "little")
        return acked

    def wait_for_all(self, name, seconds):
        """Waits until the output has acknowledged each event of the log. Says how far it is."""
        last, shown = len(self.lines()), [time.monotonic()]

        def is_all():
            mark = self.mark(name)
            if time.monotonic() - shown[0] > SAY:
                say(f"{name}: {mark} of {last} events are acknowledged")
                shown[0] = time.monotonic()
            return mark >= last

        wait_until(is_all, f"the last event in {name}", seconds)

    def lines(self):
        """All lines of the log, over all starts."""
        lines = []
        for name in self.logs:
            with open(name, encoding="utf-8") as log:
                lines += log.read().splitlines()
        return lines


def by_number(items):
    """The items by number; repeats, which have the same id, once. Returns them and how many
    repeats there were."""
    found, ids = {}, {}
    for identity, body in items:
        number = int(identity.removesuffix("-lost").rsplit("-", 1)[1])
        assert ids.setdefault(number, identity) == identity, (ids[number], identity)
        assert found.setdefault(number, body) == body, (number, found[number], body)
    return found, len(items) - len(found)


def assert_once(items, lines=None):
    """Each number is there, from 1 on without a gap; with lines: the same events as in the log.
    Returns how many repeats there were."""
    found, repeats = by_number(items)
    missing = set(range(1, max(found, default=0) + 1)) - set(found)
    assert not missing, f"{len(missing)} missing of {len(found)}: {sorted(missing)[:9]}"
    if lines is not None:
        there, logged = (collections.Counter(texts) for texts in (found.values(), lines))
        assert there == logged, (list((there - logged).items())[:2],
                                 list((logged - there).items())[:2],
                                 sum(there.values()), sum(logged.values()))
    return repeats


def lost(items):
    """How many events the items of type lost report."""
    total = 0
    for body in by_number(items)[0].values():
        if '"lost"' in body:
            total += (json.loads(body)["vigil"].get("lost") or {}).get("count", 0)
    return total
