#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_children_of.py - a watch of the descendants of a process, during which the kernel leaves out
other processes, shows exactly what the same watch shows if the reader leaves them out."""
import json
import subprocess
import time

from live import LIBM, PROGRAM, Watching, get, run, started, temporary

TYPES = "process,thread,credentials,exec-failed"
MEASURED = {"@timestamp", "sequence", "monotonic", "start", "end", "duration", "lifetime",
            "cpu_time", "user_time", "system_time", "uptime"}
# With more conditions than the kernel examines, the reader decides. No process has such a PID.
MANY = [word for pid in range(5000000, 5000008) for word in ("--children-of", str(pid))]

SUBTREE = f"""
/bin/true
(setsid sh -c '/bin/true; sleep 0.2; /bin/true orphan; exec /bin/false' &)
{PROGRAM} vfork; {PROGRAM} clone3; {PROGRAM} exec-thread; {PROGRAM} threads 3
{PROGRAM} leader-first; {PROGRAM} orphan; {PROGRAM} exec-failing
/bin/true first | /bin/true second
{PROGRAM} credentials 1000 {LIBM}
"""
OTHERS = f"""
i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i + 1)); done
{PROGRAM} threads 20; {PROGRAM} orphan; {PROGRAM} exec-thread; {PROGRAM} leader-first
(setsid sh -c 'sleep 0.1; /bin/true; exec /bin/true' &)
"""


def unmeasured(value):
    """Without what two sensors do not measure at the same moment."""
    if not isinstance(value, dict):
        return value
    return {key: unmeasured(item) for key, item in value.items() if key not in MEASURED}


class Tree:
    """A shell that is the root, and its parent, which later runs another program."""

    def __init__(self):
        self.commands = temporary("commands")
        subprocess.run(["mkfifo", self.commands], check=True)
        self.parent = subprocess.Popen(
            ["sh", "-c", f"sh <{self.commands} & echo $!; read line; exec sleep 60"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(self.parent)
        with_input = open(self.commands, "w", encoding="ascii")  # pylint: disable=R1732
        self.input = with_input
        self.root = self.parent.stdout.readline().strip()

    def run(self, text):
        self.input.write(text)
        self.input.flush()

    def change_parent(self):
        self.parent.stdin.write("\n")
        self.parent.stdin.flush()
        time.sleep(0.3)

    def end(self):
        self.run("exec /bin/true last\n")
        self.input.close()
        time.sleep(0.3)


def shown(events):
    lines = [json.dumps(unmeasured(event)) for event in events if get(event, "process.pid")]
    return sorted(lines)


def watch_both(types=TYPES):
    """What both watches show, and how many events the reader of each has had."""
    tree = Tree()
    before = subprocess.Popen(["sh", "-c", "read line; " + OTHERS], stdin=subprocess.PIPE)
    started.append(before)
    options = ["--type", types, "--children-of", tree.root]
    kernel, reader = Watching(*options), Watching(*options, *MANY)
    time.sleep(0.5)  # the snapshot
    others = subprocess.Popen(["sh", "-c", OTHERS])
    before.communicate(b"\n")
    tree.run(SUBTREE)
    others.wait(60)
    tree.change_parent()
    tree.end()
    time.sleep(0.5)
    result = [watching.stop() for watching in (kernel, reader)]
    return result, [max(get(e, "event.sequence") for e in events) for events in result]


def test_same():
    """the kernel leaves out other processes, and what is shown is the same"""
    (kernel, reader), (few, many) = watch_both()
    print(f"# {len(kernel)} shown, {few} and {many} read")
    assert many - few > 200, (few, many)
    assert len(kernel) > 60, len(kernel)
    for one, other in zip(shown(kernel), shown(reader)):
        assert one == other, f"\n{one}\n{other}"
    assert len(kernel) == len(reader), (len(kernel), len(reader))
    last = [e for e in kernel if get(e, "process.command_line") == "/bin/true last"]
    assert last and get(last[0], "process.parent.name") == "sleep", last


def test_access():
    """with process accesses or image loads the kernel leaves out nothing"""
    _, (few, many) = watch_both("process,access,image")
    assert few > 0.8 * many, (few, many)


if __name__ == "__main__":
    run(globals())
