#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py DIRECTORY - whether what came back from the machine that run.sh booted is true.

Prints TAP. What the sensor reported is compared with what was started there (init) and
with what that kernel says of the same in /proc.
"""
import os
import re
import subprocess
import sys
import traceback

import check_rules
from live import get, mapped_first, raw, unmatched_threads
from results import Told, has, has_trampolines, identity, read


def test_doctor():
    """vigil doctor finds that the sensor works here"""
    assert int(read("doctor.status")) == 0
    out = read("doctor.out")
    assert "vigil watch works fully." in out, out
    assert f"Linux {read('release').strip()} " in out


def test_vfork_and_clone3():
    """children of vfork and clone3, with the right parent"""
    for how in "vfork", "clone3":
        t = Told(how)
        e = t.exec_of("true", f"by-{how}")
        assert get(e, "process.executable") == "/usr/bin/true"
        assert get(e, "process.parent.entity_id") == identity(t.of("exec")[0])
        born = [c for c in t.of("create") if identity(c) == identity(e)]
        assert len(born) == 1
        assert (get(born[0], "vigil.process.vfork") is True) == (how == "vfork")
        assert len(t.of("create")) == len(t.of("exit")) == 2


def test_thread_that_execs():
    """a thread that execs takes its process over"""
    t = Told("exec-thread")
    e = t.exec_of("true", "by-thread")
    assert identity(e) == identity(t.of("exec")[0])
    assert get(e, "vigil.process.by_thread") is True
    assert len(t.of("thread-create")) == len(t.of("thread-exit")) == 4
    t.one("exit")


def test_memfd():
    """a program that lives in memory alone, and no other is reported as such"""
    one, other = Told("exec-memfd").of("exec")
    assert get(one, "vigil.process.memory_only") is None
    assert get(other, "vigil.process.memory_only") is True, other
    assert get(other, "process.executable") == "/memfd:hidden"
    assert get(other, "process.args") == ["in-memory", "nothing"]
    images = {get(e, "dll.path"): get(e, "vigil.image.memory_only")
              for e in Told("exec-memfd").of("image")}
    assert images.pop("/memfd:hidden") is True and set(images.values()) == {None}, images


def test_deleted():
    """a program whose file is gone, with the name it had"""
    one, other = Told("exec-deleted").of("exec")
    assert get(one, "vigil.process.deleted") is None
    assert get(other, "vigil.process.deleted") is True, other
    assert get(other, "process.executable") == "/tmp/gone"


def test_many_arguments():
    """2,000 arguments, with newlines, quotes, empty ones, bytes that are no UTF-8"""
    e = Told("exec-many").of("exec")[1]
    odd, line = b"\xff\xfe\x80", b'two\nlines\t"quoted"'
    want = [b"/bin/true"] + [{1: odd, 2: line, 3: b""}.get(i % 100, b"argument%d" % i)
                             for i in range(1, 2001)]
    assert raw(e, "process.args").split(b"\0")[:-1] == want


def test_long_argument():
    """an argument list beyond 64 KiB is cut and says so"""
    e = Told("exec-long").of("exec")[1]
    assert len(get(e, "process.args")[1]) == 65536 - len("/bin/true") - 1
    assert get(e, "vigil")["cut"]["process.args"] == 100000 + len("/bin/true") + 2


def test_failing_exec():
    """an exec that fails is no exec; the exit code is reported"""
    t = Told("exec-failing", 42)
    t.one("exec")
    assert get(t.one("exit"), "process.exit_code") == 42
    assert [(get(e, "vigil.exec_failed.filename"), get(e, "error.code"))
            for e in t.of("exec-failed")] == [
        ("/nonexistent/program", "ENOENT"), ("/etc/passwd", "EACCES"), ("/", "EACCES")]


def test_credentials():
    """a change of users without an exec: an event, and the new user from then on"""
    t = Told("credentials")
    group, change = t.of("credentials")
    assert get(group, "user.changes.group.id") == get(change, "user.changes.id") == "1000"
    assert get(change, "vigil.credentials.before.suid") == "0"
    assert get(change, "vigil.credentials.after.suid") == "1000"
    assert get(change, "vigil.credentials.after.capabilities") == "0x0"
    later = t.events[t.events.index(change) + 1:]
    image = [e for e in later if get(e, "vigil.type") == "image"]
    assert image and {get(e, "user.id") for e in image} == {"1000"}, image
    mine = [e for e in later if get(e, "vigil.type") in ("thread-create", "thread-exit", "exit")]
    assert {get(e, "user.effective.id") for e in mine} == {"1000"} and len(mine) == 3, mine
    # What a set-user-id program gets by its exec is no change of this kind.
    elevated = Told("elevated")
    at = elevated.events.index(elevated.of("exec")[-1])
    assert not [e for e in elevated.events[at:] if get(e, "vigil.type") == "credentials"]


def test_threads():
    """each thread's beginning and end"""
    t = Told("threads")
    assert len(t.of("thread-create")) == 10
    assert not unmatched_threads(t.events), unmatched_threads(t.events)


