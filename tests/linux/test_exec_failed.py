#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_exec_failed.py - execs that return an error: which path, which arguments, which error."""
import json
import os
import platform
import subprocess
import sys

from live import VIGIL, Watching, get, run, temporary

ASKED = ("--type", "exec-failed,exec,exit")  # by name: in full on every kernel
EXECVE, EXECVEAT = {"x86_64": (59, 322), "aarch64": (221, 281)}[platform.machine()]


def failed(events, pid):
    return [e for e in events if get(e, "vigil.type") == "exec-failed" and
            get(e, "process.pid") == pid]


def what(event):
    return get(event, "vigil.exec_failed.filename"), get(event, "error.code")


def python(text, *arguments):
    process = subprocess.Popen([sys.executable, "-c", text, *arguments])
    process.wait()
    return process.pid


def test_errors():
    """each error with its path and arguments, in order; what succeeds is no such event"""
    garbage, busy = temporary("garbage"), temporary("busy")
    for name, content in ((garbage, b"\x01\x02\x03"), (busy, b"#!/bin/sh\n")):
        with open(name, "wb") as f:
            f.write(content)
        os.chmod(name, 0o755)
    w = Watching(*ASKED)
    text = Watching("--type", "exec-failed", "--format", "text")
    pid = python("""
import os, sys
garbage, busy = sys.argv[1:]
held = open(busy, "r+b")
def fails(path, args):
    try:
        os.execv(path, args)
    except OSError:
        pass
fails("/nonexistent", ["a name", "", "two\\nlines"])
fails("/etc/passwd", ["passwd"])
fails("relative/path", ["x"])
fails(garbage, ["g"])
fails(busy, ["b"])
fails("/bin/true", ["x" * 200000])
fails("/" + "n" * 5000, ["long"])
held.close()
os.execv("/bin/true", ["true"])
""", garbage, busy)
    events, _ = w.stop(), text.end()
    mine = failed(events, pid)
    assert [what(e) for e in mine] == [
        ("/nonexistent", "ENOENT"), ("/etc/passwd", "EACCES"), ("relative/path", "ENOENT"),
        (garbage, "ENOEXEC"), (busy, "ETXTBSY"), ("/bin/true", "E2BIG"),
        ("/" + "n" * 4094, "ENAMETOOLONG")], [what(e) for e in mine]
    first = mine[0]
    assert get(first, "vigil.exec_failed.args") == ["a name", "", "two\nlines"]
    assert get(first, "vigil.exec_failed.error") == 2
    assert get(first, "event.outcome") == "failure" and get(first, "event.action") == "exec_failed"
    assert get(first, "process.executable") and get(first, "user.name") == "root"
    cut = get(mine[5], "vigil.exec_failed.args")
    assert cut == ["x" * 1023], cut
    assert "vigil.exec_failed.args" in get(mine[5], "vigil.cut"), mine[5]
    done = [e for e in events if get(e, "process.pid") == pid and
            get(e, "process.executable") == os.path.realpath("/bin/true")]
    assert done and events.index(done[0]) > events.index(mine[-1])
    assert not [e for e in events if get(e, "vigil.type") == "lost"]
    with open(text.path, encoding="utf-8") as f:
        lines = [line for line in f if f" {pid} " in line]
    assert "ENOENT /nonexistent: 'a name' ''" in lines[0], lines[0]


def test_many_and_unreadable():
    """more arguments than are read, pointers that lead nowhere, a path at an open directory"""
    w = Watching(*ASKED)
    pid = python(f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
try:
    os.execv("/nonexistent", [f"argument{{i}}" for i in range(1000)])
except OSError:
    pass
libc.syscall({EXECVE}, ctypes.c_void_p(16), ctypes.c_void_p(16), None)
libc.syscall({EXECVE}, b"/nonexistent", ctypes.c_void_p(16), None)
libc.syscall({EXECVE}, b"/nonexistent", None, None)
directory = os.open("/etc", os.O_RDONLY)
args = (ctypes.c_char_p * 2)(b"at", None)
libc.syscall({EXECVEAT}, directory, b"missing", args, None, 0)
libc.syscall({EXECVEAT}, -100, b"/missing", args, None, 0)
""")
    mine = failed(w.stop(), pid)
    many, nothing, lost, none, at, other = mine
    given = get(many, "vigil.exec_failed.args")
    assert given == [f"argument{i}" for i in range(len(given))] and len(given) == 64, given
    assert "vigil.exec_failed.args" in get(many, "vigil.cut")
    assert get(nothing, "error.code") == "EFAULT" and what(nothing)[0] is None
    assert set(get(nothing, "vigil.unreadable")) == {"filename", "args"}, nothing
    assert what(lost)[0] == "/nonexistent" and get(lost, "vigil.unreadable") == ["args"], lost
    assert get(none, "vigil.exec_failed.args") is None and not get(none, "vigil.unreadable")
    assert what(at) == ("missing", "ENOENT") and get(at, "vigil.exec_failed.at") is True
    assert what(other) == ("/missing", "ENOENT") and get(other, "vigil.exec_failed.at") is None


def test_shell():
    """a shell that looks a program up, and one that interprets what the kernel does not know"""
    script = temporary("script")
    with open(script, "w", encoding="utf-8") as f:
        f.write("exit 3\n")  # no #!
    os.chmod(script, 0o755)
    w = Watching(*ASKED)
    shell = subprocess.Popen(["/bin/sh", "-c", f"{script}; exit $?"])
    assert shell.wait() == 3
    mine = [e for e in w.stop() if what(e)[0] == script]
    assert [what(e) for e in mine] == [(script, "ENOEXEC")], mine


def test_recording():
    """the table of a recording, and the JSON of a replay"""
    path = temporary("failed.vigil")
    recorder = subprocess.Popen([VIGIL, "record", "-q", *ASKED, path])
    query = [VIGIL, "query", path, "--format", "json",
             "SELECT filename, command_line, error FROM failed_execs WHERE filename LIKE '/non%'"]
    found = ""
    while not found:
        assert recorder.poll() is None
        python("""
import os
try:
    os.execv("/nonexistent/program", ["a", "b c"])
except OSError:
    pass
""")
        found = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    recorder.send_signal(2)
    assert recorder.wait() == 0
    assert json.loads(found.splitlines()[0]) == {
        "filename": "/nonexistent/program", "command_line": "a b c", "error": 2}, found
    again = temporary("again.json")
    shown = []
    for source in (path, again):
        shown.append(subprocess.run([VIGIL, "replay", source, "--type", "exec-failed",
                                     "--format", "json"],
                                    capture_output=True, text=True, check=True).stdout)
        with open(again, "w", encoding="utf-8") as f:
            f.write(shown[0])
    assert shown[0] and shown[0] == shown[1]


def test_only_where_asked():
    """all means it where that costs nothing; by name means it everywhere"""
    doctor = subprocess.run([VIGIL, "doctor", "--json"], capture_output=True, check=False)
    free = json.loads(doctor.stdout)["uses"]["process access"] == "fexit"
    for types, wanted in (("all", free), ("exec-failed", True), ("exec", False)):
        w = Watching("--type", types)
        status = [e for e in w.stop() if get(e, "vigil.type") == "status"][0]
        assert ("exec-failed" in get(status, "vigil.status.types")) == wanted, status


run(globals())
