#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_credentials.py - the user of each event is the one at that moment, and changes are events."""
import os
import platform
import pwd
import shutil
import subprocess
import sys

from live import LIBM, PROGRAM, VIGIL, Watching, get, run, temporary

NOBODY = pwd.getpwnam("nobody")
OTHER = pwd.getpwnam("daemon")
# By name: in full on every kernel.
ASKED = ("--type", "credentials", "--type", "create,exec,exit,thread-create,thread-exit,image")
SETUID = {"x86_64": 105, "aarch64": 146}[platform.machine()]  # the call, of one thread alone


def python(text, before=(), status=0):
    """Runs a Python program and returns its process id."""
    process = subprocess.Popen([*before, sys.executable, "-c", text])
    assert process.wait() == status, process.returncode
    return process.pid


def of(events, pid, *kinds):
    return [e for e in events if get(e, "process.pid") == pid and
            get(e, "vigil.type") in kinds]


def user(event):
    return int(get(event, "user.id")), int(get(event, "user.effective.id"))


def side(event, which):
    return {k: int(v) for k, v in get(event, f"vigil.credentials.{which}").items()
            if k.endswith("id")}


def library():
    """A library that no Python has loaded yet."""
    path = temporary("libmine.so")
    shutil.copy(LIBM, path)
    return path


DROPS = f"""
import ctypes, os, threading
os.setgroups([])
os.setresgid({NOBODY.pw_gid}, {NOBODY.pw_gid}, {NOBODY.pw_gid})
os.setresuid({NOBODY.pw_uid}, {NOBODY.pw_uid}, {NOBODY.pw_uid})
ctypes.CDLL("%s")
t = threading.Thread(target=lambda: None)
t.start()
t.join()
if os.fork() == 0:
    os._exit(0)
os.wait()
"""


def test_daemon():
    """a daemon drops root without an exec: its thread, image, fork and exit have the new user"""
    loaded = library()
    w = Watching(*ASKED)
    others = {name: Watching(*ASKED, "--user", name) for name in ("root", "nobody")}
    pid = python(DROPS % loaded)
    events = w.stop()
    new = (NOBODY.pw_uid, NOBODY.pw_uid)
    changes = of(events, pid, "credentials")
    assert len(changes) == 2, changes
    group, change = changes
    assert side(group, "before")["gid"] == 0 and side(group, "after")["sgid"] == NOBODY.pw_gid
    assert get(group, "user.changes.group.id") == str(NOBODY.pw_gid)
    assert get(group, "user.changes.id") is None
    assert user(change) == (0, 0)
    assert get(change, "user.changes.id") == str(NOBODY.pw_uid)
    assert get(change, "user.changes.name") == "nobody"
    assert get(change, "user.changes.effective.name") == "nobody"
    assert side(change, "before") == dict.fromkeys(("uid", "euid", "suid", "fsuid"), 0) | \
        dict.fromkeys(("gid", "egid", "sgid", "fsgid"), NOBODY.pw_gid)
    assert side(change, "after") == dict.fromkeys(("uid", "euid", "suid", "fsuid"),
                                                  NOBODY.pw_uid) | \
        dict.fromkeys(("gid", "egid", "sgid", "fsgid"), NOBODY.pw_gid)
    assert int(get(change, "vigil.credentials.before.capabilities"), 16) != 0
    assert int(get(change, "vigil.credentials.after.capabilities"), 16) == 0
    assert get(change, "event.category") == ["process"]
    assert get(change, "event.type") == ["change"] and get(change, "process.pid") == pid
    at = events.index(change)
    check_later(events[at + 1:], pid, new, loaded)
    shown = {name: other.stop() for name, other in others.items()}
    assert not of(shown["root"], pid, "thread-create", "thread-exit", "exit")
    assert len(of(shown["nobody"], pid, "thread-create", "thread-exit", "exit")) == 3
    assert [e for e in shown["nobody"] if get(e, "dll.path") == loaded]
    assert len(of(shown["root"], pid, "credentials")) == 2  # by who was root before


def check_later(events, pid, new, loaded):
    image = [e for e in events if get(e, "dll.path") == loaded]
    assert [user(e) for e in image] == [new], image
    mine = of(events, pid, "thread-create", "thread-exit", "exit")
    assert [get(e, "vigil.type") for e in mine] == ["thread-create", "thread-exit", "exit"]
    assert [user(e) for e in mine] == [new] * 3, mine
    assert get(mine[-1], "group.id") == str(NOBODY.pw_gid)
    child = [e for e in events if get(e, "process.parent.pid") == pid and
             get(e, "vigil.type") in ("create", "exit")]
    assert [user(e) for e in child] == [new] * 2, child


def test_without_hook():
    """the same where nothing watches credentials: the records themselves have the user"""
    w = Watching("--type", "create,exit,thread-create,thread-exit,image")
    loaded = library()
    pid = python(DROPS % loaded)
    events = w.stop()
    mine = of(events, pid, "thread-create", "thread-exit", "exit")
    assert [user(e) for e in mine] == [(NOBODY.pw_uid, NOBODY.pw_uid)] * 3, mine