def test_ends_at_once():
    """20 processes whose two threads end at the same time: the end of each thread and process"""
    t = Told("ends")
    assert len(t.of("thread-create")) == 20
    assert len(t.of("exit")) == len({identity(e) for e in t.of("exit")}) == 41
    assert not unmatched_threads(t.events), unmatched_threads(t.events)


def test_first_thread_ends_first():
    """a process lives until its last thread ends"""
    t = Told("leader-first", 7)
    e = t.one("exit")
    assert get(e, "process.exit_code") == 7
    assert get(t.one("thread-exit"), "process.thread.id") == get(e, "process.pid")
    assert get(e, "vigil.exit.lifetime") > 50_000_000


def test_orphan():
    """an orphan keeps the one that started it as its parent"""
    t = Told("orphan")
    e = t.exec_of("true", "orphan")
    parent = get(e, "process.parent.entity_id")
    assert len([c for c in t.of("create") if identity(c) == parent]) == 1
    end = [x for x in t.of("exit") if identity(x) == identity(e)]
    assert get(end[0], "process.parent.entity_id") == parent


def test_signal():
    """the signal that ended a process"""
    assert get(Told("die", 128 + 9).one("exit"), "vigil.exit.signal") in (9, "SIGKILL")


def test_script():
    """a script: the interpreter as image, the script as what was called"""
    e = Told("script", 5).one("exec")
    assert get(e, "process.executable") == "/usr/bin/busybox"
    assert get(e, "process.args") == ["/applets/sh", "-e", "/tmp/script", "argument"]
    assert get(e, "vigil.process.filename") == "/tmp/script"
    assert get(e, "vigil.process.script") is True


def test_elevated():
    """a set-user-id program: who asked, and the user that it runs as"""
    e = Told("elevated").of("exec")[-1]
    assert get(e, "vigil.process.elevated") is True, e
    assert get(e, "user.id") == "65534" and get(e, "user.effective.id") == "0", e["user"]


def test_container():
    """a container by its cgroup, with the inode that the cgroup has"""
    e = Told("container").exec_of("/bin/true", "inside")
    name = "c0ffee" * 10 + "1234"
    inode, path = read("container.inode").split()
    assert get(e, "container.id") == name, e
    assert get(e, "vigil.cgroup.path") == path[len("/sys/fs/cgroup"):]
    assert get(e, "vigil.cgroup.id") == inode


def test_pid_namespace():
    """in a PID namespace both PIDs are reported"""
    t = Told("pid-namespace")
    e = t.exec_of("/bin/true", "inside")
    assert get(e, "process.vpid") == 2 and get(e, "process.pid") > 2
    assert get(e, "vigil.namespace.pid") != get(t.of("exec")[0], "vigil.namespace.pid")


def test_chroot():
    """in a chroot: the path as the process sees it, and where its root is"""
    e = Told("chroot").exec_of("/busybox", "true")
    assert get(e, "process.executable") == "/busybox"
    assert get(e, "vigil.process.root") == "/jail"
    assert get(e, "process.working_directory") == "/"


def test_library():
    """a library that is loaded late is where /proc says, with its build-id"""
    base, size, offset, inode = read("dlopen.out").split()
    library = os.environ["LIBRARY"]
    found = [e for e in Told("dlopen").of("image") if get(e, "dll.path") == library]
    assert len(found) == 1, found
    image = get(found[0], "vigil.image")
    assert (image["base"], image["size"], image["offset"], image["inode"]) == (
        base, mapped_first(library, int(size)), int(offset), inode), image
    notes = subprocess.run(["readelf", "-n", library], capture_output=True, check=True).stdout
    assert b"Build ID: " + get(found[0], "vigil.build_id").encode() in notes


def seconds(event):
    """The time of an event within its hour."""
    minute, second = get(event, "@timestamp")[14:-1].split(":")
    return int(minute) * 60 + float(second)


