#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_environment.py - variables of a new program's environment, those that --env names."""
import os
import subprocess
import sys

from live import VIGIL, Watching, get, run, temporary

ASKED = ("--type", "exec", "--env", "LD_PRELOAD,PATH,X")


def execve(marker, variables):
    """Runs true with this environment, in this order, by a separate call."""
    program = """
import ctypes, sys
args = (ctypes.c_char_p * 3)(b"true", sys.argv[1].encode(), None)
count = int(sys.argv[2])
lines = sys.stdin.buffer.read().split(b"\\0")[:count]
env = (ctypes.c_char_p * (count + 1))(*lines, None)
ctypes.CDLL(None).execve(b"/bin/true", args, env)
sys.exit(99)
"""
    done = subprocess.run([sys.executable, "-c", program, marker, str(len(variables))],
                          input=b"\0".join(variables), check=False)
    assert done.returncode == 0, done


def one(events, marker):
    found = [e for e in events if get(e, "process.args") == ["true", marker]]
    assert len(found) == 1, found
    return found[0]


def test_asked():
    """what is named, in its order, exactly; nothing else, and nothing where it has none"""
    others = {"text": Watching(*ASKED, "--format", "text"), "none": Watching("--type", "exec")}
    w = Watching(*ASKED)
    mine = [b"PATHS=no", b"PATH=/a:/b c", b"SECRET=no", b"XX=no", b"X=", b"PAT=no", b"LD_PRELOAD=",
            b"LD_PRELOAD=/tmp/x\xff.so", b"path=no", b"PATH"]
    execve("some", mine)
    execve("nothing", [b"SECRET=no"])
    events = w.stop()
    e = one(events, "some")
    assert get(e, "process.env_vars") == ["PATH=/a:/b c", "X=", "LD_PRELOAD=",
                                          "LD_PRELOAD=/tmp/x\ufffd.so"], e
    assert get(e, "vigil.cut") is None and get(e, "vigil.raw")
    assert get(one(events, "nothing"), "process.env_vars") is None
    others["text"].end()
    with open(others["text"].path, encoding="utf-8") as f:
        line = [line for line in f if " true some" in line]
    assert len(line) == 1 and "'PATH=/a:/b c' X= LD_PRELOAD=" in line[0], line
    assert "SECRET" not in line[0]
    assert get(one(others["none"].stop(), "some"), "process.env_vars") is None


def test_bounds():
    """a long value and long neighbors; too many; what is left out is marked"""
    w = Watching(*ASKED)
    execve("long", [b"J=" + b"j" * 100000, b"X=" + b"x" * 2000, b"K=" + b"k" * 510,
                    b"LD_PRELOAD=/x"])
    execve("repeated", [b"X=" + b"x" * 400] * 5 + [b"LD_PRELOAD=/x"])
    execve("hidden", [b"J"] * 3000 + [b"LD_PRELOAD=/x"])
    events = w.stop()
    long = one(events, "long")
    assert get(long, "process.env_vars") == ["X=" + "x" * 509, "LD_PRELOAD=/x"], long
    repeated = one(events, "repeated")
    assert get(repeated, "process.env_vars") == ["X=" + "x" * 400] * 2 + ["LD_PRELOAD=/x"]
    for marker in ("long", "repeated"):
        assert "process.env_vars" in get(one(events, marker), "vigil.cut"), marker
    hidden = one(events, "hidden")
    assert get(hidden, "process.env_vars") is None
    assert get(hidden, "vigil.unreadable") == ["environment"], hidden


def test_recording():
    """a recording keeps it, and the JSON of its replay comes back"""
    path, again = temporary("environment.vigil"), temporary("again.json")
    recorder = subprocess.Popen([VIGIL, "record", "-q", "--env", "X", path])
    shown = ""
    while "X=kept" not in shown:
        assert recorder.poll() is None
        execve("kept", [b"X=kept"])
        shown = subprocess.run([VIGIL, "replay", path, "--type", "exec", "--format", "json"],
                               capture_output=True, text=True, check=False).stdout
    recorder.send_signal(2)
    assert recorder.wait() == 0
    for source in (path, again):
        shown = subprocess.run([VIGIL, "replay", source, "--type", "exec", "--format", "json"],
                               capture_output=True, text=True, check=True).stdout
        first = shown if source == path else first
        with open(again, "w", encoding="utf-8") as f:
            f.write(shown)
    assert first == shown and '"env_vars":["X=kept"]' in shown


def test_names():
    """names that are none are refused, with the reason"""
    for names, why in (("", "not a list"), ("A,,B", "not a list"), ("A=b", "not a list"),
                       ("A" * 32, "at most 31 bytes"), (",".join("ABCDEFGHI"), "at most 8")):
        done = subprocess.run([VIGIL, "watch", "--env", names], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 2 and why in done.stderr, (names, done)
    longest = "A" * 31
    w = Watching("--type", "exec", "--env", longest)
    execve("longest", [longest.encode() + b"B=no", longest.encode() + b"=yes"])
    assert get(one(w.stop(), "longest"), "process.env_vars") == [longest + "=yes"]


run(globals())