def test_one_thread():
    """one thread alone gets another user, and ends so; the first thread and the exit stay root"""
    w = Watching(*ASKED)
    pid = python(f"""
import ctypes, threading
libc = ctypes.CDLL(None)
t = threading.Thread(target=lambda: libc.syscall({SETUID}, {OTHER.pw_uid}))
t.start()
t.join()
""")
    events = w.stop()
    changes = of(events, pid, "credentials")
    assert len(changes) == 1, changes
    tid = get(changes[0], "process.thread.id")
    assert tid != pid and get(changes[0], "user.changes.id") == str(OTHER.pw_uid)
    ends = [e for e in of(events, pid, "thread-exit") if get(e, "process.thread.id") == tid]
    assert [user(e) for e in ends] == [(OTHER.pw_uid, OTHER.pw_uid)], ends
    assert user(of(events, pid, "exit")[0]) == (0, 0)


def test_all_threads():
    """the C library changes all threads of a process: a record for each"""
    w = Watching(*ASKED)
    pid = python(f"""
import os, threading
end = threading.Event()
all = [threading.Thread(target=end.wait) for _ in range(3)]
for t in all: t.start()
os.setuid({OTHER.pw_uid})
end.set()
""")
    changes = of(w.stop(), pid, "credentials")
    assert len({get(e, "process.thread.id") for e in changes}) == len(changes) == 4, changes


def test_each_kind():
    """effective, saved, file user; capabilities; user namespace; a call that fails is none"""
    w = Watching(*ASKED)
    pid = python(f"""
import ctypes, os
libc = ctypes.CDLL(None)
os.seteuid({OTHER.pw_uid})
os.seteuid(0)
libc.setfsuid({OTHER.pw_uid})
libc.setfsuid(0)
os.setgid(0)
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)(1, 1, 0, 0, 0, 0)
libc.capset(head, sets)
try:
    os.setuid({OTHER.pw_uid})
except PermissionError:
    libc.unshare(0x10000000)
""")
    changes = [(side(e, "before"), side(e, "after"), e) for e in
               of(w.stop(), pid, "credentials")]
    assert [(a["euid"], b["euid"]) for a, b, _ in changes[:2]] == \
        [(0, OTHER.pw_uid), (OTHER.pw_uid, 0)], changes
    assert all(b["uid"] == b["suid"] == 0 for _, b, _ in changes)
    assert [(a["fsuid"], b["fsuid"]) for a, b, _ in changes[2:4]] == \
        [(0, OTHER.pw_uid), (OTHER.pw_uid, 0)], changes
    capset = get(changes[4][2], "vigil.credentials.after")
    assert int(capset["capabilities"], 16) == int(capset["permitted"], 16) == 1, capset
    last = changes[-1][2]
    if len(changes) == 6:  # unshare is allowed here
        assert get(last, "vigil.credentials.before.user_namespace") != \
            get(last, "vigil.credentials.after.user_namespace")
    assert 5 <= len(changes) <= 6, changes


def test_not_of_an_exec():
    """what a set-user-id program gets by its exec is in the exec's record alone"""
    program = temporary("raises")
    shutil.copy(PROGRAM, program)
    os.chmod(program, 0o4755)
    w = Watching(*ASKED)
    subprocess.run(["setpriv", "--reuid", "nobody", "--clear-groups", program], check=False)
    events = w.stop()
    exec_ = [e for e in events if get(e, "vigil.type") == "exec" and
             get(e, "process.executable") == program]
    assert len(exec_) == 1, exec_
    at = events.index(exec_[0])
    pid = get(exec_[0], "process.pid")
    assert of(events[:at], pid, "credentials")  # setpriv's own
    assert not of(events[at:], pid, "credentials")
    if get(exec_[0], "user.effective.id") != "0":
        return  # the file system is mounted nosuid
    assert user(of(events, pid, "exit")[0]) == (NOBODY.pw_uid, 0)


def query(path, pid):
    asked = subprocess.run(
        [VIGIL, "query", path, "--format", "csv",
         f"SELECT user, new_user FROM credential_changes WHERE pid = {pid}"],
        capture_output=True, text=True, check=False)
    return [line.split(",") for line in asked.stdout.splitlines()[1:]]


def test_text_and_recording():
    """the text line, the table of a recording, and the JSON of its replay"""
    path, w = temporary("credentials.vigil"), Watching("--type", "credentials", "--format", "text")
    recorder = subprocess.Popen([VIGIL, "record", "-q", "--type", "credentials,exit", path])
    pid = None
    while pid is None or not query(path, pid):  # a recorder says nothing when it is ready
        assert recorder.poll() is None
        pid = python(f"import os, time; os.setuid({OTHER.pw_uid}); time.sleep(0.1)")
    recorder.send_signal(2)
    assert recorder.wait() == 0
    w.end()
    with open(w.path, encoding="utf-8") as f:
        lines = [line for line in f if f" {pid} " in line]
    assert len(lines) == 1 and "user root to daemon, effective user root to daemon" in lines[0], \
        lines
    assert query(path, pid) == [["0", str(OTHER.pw_uid)]]
    replay = subprocess.run([VIGIL, "replay", path, "--type", "credentials", "--format", "json"],
                            capture_output=True, text=True, check=True).stdout
    again = temporary("again.json")
    with open(again, "w", encoding="utf-8") as f:
        f.write(replay)
    twice = subprocess.run([VIGIL, "replay", again, "--type", "credentials", "--format", "json"],
                           capture_output=True, text=True, check=True).stdout
    assert replay and replay == twice


run(globals())
