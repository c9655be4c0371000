#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_compat.py - a process of 32 bits on a kernel of 64: its arguments, image, changes of
users, failed execs, and what another process does to it."""
import errno
import os
import subprocess

from live import INJECTOR, Skip, Watching, get, run

COMPAT = os.environ.get("COMPAT")
NOBODY = 65534
# By name: in full on every kernel.
ASKED = ("--type", "credentials,exec-failed,access", "--type", "create,exec,exit,image")


def start(*arguments):
    """The program of 32 bits; skips the test where it was not built or the kernel refuses it."""
    if not COMPAT:
        raise Skip("no program of 32 bits was built for this processor")
    try:
        return subprocess.Popen([COMPAT, *arguments])
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        raise Skip(f"this kernel runs no program of 32 bits: {error}") from None


def of(events, pid, kind):
    return [e for e in events if get(e, "process.pid") == pid and get(e, "vigil.type") == kind]


def executable_maps(pid):
    """(address, size, offset) of its executable mappings of files, as /proc has them."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as lines:
        for line in lines:
            where, mode, offset, _, _, *path = line.split()
            if "x" in mode and path == [COMPAT]:
                begin, end = (int(n, 16) for n in where.split("-"))
                yield begin, end - begin, int(offset, 16)


def test_its_life():
    """exec, user, failed exec and next exec, by system calls of the 32-bit ABI"""
    watching = Watching(*ASKED)
    process = start("one", "", "two\nlines")
    status = process.wait()
    events = watching.stop()
    assert status == 0, status
    first, then = of(events, process.pid, "exec")
    assert get(first, "process.executable") == COMPAT
    assert get(first, "process.args") == [COMPAT, "one", "", "two\nlines"], first
    assert get(then, "process.args") == ["true", "of 32 bits"], then
    assert get(then, "user.id") == str(NOBODY), then
    changes = of(events, process.pid, "credentials")
    assert [int(get(e, "vigil.credentials.after.uid")) for e in changes] == [NOBODY], changes
    failures = of(events, process.pid, "exec-failed")
    assert [(get(e, "vigil.exec_failed.filename"), get(e, "error.code")) for e in failures] == [
        ("/nonexistent/32", "ENOENT")], failures
    assert get(failures[0], "vigil.exec_failed.args") == ["of 32 bits", "true"], failures
    ends = of(events, process.pid, "exit")
    assert [get(e, "process.exit_code") for e in ends] == [0], ends


def test_its_image():
    """the image is where /proc says, and an access to the process is reported"""
    watching = Watching(*ASKED)
    process = start("wait")
    try:
        mapped = []
        while not mapped:  # from the moment that exec has returned
            mapped = list(executable_maps(process.pid))
        base, size, offset = mapped[0]
        subprocess.run([INJECTOR, "poke", str(process.pid), hex(base), "1"], check=True)
    finally:
        process.kill()
        process.wait()
    events = watching.stop()
    images = [e for e in of(events, process.pid, "image") if get(e, "dll.path") == COMPAT]
    assert [(int(get(e, "vigil.image.base"), 16), get(e, "vigil.image.size"),
             get(e, "vigil.image.offset")) for e in images] == [(base, size, offset)], images
    pokes = [e for e in events if get(e, "Target.process.pid") == process.pid and
             get(e, "vigil.access.method") == "ptrace-poke"]
    assert len(pokes) == 1 and get(pokes[0], "vigil.access.address") == hex(base), pokes
    assert get(pokes[0], "vigil.access.module") == COMPAT, pokes
    ends = of(events, process.pid, "exit")
    assert len(ends) == 1, ends


run(globals())
