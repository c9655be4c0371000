#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_access.py - which process accesses which: debuggers, injectors, those that fail."""
import json
import platform
import pwd
import re
import shutil
import subprocess

from live import INJECTED, INJECTOR, Skip, VIGIL, Watching, get, run, temporary

NOBODY = pwd.getpwnam("nobody").pw_uid
ASKED = ("--type", "access,remote-thread")


class Target:
    """A process with two threads, a word to write to, and an end."""

    def __init__(self, *before):
        self.process = subprocess.Popen([*before, INJECTOR, "target"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        pid, self.address, tid = self.process.stdout.readline().split()
        self.pid, self.tid = int(pid), int(tid)

    def word(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def injector(*arguments, status=0, program=INJECTOR, **how):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          check=False, **how)
    assert done.returncode == status, done
    return done.stdout


def aimed_at(events, pid, *kinds):
    return [e for e in events if get(e, "Target.process.pid") == pid and
            get(e, "vigil.type") in (kinds or ("access",))]


def methods(events):
    return [get(e, "vigil.access.method") for e in events]


def test_injector():
    """an injector: attach, memory, registers, its library, the library's thread, in order"""
    others = {name: Watching(*ASKED, "--format", name) for name in ("text", "sysmon-xml")}
    w = Watching(*ASKED, "--type", "image,thread-create")
    with Target() as target:
        injector("inject", target.pid, INJECTED)
        assert target.word() == 1  # it lives on
        events = w.stop()
    mine = [e for e in events if get(e, "Target.process.pid") == target.pid or
            get(e, "process.pid") == target.pid and get(e, "vigil.type") != "thread-create"
            and get(e, "dll.path") == INJECTED]
    what = [get(e, "vigil.access.method") or get(e, "vigil.type") for e in mine]
    # 33 words: the 1st and the 10th are reported.
    assert what == ["ptrace-attach", "ptrace-poke", "ptrace-poke", "ptrace-registers", "image",
                    "remote-thread"], what
    for e in mine:
        if get(e, "vigil.type") == "image":
            continue
        assert get(e, "process.executable") == INJECTOR
        assert get(e, "process.args") is None and "inject" in get(e, "process.command_line")
        assert get(e, "Target.process.executable") == INJECTOR
        assert get(e, "Target.process.command_line").endswith("injector target")
        assert get(e, "process.entity_id") != get(e, "Target.process.entity_id")
    thread = mine[-1]
    assert get(thread, "vigil.thread.origin") == "remote"
    assert get(thread, "vigil.thread.reason") == "debugger"
    born = [e for e in events if get(e, "vigil.type") == "thread-create" and
            get(e, "process.thread.id") == get(thread, "Target.process.thread.id")]
    assert len(born) == 1 and get(born[0], "process.pid") == target.pid
    for w in others.values():
        w.end()
    check_text(others["text"].path, target.pid)
    check_sysmon(others["sysmon-xml"].path, target.pid)


def check_text(path, pid):
    with open(path, encoding="utf-8") as f:
        lines = [line for line in f if f" {pid} injector" in line]
    assert re.search(rf"access +\d+ injector +ptrace-attach on {pid} injector$", lines[0], re.M)
    assert any(f"ptrace-poke on {pid} injector, time 10, 8 B at 0x" in line for line in lines)
    assert re.search(rf"thread \d+ in {pid} injector, by a debugger", lines[-1]), lines[-1]


def check_sysmon(path, pid):
    with open(path, "rb") as f:
        xml = f.read()
    subprocess.run(["xmllint", "--noout", "-"], input=b"<all>" + xml + b"</all>", check=True)
    mine = [line for line in xml.decode().splitlines() if f'"TargetProcessId">{pid}<' in line]
    ids = [re.search("<EventID>([0-9]+)<", line)[1] for line in mine]
    assert ids == ["10", "10", "10", "10", "8"], ids
    assert f'"TargetImage">{INJECTOR}<' in mine[0] and '"GrantedAccess">0xe38<' in mine[0]


def debug(target):
    """gdb writes 8 to the word of the target, and to a register; what it did."""
    unused = {"x86_64": "$r11", "aarch64": "$x17"}[platform.machine()]  # in a system call
    return subprocess.run(["gdb", "-nx", "-batch", "-p", str(target.pid),
                           "-ex", f"set var *(long *){target.address} = 8",
                           "-ex", f"set var {unused} = 7", "-ex", "detach"],
                          capture_output=True, text=True, check=False)


def test_debugger():
    """gdb attaches to a stranger, and writes to its memory and registers"""
    # Without Vigil first: gdb 13.1 cannot write registers on a processor with AMX.
    with Target() as target:
        alone = debug(target)
        if alone.returncode != 0 or "Couldn't" in alone.stderr or target.word() != 8:
            raise Skip("gdb cannot do it here, without Vigil too: " +
                       " ".join(alone.stderr.split())[-200:])
    w = Watching(*ASKED)
    with Target() as target:
        beside = debug(target)
        assert (beside.returncode, target.word()) == (0, 8), beside
        events = aimed_at(w.stop(), target.pid)
    assert {get(e, "process.name") for e in events} == {"gdb"}
    reported = methods(events)
    assert reported[0] in ("ptrace-attach", "ptrace-seize"), reported
    assert "ptrace-registers" in reported, reported
    assert {"ptrace-poke", "mem-write"} & set(reported), reported
    assert not any(get(e, "vigil.access.own_child") for e in events)
    assert {get(e, "event.category")[0] for e in events} == {"process"}
    assert {get(e, "event.type")[0] for e in events} == {"access"}
    # Both threads are held, each by its own call.
    held = {get(e, "Target.process.thread.id") for e in events
            if get(e, "vigil.access.method") == reported[0]}
    assert held == {target.pid, target.tid}, held


def test_writes():
    """process_vm_writev and each way to write to /proc/PID/mem"""
    w = Watching(*ASKED)
    with Target() as target:
        injector("write", target.pid, target.address)
        assert target.word() == 8
        events = aimed_at(w.stop(), target.pid)
    assert methods(events) == ["process-write", "mem-write", "mem-write", "mem-write"]
    for e in events:
        assert get(e, "vigil.access.address") == target.address, e
        assert get(e, "vigil.access.length") == get(e, "vigil.access.result") == 8
        assert get(e, "event.outcome") == "success"
        assert get(e, "Target.process.thread.id") is None
    assert [get(e, "vigil.access.count") for e in events] == [1, 1, 2, 3]


def test_failures():
    """what fails is reported with its error: not permitted, nothing there, no process there"""
    w = Watching(*ASKED)
    with Target() as target:
        # The build may be where other users may not go.
        injector("seize", target.pid, status=1, user=NOBODY,
                 program=shutil.copy(INJECTOR, temporary("injector")))
        injector("write-nowhere", target.pid)
        events = w.stop()
    mine = aimed_at(events, target.pid)
    assert methods(mine) == ["ptrace-seize", "process-write"], mine
    assert [get(e, "vigil.access.result") for e in mine] == [-1, -14]
    assert [get(e, "event.outcome") for e in mine] == ["failure", "failure"]
    assert get(mine[0], "user.effective.name") == "nobody"
    assert get(mine[1], "vigil.access.address") == "0x10"
    nobody = aimed_at(events, 4194303)
    assert [get(e, "vigil.access.result") for e in nobody] == [-3], nobody
    assert get(nobody[0], "Target.process.entity_id") is None
    assert len([e for e in events if get(e, "process.name") == "injector"]) == 3  # not itself


def test_own_child():
    """a tracer of its child is distinguished from one that attaches to another process"""
    w = Watching(*ASKED)
    child = int(injector("traceme"))
    with Target() as target:
        subprocess.run(["strace", "-f", "-o", "/dev/null", "/bin/true"], check=True)
        stranger = subprocess.Popen(["strace", "-q", "-o", "/dev/null", "-p", str(target.pid)])
        while not traced(target.pid):
            pass
        stranger.send_signal(2)
        stranger.wait()
        events = w.stop()
    own = aimed_at(events, child)
    assert methods(own) == ["ptrace-traceme"] and get(own[0], "vigil.access.own_child") is True
    assert get(own[0], "process.pid") != child
    of_strace = [e for e in events if get(e, "process.name") == "strace"]
    own = [e for e in of_strace if get(e, "Target.process.pid") != target.pid]
    assert own and all(get(e, "vigil.access.own_child") is True for e in own), own
    other = [e for e in of_strace if get(e, "Target.process.pid") == target.pid]
    assert methods(other) == ["ptrace-seize"] and not get(other[0], "vigil.access.own_child")


def traced(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return "TracerPid:\t0\n" not in f.read()


def test_thread():
    """a thread as the target is reported with its process"""
    w = Watching(*ASKED)
    with Target() as target:
        injector("attach", target.tid)
        events = aimed_at(w.stop(), target.pid)
    assert methods(events) == ["ptrace-attach"]
    assert get(events[0], "Target.process.thread.id") == target.tid != target.pid


def test_pid_namespace():
    """across PID namespaces: the numbers of the machine, whatever the caller called it"""
    w = Watching(*ASKED)
    with Target("unshare", "--pid", "--fork", "--mount-proc") as target:
        assert target.pid == 1
        with open(f"/proc/{target.process.pid}/task/{target.process.pid}/children",
                  encoding="ascii") as f:
            outer = int(f.read())
        injector("poke", outer, target.address, 1)
        subprocess.run(["nsenter", "--pid", "--mount", "--root", "-t", str(outer),
                        INJECTOR, "poke", "1", target.address, "1"], check=True)
        assert target.word() == 5
        events = aimed_at(w.stop(), outer)
    assert methods(events) == ["ptrace-attach", "ptrace-poke"] * 2, methods(events)
    assert len({get(e, "Target.process.entity_id") for e in events}) == 1
    assert len({get(e, "process.entity_id") for e in events}) == 2
    assert all(get(e, "process.entity_id") for e in events)


def test_old_calls():
    """the system calls of the 32-bit ABI are seen as well"""
    if platform.machine() != "x86_64":
        return
    w = Watching(*ASKED)
    with Target() as target:
        injector("seize32", target.pid)
        assert methods(aimed_at(w.stop(), target.pid)) == ["ptrace-seize"]


def test_whose_code():
    """an address in a library that the process loaded is reported as library and offset"""
    w = Watching(*ASKED, "--type", "image")
    with Target() as target:
        with open(f"/proc/{target.pid}/maps", encoding="utf-8") as f:
            line = [line for line in f if " r-xp " in line and line.endswith("/libc.so.6\n")][0]
        begin, end = (int(n, 16) for n in line.split()[0].split("-"))
        offset, path = int(line.split()[2], 16), line.split()[-1]
        injector("poke", target.pid, hex(end - 8), 1)  # after the last instruction
        injector("poke", target.pid, target.address, 1)  # data: of no image
        events = aimed_at(w.stop(), target.pid)
    pokes = [e for e in events if get(e, "vigil.access.method") == "ptrace-poke"]
    assert get(pokes[0], "vigil.access.module") == path, pokes[0]
    assert int(get(pokes[0], "vigil.access.offset"), 16) == end - 8 - begin + offset
    assert len(pokes) == 2 and get(pokes[1], "vigil.access.module") is None, pokes[1:]


def test_flood():
    """5,000 pokes are four events, which say how many they were"""
    w = Watching(*ASKED)
    with Target() as target:
        injector("poke", target.pid, target.address, 5000)
        events = aimed_at(w.stop(), target.pid)
    pokes = [e for e in events if get(e, "vigil.access.method") == "ptrace-poke"]
    assert [get(e, "vigil.access.count") for e in pokes] == [1, 10, 100, 1000]
    assert all(get(e, "vigil.access.address") == target.address for e in pokes)
    assert "none lost" in w.errors


def test_unasked():
    """an injector, accesses not asked for: reported by what costs nothing, and no more said"""
    if platform.machine() != "x86_64":
        return
    w = Watching("--type", "all")
    child = int(injector("traceme"))
    with Target() as target:
        injector("inject", target.pid, INJECTED)
        injector("seize32", target.pid)
        injector("write", target.pid, target.address)
        subprocess.run(["strace", "-f", "-o", "/dev/null", "/bin/true"], check=True)
        events = w.stop()
    if "fexit" in get(events[0], "vigil.status.backend"):
        return  # as above
    mine = aimed_at(events, target.pid, "access", "remote-thread")
    what = [get(e, "vigil.access.method") or get(e, "vigil.type") for e in mine]
    assert what == ["ptrace-attach", "ptrace-poke", "ptrace-poke", "ptrace-registers",
                    "remote-thread"], what
    assert get(mine[0], "event.outcome") == "success"
    for e in mine[1:4]:
        assert get(e, "event.outcome") == "unknown" and get(e, "vigil.access.asked") is True
        assert get(e, "vigil.access.result") is None
    others = {get(e, "Target.process.pid") for e in events if get(e, "vigil.type") == "access"}
    assert child not in others, others
    assert not [e for e in events if get(e, "vigil.type") == "access" and
                get(e, "process.name") == "strace"]


def test_only_where_asked():
    """no hook for those who did not ask; the costly one only for who names it"""
    doctor = subprocess.run([VIGIL, "doctor", "--json"], capture_output=True, check=False)
    free = json.loads(doctor.stdout)["uses"]["process access"] == "fexit"
    for types, wanted in (("exec", ""), ("all", "+fexit" if free else "+tracepoints"),
                          ("access", "+fexit" if free else "+syscalls"),
                          ("exec,remote-thread", "+fexit" if free else "+syscalls")):
        w = Watching("--type", types)
        status = [e for e in w.stop() if get(e, "vigil.type") == "status"][0]
        backend = get(status, "vigil.status.backend")
        assert backend.replace("+perf", "") == "ebpf" + wanted, (types, backend)
        reported = get(status, "vigil.status.types")
        expected = bool(wanted) and types in ("all", "access")
        assert ("access" in reported) == expected, (types, reported)


run(globals())
