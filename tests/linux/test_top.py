#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_top.py - `vigil top` in a separate terminal: keys, sizes, and the terminal given
back as it was, however it ends."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from live import PROGRAM, VIGIL, run, started

ENTER, LEAVE, FRAME = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?2026h"


class Terminal:
    """vigil top on a pseudo-terminal."""

    def __init__(self, *options, columns=120, lines=30):
        self.parent, child = pty.openpty()
        self.child = child  # kept open: its settings are looked at afterwards
        self.resize(columns, lines)
        self.before = termios.tcgetattr(child)
        self.output = b""
        self.process = subprocess.Popen(
            [VIGIL, "top", *options], stdin=child, stdout=child, stderr=child,
            env={**os.environ, "TERM": "xterm-256color"}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        started.append(self.process)
        self.until(lambda: FRAME in self.output)

    def resize(self, columns, lines):
        fcntl.ioctl(self.child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.parent], [], [], left)[0]:
                return
            self.output += os.read(self.parent, 65536)

    def until(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.output[-2000:]
            assert self.process.poll() is None, self.output[-2000:]
            self.read(0.05)

    def press(self, key):
        os.write(self.parent, key)

    def frames(self):
        return self.output.split(FRAME)[1:]

    def last(self):
        """The latest whole picture, as lines of text."""
        whole = [f for f in self.frames() if b"\x1b[?2026l" in f][-1].split(b"\x1b[?2026l")[0]
        return re.sub(rb"\x1b\[[?0-9;]*[A-Za-z]", b"", whole).decode().split("\r\n")

    def shows(self, words):
        self.until(lambda: words in "\n".join(self.last()))

    def ended(self):
        """The exit status; the terminal must be as it was."""
        deadline = time.monotonic() + 20
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it did not end"
            self.read(0.05)
        self.read(0.1)
        assert termios.tcgetattr(self.child) == self.before, "the terminal's settings"
        assert self.output.count(ENTER) == self.output.count(LEAVE), "the other screen"
        assert self.output.rstrip().endswith(LEAVE), self.output[-200:]
        assert b"\x1b[?25h" in self.output.split(FRAME)[-1], "the cursor"
        return self.process.returncode


def test_keys():
    """s sorts by the next column, p pauses and continues, q ends"""
    t = Terminal("--interval", "250ms")
    assert any("STARTS/S" in line and "PROGRAM" in line for line in t.last())
    t.shows("s sort by starts")
    t.press(b"s")
    t.shows("s sort by running")
    t.press(b"p")
    t.shows("PAUSED")
    t.read(0.5)
    frames = len(t.frames())
    t.read(1)
    assert len(t.frames()) == frames, "paused, and yet drawn"
    t.press(b"\x1b[A")  # an arrow is no key of it
    t.press(b"p")
    t.shows("p pause")
    t.press(b"q")
    assert t.ended() == 0


def test_ends():
    """Ctrl-C, SIGTERM, SIGHUP, a crash: the terminal is given back"""
    t = Terminal()
    t.press(b"\x03")
    assert t.ended() == 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        t = Terminal()
        t.process.send_signal(number)
        assert t.ended() == 0
    t = Terminal()
    t.process.send_signal(signal.SIGABRT)
    assert t.ended() == -signal.SIGABRT


def test_stop():
    """Ctrl-Z gives the terminal back, fg takes it again"""
    t = Terminal("--interval", "250ms")
    t.process.send_signal(signal.SIGTSTP)
    t.until(lambda: t.output.rstrip().endswith(LEAVE))
    assert termios.tcgetattr(t.child) == t.before
    frames = len(t.frames())
    t.process.send_signal(signal.SIGCONT)
    t.until(lambda: len(t.frames()) > frames + 1)
    t.press(b"q")
    assert t.ended() == 0


def test_resize():
    """each size is filled and none passed, down to a very small one"""
    t = Terminal("--interval", "250ms")
    for columns, lines in ((200, 50), (80, 24), (40, 8), (20, 4), (120, 30)):
        t.resize(columns, lines)
        t.until(lambda: len(t.last()) == lines)
        t.read(0.6)
        widest = max(map(len, t.last()))
        assert widest <= columns, (widest, columns, t.last())
        if lines > 4:
            assert t.last()[-1].startswith("q end")
    t.press(b"q")
    assert t.ended() == 0


def test_pictures():
    """at most four pictures a second whatever happens, and nothing is wiped in between"""
    noise = subprocess.Popen([PROGRAM, "burst", "1000000", "1", "/bin/true"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    started.append(noise)
    t = Terminal("--interval", "250ms")
    begun, frames = time.monotonic(), len(t.frames())
    for _ in range(60):
        t.press(b"s")
        t.read(0.05)
    drawn = (len(t.frames()) - frames) / (time.monotonic() - begun)
    assert 1 < drawn <= 4.1, drawn
    t.shows("true")
    assert t.output.split(FRAME, 1)[1].count(b"\x1b[2J") == 0
    t.press(b"q")
    assert t.ended() == 0
    noise.kill()
    noise.wait()


def test_plain():
    """into a pipe: as many plain pictures as were asked for, with true counts"""
    top = subprocess.Popen([VIGIL, "top", "--interval", "2s", "--count", "2", "--sort", "starts"],
                           stdout=subprocess.PIPE, text=True)
    started.append(top)
    time.sleep(1)
    for _ in range(50):
        subprocess.run(["/bin/false"], check=False)
    output = top.communicate(timeout=30)[0]
    assert top.returncode == 0 and "\x1b" not in output
    pictures = output.split("STARTS/S")[1:]
    assert len(pictures) == 2
    row = [line.split() for line in pictures[1].splitlines() if line.endswith("bin/false")]
    assert len(row) == 1, pictures[1]
    numbers = [float(word) for word in row[0] if re.fullmatch(r"[0-9.]+", word)]
    assert 50.0 in numbers[:3] and numbers.count(50.0) >= 2, row  # started, and all failed


run(globals())
