#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""startup.py - how long a watcher takes from its start to the first program that it reports.

Programs with numbered names are started every few milliseconds beside a watcher; the first
one in its output shows when it was ready. That needs nothing from the watcher but names.
"""
import os
import re
import signal
import subprocess
import threading
import time

STEP = 0.004  # seconds between two programs
MOST = 4000   # of them
NAME = re.compile(rb"vigil-tick-(\d{5})")


class Ticks(threading.Thread):
    """Starts the programs, and notes when."""

    def __init__(self, program, directory):
        super().__init__()
        self.program, self.directory = program, directory
        self.times, self.over = [], threading.Event()

    def run(self):
        for number in range(MOST):
            if self.over.wait(STEP):
                break
            path = f"{self.directory}/vigil-tick-{number:05}"
            os.symlink(self.program, path)
            self.times.append(time.monotonic())
            os.waitpid(os.posix_spawn(path, [path], {}), 0)
            os.unlink(path)


def end_watcher(child):
    """Asks a watcher to end; one that does not within a minute is killed."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(60)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def first_tick(path):
    with open(path, "rb") as file:
        numbers = [int(number) for number in NAME.findall(file.read())]
    return min(numbers) if numbers else None


def startup(command, output, program, directory, long):
    """Milliseconds, or None if the watcher reported nothing. `output` is its file, which it
    writes itself or as its standard output; `long`: seconds that it certainly needs."""
    ticks = Ticks(program, directory)
    ticks.start()
    time.sleep(0.2)
    with open(output, "wb") as out, open(os.devnull, "wb") as null:
        begin = time.monotonic()
        child = subprocess.Popen(command, stdout=null if output in command else out, stderr=null)
        time.sleep(long)
    ticks.over.set()
    ticks.join()
    time.sleep(0.3)
    end_watcher(child)
    first = first_tick(output)
    return None if first is None else max(0.0, (ticks.times[first] - begin) * 1000)
