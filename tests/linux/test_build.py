#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_build.py - a real build: every exec that strace counts, and no other.

The source is a Debian source package (hello), unpacked by apt-get source, if the
package archive can be reached; else the sample is this machine's own C compiler over
a generated project, which says so.
"""
import os
import re
import subprocess

from live import VIGIL, get, read_events, run, temporary
from source import debian_source, generated_source

EXECVE = re.compile(r'^(\d+) +(?:\d+\.\d+ )?execve(?:at)?\(.*= 0$')


def test_every_exec_of_a_build():
    """a build of a Debian source package under make -j2: exec for exec as strace has it"""
    where = os.path.dirname(temporary("x"))
    source = debian_source(where)
    print(f"# the source: {os.path.basename(source or 'generated, the archive was not reached')}")
    source = source or generated_source(where)
    job = "test -x configure && ./configure --quiet >/dev/null 2>&1; make -j2 >/dev/null 2>&1"
    log, out = temporary("strace.log"), temporary("trace.json")
    done = subprocess.run(
        [VIGIL, "trace", "--type", "exec,lost", "--format", "json", "--output", out, "--",
         "strace", "-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", "trace=execve,execveat", "-o", log,
         "sh", "-c", job], cwd=source, timeout=280, capture_output=True, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr[-500:])
    assert os.path.exists(source + "/hello") or os.path.exists(source + "/lib.a")
    counted = counts(strace_execs(log))
    events = read_events(out)
    assert not [e for e in events if get(e, "vigil.type") == "lost"]
    mine = [e for e in events if get(e, "process.name") != "strace"]
    reported = counts(get(e, "process.pid") for e in mine)
    missing = {p: n for p, n in counted.items() if reported.get(p) != n}
    foreign = {p: n for p, n in reported.items() if counted.get(p) != n}
    print(f"# strace counted {sum(counted.values())} execs of {len(counted)} processes, "
          f"vigil reported {sum(reported.values())} of {len(reported)}")
    assert not missing and not foreign, (missing, foreign)
    assert sum(counted.values()) > 60


def counts(pids):
    out = {}
    for pid in pids:
        out[pid] = out.get(pid, 0) + 1
    return out


def strace_execs(log):
    """The PID of each exec that succeeded. One that another call interrupted in the
    log ends in a separate line ("<... execve resumed>) = 0")."""
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            pid, rest = line.split(None, 1)
            whole = EXECVE.match(line)
            resumed = rest.startswith("<... execve") and rest.rstrip().endswith("= 0")
            if whole or resumed:
                yield int(pid)


run(globals())