def waited_in_vain(image, events):
    """Whether the exec that mapped it took longer than the second that the sensor waits for it."""
    later = [e for e in events[events.index(image):] if get(e, "vigil.type") == "exec" and
             get(e, "process.pid") == get(image, "process.pid")]
    return bool(later) and (seconds(later[0]) - seconds(image)) % 3600 > 1


def test_images_belong_to_their_program():
    """each program's first image is itself, after its exec; all in order of time"""
    slow = []
    for name in "vfork", "clone3", "exec-thread", "orphan":
        events = Told(name).events
        running, fresh = {}, set()
        for e in events:
            pid = get(e, "process.pid")
            if get(e, "vigil.type") == "exec":
                running[pid] = get(e, "process.executable")
                fresh.add(pid)
            if get(e, "vigil.type") == "image":
                if waited_in_vain(e, events) and get(e, "dll.path") != running.get(pid):
                    slow.append(e)
                    continue
                assert get(e, "process.executable") == running[pid], e
                assert pid not in fresh or get(e, "dll.path") == running[pid], e
                fresh.discard(pid)
        assert running and (slow or not fresh), (running, fresh)
        times = [get(e, "@timestamp") for e in events]
        assert times == sorted(times)
    if slow:
        print(f"# {len(slow)} images of execs that took more than a second in this slow emulator")


def stat_of(name):
    """PID -> name, parent, session, user space or not, of a copy of all /proc/PID/stat."""
    processes = {}
    for line in read(name).splitlines():
        pid, comm, rest = re.fullmatch(r"(\d+) \((.*)\) (.*)", line).groups()
        rest = rest.split()
        processes[int(pid)] = (comm, int(rest[1]), int(rest[3]), int(rest[6]) & 0x200000 != 0)
    return processes


def test_snapshot():
    """the snapshot has what /proc has: every process, its name, parent, session"""
    t = Told("snapshot")
    existing = {}
    for e in t.of("existing"):
        assert get(e, "process.pid") not in existing, e
        existing[get(e, "process.pid")] = e
    before, after = stat_of("before.stat"), stat_of("after.stat")
    lasting = before.keys() & after.keys()
    assert len(lasting) > 20 and lasting <= existing.keys(), lasting - existing.keys()
    for pid in lasting:
        comm, parent, session, kernel = after[pid]
        e = existing[pid]
        if not comm.startswith("kworker"):  # /proc adds what it works on
            # /proc knows the longer names of kernel threads.
            assert get(e, "process.name") == comm[:15], (comm, e)
        assert (get(e, "process.parent.pid") or 0) == parent, e
        assert (get(e, "process.session_leader.pid") or 0) == session, e
        assert (get(e, "vigil.process.kernel") is True) == kernel, e
    assert get(existing[1], "process.args") == ["/bin/busybox", "sh", "/init"]
    assert get(t.one("snapshot-end"), "vigil.snapshot.processes") == len(existing)


def test_full_speed():
    """500 processes at full speed: every one, from its exec to its end"""
    t = Told("burst")
    mine = {identity(e) for e in t.of("exec") if get(e, "process.args") == ["/bin/true", "burst"]}
    ends = [e for e in t.of("exit") if identity(e) in mine]
    assert len(mine) == len(ends) == 500 and not t.of("lost")
    sequence = [get(e, "event.sequence") for e in t.events]
    assert sequence == list(range(sequence[0], sequence[0] + len(sequence)))


def test_losses_are_told():
    """a queue that is far too small: numbers step over exactly what is missing"""
    t = Told("losses")
    lost = sum(get(e, "vigil.lost.count") for e in t.of("lost"))
    assert lost > 0, "nothing was lost: the test tests nothing"
    sequence = [get(e, "event.sequence") for e in t.events]
    missing = sequence[-1] - sequence[0] + 1 - (len(sequence) - len(t.of("lost")))
    assert missing == lost, (missing, lost)
    execs = sum(get(e, "vigil.lost.count") for e in t.of("lost")
                if get(e, "vigil.lost.type") == "exec")
    assert len(t.of("exec")) + execs >= 500


