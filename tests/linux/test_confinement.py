#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_confinement.py - what each command keeps of its privileges while it reads events."""
import contextlib
import os
import signal
import subprocess
import time

import live

CAPABILITIES = {"DAC_OVERRIDE": 1, "DAC_READ_SEARCH": 2, "KILL": 5, "SYS_PTRACE": 19,
                "IPC_LOCK": 14, "SYS_ADMIN": 21, "SYS_NICE": 23, "PERFMON": 38, "BPF": 39, "CHECKPOINT_RESTORE": 40}
READS = {"DAC_READ_SEARCH", "SYS_PTRACE", "CHECKPOINT_RESTORE", "SYS_NICE"}
MAIN = {"PERFMON", "IPC_LOCK"}  # to open a ring on a CPU that comes online
RULES = READS | {"SYS_ADMIN", "SYS_NICE", "BPF"}
FILES = {"DAC_OVERRIDE", "DAC_READ_SEARCH"}  # where root needs them to write
WRITES = {"DAC_OVERRIDE", "DAC_READ_SEARCH", "SYS_NICE"}


def status_of(pid, tid):
    """The lines of a thread's status, by name."""
    with open(f"/proc/{pid}/task/{tid}/status", encoding="utf-8", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def capabilities(status, which="CapEff"):
    bits = int(status[which], 16)
    names = {number: name for name, number in CAPABILITIES.items()}
    return {names.get(n, str(n)) for n in range(64) if bits >> n & 1}


def descendants(pid):
    """The process and its helpers, which are not its children."""
    found = [pid]
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and int(name) != pid and os.path.samefile(
                    f"/proc/{name}/exe", f"/proc/{pid}/exe"):
                found.append(int(name))
        except OSError:
            pass  # it has ended
    return found


def is_spawner(status):
    """Whether it forks the helpers, which have a separate filter."""
    return status["PPid"] == "1"


class Command:
    """A vigil command that runs until it is stopped."""

    def __init__(self, *arguments, says=b"", **how):
        self.process = subprocess.Popen([live.VIGIL, *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **how)
        live.started.append(self.process)
        self.pid = self.process.pid

    def threads(self):
        """(PID, TID, status) of each of its threads, once it has confined itself."""
        deadline = time.monotonic() + 20
        while True:
            assert self.process.poll() is None, self.process.stderr.read()
            with contextlib.suppress(FileNotFoundError):  # one has ended meanwhile
                found = [(pid, int(tid), status_of(pid, tid)) for pid in descendants(self.pid)
                         for tid in os.listdir(f"/proc/{pid}/task")]
                # Last are the filter, and what each new thread gives up when it begins.
                if all((s["Seccomp"] == "2" or is_spawner(s)) and
                       (tid == self.pid or "IPC_LOCK" not in capabilities(s))
                       for _, tid, s in found):
                    return found
            assert time.monotonic() < deadline, "it did not confine itself"
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, errors
        assert b"cannot give up" not in errors, errors


def check(command, main, others=frozenset(), count=None):
    """Each thread has the capabilities of `main` or, the others, of `others` at most."""
    threads = command.threads()
    assert count is None or len(threads) == count, [s["Name"] for _, _, s in threads]
    for pid, tid, status in threads:
        allowed = main if pid == tid == command.pid else READS if pid != command.pid else others
        for which in "CapEff", "CapPrm":
            assert capabilities(status, which) <= allowed, (tid, capabilities(status, which))
        for which in "CapInh", "CapBnd", "CapAmb":
            assert not capabilities(status, which), (tid, which, capabilities(status, which))
        assert status["NoNewPrivs"] == "1", (tid, status)
        assert status["Seccomp"] == "2" or is_spawner(status), (tid, status)
    command.stop()
    return threads


def no_settings():
    """A file of settings without any."""
    path = live.temporary("vigil.conf")
    with open(path, "w", encoding="ascii"):
        return path


def own_folder():
    """A folder of the user `nobody`, which root could not write without CAP_DAC_OVERRIDE."""
    folder = os.path.dirname(live.temporary("nothing"))
    os.chown(folder, 65534, 65534)
    return folder


def test_watch():
    """watch keeps what it opens rings of new CPUs with, its helpers what they read with"""
    check(Command("watch"), MAIN)


def test_watch_hash():
    """watch --hash: more helpers"""
    check(Command("watch", "--hash"), MAIN, READS)


def test_watch_rules():
    """watch --rules: only the threads that enforce may mark file systems"""
    rules = live.temporary("rules")
    with open(rules, "w", encoding="ascii") as f:
        f.write("deny path=/nonexistent/program\n")
    threads = check(Command("watch", "--rules", rules), MAIN, RULES)
    assert any("SYS_ADMIN" in capabilities(s) for _, _, s in threads)


def test_run():
    """run with a log and a recording: its threads keep nothing but files"""
    folder = os.path.dirname(live.temporary("nothing"))
    check(Command("run", "--config", no_settings(), "--output", f"{folder}/log", "--record",
                  f"{folder}/recording"), MAIN, WRITES)


def test_run_in_a_folder_of_another():
    """run in a user's folder rotates its log there"""
    folder = own_folder()
    command = Command("run", "--config", no_settings(), "--output", f"{folder}/log",
                      "--trust-path", "--max-size", "64K", "--type", "process,status")
    command.threads()
    deadline = time.monotonic() + 20
    while not os.path.exists(f"{folder}/log.1"):
        subprocess.run([live.PROGRAM, "burst", "50", "2", "/bin/true"], check=True)
        assert time.monotonic() < deadline, "the log did not rotate"
    check(command, MAIN | FILES)


def test_record():
    """record in a user's folder: its threads keep nothing but files"""
    path = f"{own_folder()}/recording"
    check(Command("record", "--trust-path", path), MAIN | FILES, WRITES)
    assert os.path.getsize(path) > 0


def test_top():
    """top"""
    check(Command("top"), MAIN)


def test_stats():
    """stats"""
    check(Command("stats", "--duration", "1m"), MAIN)


def test_tree_live():
    """tree --live"""
    check(Command("tree", "--live"), MAIN)


def test_trace():
    """trace is confined; its command has all that the caller has, set-user-id programs work"""
    script = "cat /proc/self/status; setpriv --reuid 65534 --clear-groups sh -c 'exec \"$0\" \
        nothing' \"$1\"; exec sleep 60"
    elevated = live.temporary("elevated")
    subprocess.run(["install", "-m", "4755", "-o", "root", live.PROGRAM, elevated], check=True)
    out = live.temporary("out")
    command = Command("trace", "--no-tree", "--format", "json", "--output", out, "--", "sh", "-c",
                      script, "sh", elevated)
    deadline = time.monotonic() + 20
    while not any(live.get(e, "process.args") == ["sleep", "60"] for e in live.read_events(out)
                  ) if os.path.exists(out) else True:
        assert time.monotonic() < deadline and command.process.poll() is None
        time.sleep(0.1)
    mine, own = status_of(command.pid, command.pid), status_of(os.getpid(), os.getpid())
    assert capabilities(mine) <= MAIN | {"KILL"} and not capabilities(mine, "CapBnd"), mine
    assert mine["NoNewPrivs"] == "1" and mine["Seccomp"] == "2"
    command.process.send_signal(signal.SIGTERM)  # which it passes on
    output, _ = command.process.communicate(timeout=30)
    shown = dict(line.split(":\t", 1) for line in output.decode().splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"):
        assert shown[name] == own[name], (name, shown[name], own[name])
    ran = [e for e in live.read_events(out) if live.get(e, "vigil.type") == "exec" and
           live.get(e, "process.executable") == elevated]
    assert ran and live.get(ran[0], "vigil.process.elevated") is True, ran
    assert live.get(ran[0], "user.effective.id") == "0", ran


live.run(globals())
