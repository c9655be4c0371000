# SPDX-License-Identifier: MIT
"""top.py - vigil top in Wine: plain pictures in a pipe, and the full screen of a console.

Wine's console shows the sequences of terminals as characters instead of interpreting them. So
this shows what is drawn and which keys are obeyed, not how a console of Windows presents it.
"""
import os
import pty
import re
import select
import subprocess
import time

from command import VIGIL
from wine import PATIENCE


def test_plain(wine):
    """vigil top in a pipe: as many pictures as were asked for, with true counts"""
    top = wine.start(VIGIL, "top", "--interval", "2s", "--count", "2", "--sort", "starts",
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)
    for _ in range(3):
        wine.fire("spawn", r"C:\fire.exe exit 7", status=7)
    output, errors = (text.decode() for text in top.communicate(timeout=PATIENCE))
    assert top.returncode == 0 and "\x1b" not in output, (output, errors)
    pictures = output.split("STARTS/S")[1:]
    assert len(pictures) == 2, output
    (row,) = [line.split() for line in pictures[1].splitlines() if line.endswith(r"\fire.exe")]
    assert "3 starts and 3 ends" in output, output
    assert row.count("3") == 2, row  # started, and all failed


class Screen:
    """vigil top on a console of Wine, which is on a terminal of this test."""

    def __init__(self, wine, *options):
        self.main, second = pty.openpty()
        self.process = wine.start(VIGIL, "top", *options, stdin=second, stdout=second,
                                  stderr=second, env={"TERM": "xterm"}, start_new_session=True)
        os.close(second)
        self.shown = b""

    def until(self, words):
        """Reads until the words have been shown after what was read before."""
        before, deadline = len(self.shown), time.monotonic() + PATIENCE
        while words not in self.text(before):
            assert time.monotonic() < deadline, self.text(before)[-2000:]
            if select.select([self.main], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.main, 65536)
                except OSError:  # the program has ended
                    pass

    def text(self, begin=0):
        return re.sub(rb"\x1b\[[?0-9;]*[A-Za-z]", b"", self.shown[begin:]).decode(errors="replace")

    def press(self, key):
        os.write(self.main, key)

    def end(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.text()[-2000:]
            if select.select([self.main], [], [], 0.1)[0]:
                try:
                    os.read(self.main, 65536)
                except OSError:
                    pass
        os.close(self.main)
        return self.process.returncode


def test_screen(wine):
    """vigil top on a console: draws, s sorts by the next column, p pauses, q ends"""
    screen = Screen(wine, "--interval", "250ms")
    screen.until("s sort by starts")
    screen.press(b"s")
    screen.until("s sort by running")
    screen.press(b"p")
    screen.until("PAUSED")
    screen.press(b"p")
    screen.until("p pause")
    screen.press(b"q")
    assert screen.end() == 0, screen.text()[-2000:]