def test_access():
    """which process accesses which: seen at the kernel's own functions, in order, failures too"""
    t = Told("access")
    target = int(read("access.target").split()[0])
    assert read("access.out").split() == ["1", read("access.out").split()[-1]], read("access.out")
    backend = get(t.of("status")[0], "vigil.status.backend")
    assert backend == "ebpf+perf+" + ("fexit" if has_trampolines() else "syscalls"), backend
    seizes = ["ptrace-seize"] * (2 if read("machine").strip() == "x86_64" else 1)  # seize32, seize
    mine = [e for e in t.events if get(e, "Target.process.pid") == target or
            get(e, "dll.path") == "/injected.so"]
    what = [get(e, "vigil.access.method") or get(e, "vigil.type") for e in mine]
    assert what == [
        "ptrace-attach", "ptrace-poke", "ptrace-poke", "ptrace-registers", "image",
        "remote-thread",  # inject
        "process-write", "mem-write", "mem-write", "mem-write",  # write
        "ptrace-attach", "ptrace-poke", "ptrace-poke", "ptrace-poke",  # poke
        *seizes], what
    for e in mine:
        assert get(e, "process.executable") == "/injector", e
        if get(e, "vigil.type") != "image":
            assert get(e, "Target.process.executable") == "/injector", e
    assert {get(e, "vigil.access.address") for e in mine[6:10]} == {
        read("access.target").split()[1]}
    assert {get(e, "vigil.access.length") for e in mine[6:10]} == {8}
    assert [get(e, "vigil.access.result") for e in mine[-len(seizes):]] == [0, -1][-len(seizes):]
    own = [e for e in t.of("access") if get(e, "vigil.access.method") == "ptrace-traceme"]
    assert len(own) == 1 and get(own[0], "vigil.access.own_child") is True, own
    assert not t.of("lost")


def test_module():
    """a module load: its name, and where /proc/modules says it is"""
    if not has("module.proc"):
        return "SKIP no module for this kernel"
    e = Told("module").one("driver")
    name, size, *_, address = read("module.proc").split()
    assert name == get(e, "file.name") == "dummy", e
    assert get(e, "vigil.image.base") == address
    assert 0 < get(e, "vigil.image.size") <= int(size)
    assert get(e, "process.args") is None
    return None


def test_environment():
    """--env: a variable that is asked for, with all its occurrences, and no other"""
    e = Told("environment").exec_of("/bin/true", "with-variables")
    assert get(e, "process.env_vars") == ["VIGIL_MARK=one"], e


def test_hash():
    """--hash: the SHA-256 of the program's file"""
    execs = [e for e in Told("hash").of("exec") if get(e, "process.args") == ["/bin/true", "hashed"]]
    late = [e for e in execs if get(e, "vigil.too_late")]
    assert len(execs) == 3 and len(late) < 3, late  # in a slow emulator the first may be
    for e in execs:
        assert e in late or get(e, "process.hash.sha256") == read("hash.true").split()[0], e


def test_detect():
    """--detect: an alert after the event that a rule matches, and after no other"""
    told = [e for e in Told("detect").events if "detect-" in (get(e, "process.command_line") or "")]
    assert [(get(e, "vigil.type"), get(e, "process.args") and get(e, "process.args")[1])
            for e in told] == [("exec", "detect-good"), ("exec", "detect-evil"), ("alert", None),
                               ("exec", "detect-good")], told
    assert get(told[2], "rule.id") == "rule-1" and identity(told[2]) == identity(told[1]), told


def test_low_latency():
    """--low-latency: events are in the output at once, though the reader may wait a second"""
    early = [line for line in read("low-latency.early").splitlines() if '/bin/true low-latency"' in line]
    assert len(early) == 3, early


def test_children_of():
    """--children-of: what a process starts, directly or not, and nothing else"""
    t = Told("children-of")
    args = [get(e, "process.args") for e in t.of("exec")]
    assert ["/bin/true", "inside"] in args and ["true", "orphan"] in args, args
    assert ["true", "by-thread"] in args and not [a for a in args if "outside" in a], args
    assert len(t.of("thread-create")) == 4 and not t.of("lost")
    assert not [e for e in t.of("create") if get(e, "process.parent.pid") == 1], t.of("create")


def test_verifier():
    """how much the verifier has to do for each program"""
    print("".join(line + "\n" for line in read("verifier.out").splitlines() if line[:1] == "#"), end="")
    assert int(read("verifier.status")) == 0, read("verifier.out")


def main():
    release, failed = read("release").strip(), False
    for name, function in [*globals().items(), *vars(check_rules).items()]:
        if not name.startswith("test_"):
            continue
        skipped = None
        try:
            skipped = function()
            verdict = "ok"
        except Exception:  # a test may fail in any way
            traceback.print_exc(file=sys.stdout)
            verdict, failed = "not ok", True
        print(f"{verdict} Linux {release}: {function.__doc__}" +
              (f" # {skipped}" if skipped else ""))
    sys.exit(failed)


main()
