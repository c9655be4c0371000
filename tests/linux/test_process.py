#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_process.py - what is reported of one process: CPU times, signals, arguments, rights."""
import subprocess

from live import PROGRAM, Watching, get, run

MS = 1000000  # ns


def use_cpu(threads, leader):
    """PID of a process that has used CPU, and its user and system time in ns by wait4."""
    output = subprocess.run([PROGRAM, "cpu", str(threads), "12", leader], check=True,
                            stdout=subprocess.PIPE).stdout
    pid, user, system = (int(word) for word in output.split())
    return pid, user * 1000, system * 1000


def difference(events, pid, wait_user, wait_system):
    """How far at most what is reported of a process differs from what wait4 said, in ns."""
    mine = [e for e in events if get(e, "process.pid") == pid]
    end = [get(e, "vigil.exit") for e in mine if get(e, "vigil.type") == "exit"][-1]
    threads = [get(e, "vigil.thread.cpu_time") for e in mine
               if get(e, "vigil.type") == "thread-exit"]
    total, user, system = end["cpu_time"], end["user_time"], end["system_time"]
    assert user + system == total, end
    assert total <= end["lifetime"] * (len(threads) + 1), end
    assert sum(threads) < total, (threads, end)
    assert not threads or min(threads) > 0, threads
    return max(abs(total - wait_user - wait_system), abs(user - wait_user),
               abs(system - wait_system))


def test_cpu_times():
    """CPU times of 1, 2, 8 and 64 threads, the leader ending first or last: those of wait4"""
    w = Watching("--type", "exit,thread-exit")
    kinds = [(threads, leader) for threads in (1, 2, 8, 64) for leader in ("first", "last")]
    # What frees a process's memory comes after its exit event, and takes longer than 1 ms
    # where others use the machine: so the best of three.
    runs = [(kind, use_cpu(*kind)) for kind in kinds * 3]
    events = w.stop()
    for kind in kinds:
        off = [difference(events, *used) for of, used in runs if of == kind]
        assert min(off) < MS, f"threads, leader: {kind}: differs from wait4 by {off} ns"


run(globals())
