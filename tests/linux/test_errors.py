#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_errors.py - bad input and bad places: a clear error, the next step, an exit status."""
import os
import subprocess
import time

from live import PROGRAM, VIGIL, run, temporary


def vigil(*arguments, expect, says, program=(), shell=None):
    """Runs vigil, in a shell line that has VIGIL and the arguments as "$@" if given."""
    command = [*program, VIGIL, *arguments]
    if shell:
        command = [*program, "sh", "-c", shell, "sh", VIGIL, *arguments]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)
    errors = done.stderr
    assert done.returncode == expect, (done.returncode, errors)
    for words in says:
        assert words in errors, (words, errors)
    assert len(errors) < 1500 and "0x" not in errors, errors
    return done


def test_wrong_usage():
    """wrong options and values: what is wrong, where help is, status 2"""
    for arguments, says in (
            (["wacth"], ["wacth", "vigil watch"]),
            (["watch", "--nonsense"], ["nonsense", "--help"]),
            (["watch", "--type", "exce"], ["exce", "exec"]),
            (["watch", "--pid", "abc"], ["abc"]),
            (["watch", "--pid", "-5"], ["-5"]),
            (["watch", "--user", "no-such-user"], ["no-such-user"]),
            (["watch", "--format", "yaml"], ["yaml", "json"]),
            (["watch", "--count", "0"], ["0"]),
            (["watch", "--duration", "soon"], ["soon"]),
            (["watch", "--buffer-size", "3"], ["64K"]),
            (["watch", "--latency", "2h"], ["1s"]),
            (["watch", "--color", "blue"], ["never"]),
            (["watch", "--signature"], ["Windows", "--signature"]),
            (["watch", "--version-info"], ["Windows"]),
            (["watch", "ls"], ["trace"]),
            ([], ["usage"])):
        vigil(*arguments, expect=2, says=says)
    vigil("trace", expect=125, says=["which command"])
    vigil("trace", "--wait", "x", "ls", expect=125, says=["forever"])


def test_help():
    """--help of every command, on standard output"""
    for command in [], ["watch"], ["trace"], ["doctor"], ["fields"]:
        done = subprocess.run([VIGIL, *command, "--help"], capture_output=True, check=True, text=True)
        assert "usage: vigil" in done.stdout.lower() and not done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 100


def test_not_root():
    """without privileges: who could, status 3"""
    drop = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    vigil("watch", program=drop, expect=3, says=["root", "sudo", "vigil doctor"])
    vigil("trace", "true", program=drop, expect=125, says=["root"])


def test_no_type_information():
    """a kernel without BTF: what is missing, status 4"""
    vigil("watch", program=["unshare", "--mount"], expect=4, says=["BTF", "5.8", "vigil doctor"],
          shell='mount -t tmpfs none /sys/kernel/btf && exec "$@"')


def test_pid_namespace():
    """inside a PID namespace: why not, and how, status 4"""
    vigil("watch", program=["unshare", "--pid", "--fork", "--mount-proc"], expect=4,
          says=["PID namespace", "--pid=host"])


def test_locked_memory():
    """no memory may be locked: what to raise"""
    vigil("watch", program=["setpriv", "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock"],
          expect=1, says=["perf", "ulimit -l"],
          shell="ulimit -l 0; echo 0 >/proc/sys/kernel/perf_event_mlock_kb; "
                "\"$@\" --count 1; status=$?; echo 516 >/proc/sys/kernel/perf_event_mlock_kb; "
                "exit $status")


def test_few_descriptors():
    """too few file descriptors: that is the cause, whatever failed first; status 1"""
    for limit in 12, 24, 30, 36:
        vigil("watch", "--count", "1", expect=1, says=["file descriptors", "ulimit -n"],
              shell=f'ulimit -n {limit}; exec "$@"')
    vigil("watch", "--output", temporary("x"), expect=1, says=["Too many open files"],
          shell='ulimit -n 5; exec "$@"')


def test_low_soft_limit():
    """a low soft limit of descriptors is raised, but not for the command that is traced"""
    vigil("trace", "-q", "--no-tree", "--", "sh", "-c", "test $(ulimit -Sn) -eq 12", expect=0,
          says=[], shell='ulimit -Sn 12; exec "$@"')


def test_output_is_a_directory():
    """--output to a directory, or where none can be"""
    vigil("watch", "--output", "/tmp", expect=5, says=["/tmp", "directory"])
    vigil("watch", "--output", "/nonexistent/x", expect=5, says=["/nonexistent/x", "No such file"])


def test_rules_that_are_no_file():
    """--rules names a FIFO or a device: refused, neither waited for nor opened"""
    fifo = temporary("fifo")
    os.mkfifo(fifo)
    for path, what in (fifo, "FIFO"), ("/dev/zero", "character device"), ("/tmp", "directory"):
        vigil("watch", "--rules", path, expect=2, says=[path, what, "regular file is expected"])


def test_full_disk():
    """a full disk: said, status 5, and what was written before is whole"""
    vigil("watch", "--output", "/dev/full", "--snapshot", expect=5, says=["/dev/full", "No space"])
    where = temporary("mount")
    os.mkdir(where)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", where], check=True)
    try:
        noise = subprocess.Popen([PROGRAM, "burst", "5000", "1", "/bin/true"])
        vigil("watch", "--output", where + "/out", "-f", "json", "--duration", "20s", expect=5,
              says=["out", "No space", "Free some space"])
        noise.wait()
        with open(where + "/out", "rb") as f:
            assert f.read().count(b"\n") > 10
    finally:
        subprocess.run(["umount", where], check=True)


def test_closed_pipe():
    """a reader that goes away: one line, status 6, no noise"""
    done = subprocess.run(
        ["bash", "-c", f"{VIGIL} watch --snapshot | head -n 1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True, timeout=60, check=False, text=True)
    assert done.returncode == 6, done
    assert "reader" in done.stderr and len(done.stderr.splitlines()) <= 2, done.stderr


def test_interrupted():
    """Ctrl-C: an orderly end with a summary, status 0"""
    for number in 2, 15:
        w = subprocess.Popen([VIGIL, "watch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        w.stdout.readline()
        w.send_signal(number)
        _, errors = w.communicate(timeout=10)
        assert w.returncode == 0 and b"none lost" in errors, (w.returncode, errors)


def programs():
    """How many BPF programs of ours the kernel holds, once that has come to rest: it
    frees what is no longer referenced a little later."""
    last, same = -1, 0
    for _ in range(50):
        shown = subprocess.run(["bpftool", "prog", "show"], capture_output=True, check=True,
                               text=True).stdout
        now = sum(shown.count(f" name {name} ")
                  for name in ("on_exec", "on_exit", "on_newtask", "snapshot"))
        same = same + 1 if now == last else 0
        if same == 5:
            return now
        last = now
        time.sleep(0.3)
    return last


def test_nothing_stays():
    """however it ends, nothing of it stays in the kernel"""
    before = programs()
    w = subprocess.Popen([VIGIL, "watch"], stdout=subprocess.PIPE)
    w.stdout.readline()
    during = programs()
    w.kill()
    w.wait()
    after = programs()
    assert during == before + 4 and after == before, (before, during, after)


run(globals())
