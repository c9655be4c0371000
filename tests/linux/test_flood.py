#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_flood.py - floods that are to hide one program: what is dropped, and who is named.

Each flood fills the queue while the reader is stopped, then 100 marked programs start.
`test_flood.py all` does so with the default queue, too.
"""
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time

from live import PROGRAM, Watching, get, run

MARKED = 100
ORDINARY = {"create", "exit", "thread-create", "thread-exit"}
FLOODS = {  # more records than a queue of 2 MiB holds
    "forks": ["forks", "7000", "2"],
    "threads": ["threads", "8000"],
    "execs": ["burst", "3500", "2", "/bin/true"],
    "many execs": ["burst", "12000", "2", "/bin/true"],  # for the default queue, 8 MiB
}


class Group:
    """A cgroup of version 2 below the root."""

    def __init__(self, name):
        with open("/proc/mounts", encoding="utf-8") as mounts:
            roots = [m.split()[1] for m in mounts if m.split()[2] == "cgroup2"]
        self.path = f"{roots[0]}/vigil-{os.getpid()}-{name}" if roots else None
        self.name = f"/vigil-{os.getpid()}-{name}"
        if self.path:
            os.makedirs(self.path, exist_ok=True)
            self.id = str(os.stat(self.path).st_ino)

    def enter(self):
        if self.path:
            with open(self.path + "/cgroup.procs", "w", encoding="ascii") as f:
                f.write("0")

    def remove(self):
        if self.path:
            os.rmdir(self.path)


def start(arguments, group=None, user=None):
    def enter():
        if group:
            group.enter()
        if user:
            os.setuid(user)
    subprocess.run([PROGRAM, *arguments], check=True, preexec_fn=enter,
                   stdout=subprocess.DEVNULL)


def flooded(flood, flooder, other, size="2M", users=(None, None)):
    """The events of a stopped reader whose queue `flooder` has filled before `other` starts
    the marked programs."""
    w = Watching("--type", "process,thread", "--buffer-size", size)
    w.process.send_signal(signal.SIGSTOP)
    try:
        start(FLOODS[flood], flooder, users[0])
        start(["burst", str(MARKED), "1", "/bin/echo"], other, users[1])
    finally:
        w.process.send_signal(signal.SIGCONT)
    events = w.stop()
    w.marked = sum(get(e, "vigil.type") == "exec" and
                   get(e, "process.args") == ["/bin/echo", "burst"] for e in events)
    w.lost = {}
    for e in events:
        if get(e, "vigil.type") == "lost":
            kind = get(e, "vigil.lost.type")
            w.lost[kind] = w.lost.get(kind, 0) + get(e, "vigil.lost.count")
    print(f"# {flood}: {w.marked} of {MARKED} marked, lost {w.lost}")
    assert w.lost, "nothing was lost: the test tests nothing"
    w.events = events
    return w


def in_groups(test):
    a, b = Group("flooder"), Group("other")
    try:
        test(a, b)
    finally:
        a.remove()
        b.remove()


def lost_execs(w, *groups):
    """How many execs were lost in these groups; what else runs here may lose its own."""
    names = [group.name for group in groups if group.path]
    return sum(get(e, "vigil.lost.count") for e in w.events
               if get(e, "vigil.lost.type") == "exec" and
               (not names or get(e, "vigil.lost.cgroup.path") in names))


def test_forks_and_threads_go_first():
    """a flood of forks or threads drops forks, exits and threads, and no exec"""
    def check(flooder, other):
        for flood, who in ("forks", flooder), ("threads", other):
            w = flooded(flood, flooder, who)
            assert w.marked == MARKED
            assert set(w.lost) <= ORDINARY | {"exec"}, w.lost
            assert lost_execs(w, flooder, other) == 0, w.lost
    in_groups(check)


def test_execs_leave_others_their_share():
    """a flood of execs by one cgroup drops none of another; the flooder is named"""
    def check(flooder, other):
        longer = [("many execs", "8M")] if "all" in sys.argv else []
        for flood, size in [("execs", "2M")] + longer:
            w = flooded(flood, flooder, other, size)
            assert w.marked == MARKED
            if flooder.path:
                check_named(w, flooder)
                assert f"by processes of {flooder.name}\n" in w.errors, w.errors
    in_groups(check)


def check_named(w, flooder):
    """Of each type of which much was lost, nearly all was lost by the flooder."""
    for e in w.events:
        count = get(e, "vigil.lost.count") or 0
        if count > 1000:
            assert get(e, "vigil.lost.cgroup.path") == flooder.name, e
            assert get(e, "vigil.lost.cgroup.id") == flooder.id, e
            assert 0.8 * count < get(e, "vigil.lost.cgroup.count") <= count, e


def test_images_do_not_stop_the_reader():
    """a flood of image loads hides nothing older or newer, and all of its losses are counted"""
    file = f"/tmp/{os.getpid() % 100}"  # short: more records fit
    with open(file, "wb") as code:
        code.write(b"x")
    w = Watching("--type", "process,image", "--buffer-size", "1M")
    w.process.send_signal(signal.SIGSTOP)
    try:
        start(["burst", "1", "1", "/bin/true"])
        start(["maps", file, "20000"])
        start(["burst", "1", "1", "/bin/echo"])
    finally:
        os.unlink(file)
        w.process.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    events = w.stop()
    execs = [get(e, "process.args") for e in events if get(e, "vigil.type") == "exec"]
    assert ["/bin/true", "burst"] in execs and ["/bin/echo", "burst"] in execs
    shown = sum(get(e, "dll.path") == file for e in events)
    lost = sum(get(e, "vigil.lost.count") for e in events
               if get(e, "vigil.lost.type") == "image")
    print(f"# images: {shown} shown, {lost} lost")
    assert lost > 1000 and shown + lost >= 20000 * os.cpu_count(), (shown, lost)


def test_users_have_shares_too():
    """in one cgroup, a flood of execs by one user drops none of another"""
    def check(group, _):
        flooder, other = (pwd.getpwnam(name).pw_uid for name in ("nobody", "daemon"))
        w = flooded("execs", group, group, users=(flooder, other))
        assert w.marked == MARKED
    in_groups(check)


def run_in_own_namespace(group, maker, user, arguments):
    """As this user of a user namespace that `maker` has made, who thus has many users."""
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        try:
            group.enter()
            os.setuid(maker)
            made = ctypes.CDLL(None).unshare(0x10000000) == 0  # CLONE_NEWUSER
            os.write(ready[1], b"y" if made else b"n")
            os.read(go[0], 1)
            os.setuid(user)
            os.execv(PROGRAM, [PROGRAM, *arguments])
        finally:
            os._exit(1)
    made = os.read(ready[0], 1) == b"y"
    if made:
        with open(f"/proc/{child}/uid_map", "w", encoding="ascii") as uid_map:
            uid_map.write("0 300000 1000")
    os.write(go[1], b"g")
    status = os.waitpid(child, 0)[1]
    for end in ready + go:
        os.close(end)
    assert status == 0 or not made, status
    return made


def test_one_user_is_not_many():
    """in one cgroup, a flood by the many users of one user's namespaces drops no exec of another"""
    def check(group, _):
        maker, other = (pwd.getpwnam(name).pw_uid for name in ("nobody", "daemon"))
        w = Watching("--type", "process", "--buffer-size", "2M")
        w.process.send_signal(signal.SIGSTOP)
        try:
            made = all(run_in_own_namespace(group, maker, user, ["burst", "400", "2", "/bin/true"])
                       for user in range(1, 13))
            start(["burst", str(MARKED), "1", "/bin/echo"], group, other)
        finally:
            w.process.send_signal(signal.SIGCONT)
        events = w.stop()
        marked = sum(get(e, "vigil.type") == "exec" and
                     get(e, "process.args") == ["/bin/echo", "burst"] for e in events)
        print(f"# one user's namespaces: {marked} of {MARKED} marked" +
              ("" if made else " (no user namespaces here)"))
        assert marked == MARKED
    in_groups(check)


run(globals())
