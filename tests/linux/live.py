# SPDX-License-Identifier: MIT
"""live.py - what the tests against the real kernel share.

Each test is a function whose name begins with test_; its docstring is its name in
the output, which is TAP. VIGIL, PROGRAM, INJECTOR and INJECTED in the environment name the binaries.
"""
import base64
import collections
import glob
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from events import get, loads  # pylint: disable=wrong-import-position

VIGIL = os.environ["VIGIL"]
PROGRAM = os.environ["PROGRAM"]
ENDS = os.environ.get("ENDS", "")
INJECTOR = os.path.realpath(os.environ.get("INJECTOR", ""))
INJECTED = os.path.realpath(os.environ.get("INJECTED", ""))
# Of the C library of this machine, also where others are installed.
LOADER = {"x86_64": "/lib64/ld-linux-x86-64.so.2",
          "aarch64": "/lib/ld-linux-aarch64.so.1"}[platform.machine()]
LIBM = f"/usr/lib/{platform.machine()}-linux-gnu/libm.so.6"


def mapped_first(library, size):
    """How much of a library is mapped executable at first; size: of what is in the end. Where the
    first segment is executable, as on arm64, the C library first maps the whole library so."""
    lines = subprocess.run(["readelf", "-lW", library], capture_output=True, check=True, text=True)
    loads = [line.split() for line in lines.stdout.splitlines() if line.split()[:1] == ["LOAD"]]
    if "E" not in loads[0][6:]:
        return size
    return (int(loads[-1][2], 16) + int(loads[-1][5], 16) + 4095) // 4096 * 4096


def temporary(name):
    """A path of that name in a separate directory, which outlives nothing."""
    directory = tempfile.mkdtemp(prefix="vigil-test-", dir=run.directory)
    os.chmod(directory, 0o755)
    return os.path.join(directory, name)


def raw(event, field):
    """The exact bytes of a string field: as shown, or from vigil.raw if ill-formed."""
    exact = (get(event, "vigil.raw") or {}).get(field)
    if exact is not None:
        return base64.b64decode(exact)
    value = get(event, field)
    if isinstance(value, list):
        return b"".join(v.encode() + b"\0" for v in value)
    return value.encode()


def read_events(path):
    with open(path, encoding="utf-8") as lines:
        return [loads(line) for line in lines]


def unmatched_threads(events):
    """Threads that did not begin and end once each, of processes that began; none of which exec'ed
    by a thread that is not its first."""
    count = collections.Counter()
    for e in events:
        kind, process = get(e, "vigil.type"), get(e, "process.entity_id")
        first = get(e, "process.pid")
        if kind == "create":
            count[process, first] += 1
        elif kind == "thread-create":
            count[process, get(e, "process.thread.id")] += 1
        elif kind == "thread-exit":
            count[process, get(e, "process.thread.id")] -= 1
        elif kind == "exit":
            count[process, get(e, "vigil.actor.thread.id") or first] -= 1
    return {thread: number for thread, number in count.items() if number}


class Traced:
    """What `vigil trace --type all --format json` reported about a command."""

    def __init__(self, *command, options=(), env=None, cwd=None):
        path = temporary("trace.json")
        self.result = subprocess.run(
            [VIGIL, "trace", "--type", "all", "--format", "json", "--output", path, *options,
             "--", *command],
            capture_output=True, env=env, cwd=cwd, timeout=300, check=False)
        self.status = self.result.returncode
        self.output = self.result.stdout.decode()
        self.errors = self.result.stderr.decode(errors="replace")
        self.events = read_events(path)

    def of(self, kind, **fields):
        """Events of a type, with these fields (dots as __)."""
        wanted = {name.replace("__", "."): value for name, value in fields.items()}
        return [e for e in self.events if get(e, "vigil.type") == kind and
                all(get(e, name) == value for name, value in wanted.items())]

    def one(self, kind, **fields):
        found = self.of(kind, **fields)
        assert len(found) == 1, f"{len(found)} events {kind} {fields}"
        return found[0]


class Watching:
    """`vigil watch --format json` running beside what the test does."""

    def __init__(self, *options, snapshot=False, by=()):
        self.path = temporary("watch.json")
        self.process = subprocess.Popen(
            [*by, VIGIL, "watch", "--format", "json", "--output", self.path, "--type", "status",
             *options] + (["--snapshot"] if snapshot else []),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        started.append(self.process)
        # Its first record says that it is there.
        deadline = time.monotonic() + 20
        while not (os.path.exists(self.path) and os.path.getsize(self.path)):
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < deadline, "vigil watch did not start"
            time.sleep(0.01)

    def wait_for(self, is_it):
        """The events of which is_it is true, as soon as there is one; after 20 s none."""
        found, deadline = [], time.monotonic() + 20
        while not found and time.monotonic() < deadline:
            time.sleep(0.05)
            with open(self.path, encoding="utf-8") as lines:
                found = [e for e in (loads(line) for line in lines if line.endswith("\n"))
                         if is_it(e)]
        return found

    def stop(self):
        self.end()
        return read_events(self.path)

    def end(self):
        time.sleep(0.1)
        self.process.send_signal(2)
        _, errors = self.process.communicate(timeout=30)
        self.errors = errors.decode()
        self.status = self.process.returncode


class Skip(Exception):
    """A test cannot be made on this machine; why."""


class Running:
    """`vigil run` until stop(); begins when it has said READY to NOTIFY_SOCKET."""

    def __init__(self, *options, before=(), log=None, set_log=True):
        """set_log: the log is an option; otherwise the settings name self.log."""
        self.log = log or temporary("vigil.log")
        path = temporary("notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)  # open until it has ended
        self.notify.bind(path)
        self.notify.settimeout(20)
        self.process = subprocess.Popen(
            [*before, VIGIL, "run", *(["--output", self.log] if set_log else []), *options],
            env={**os.environ, "NOTIFY_SOCKET": path}, stderr=subprocess.PIPE)
        started.append(self.process)
        try:
            assert self.state() == b"READY=1"
        except socket.timeout:
            self.process.kill()
            raise AssertionError(self.process.stderr.read().decode()) from None

    def state(self):
        """The next change of the state that it reports to NOTIFY_SOCKET, without the beats."""
        while (message := self.notify.recv(1000)).startswith(b"WATCHDOG=1"):
            pass
        return message

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.errors = self.process.communicate(timeout=30)[1].decode()
        self.status = self.process.returncode
        self.notify.close()

    def files(self):
        """The log's files, the oldest first."""
        full = glob.glob(self.log + ".*")
        return sorted(full, key=lambda name: -int(name.rsplit(".", 1)[1])) + [self.log]

    def events(self):
        events = []
        for name in self.files():
            with open(name, encoding="utf-8") as lines:
                events += [loads(line) for line in lines]
        return events


def run(functions):
    """Runs the tests whose names are in functions (a module's globals()): all, or those that
    the command's arguments name."""
    if os.geteuid() != 0:
        print("ok all # SKIP only root may load BPF programs")
        return
    failed = 0
    with tempfile.TemporaryDirectory(prefix="vigil-") as run.directory:
        os.chmod(run.directory, 0o755)
        for name, function in list(functions.items()):
            if not name.startswith("test_") or name not in (sys.argv[1:] or functions):
                continue
            begun = time.monotonic()
            try:
                function()
                verdict = "ok"
            except Skip as reason:
                print(f"ok {function.__doc__} # SKIP {reason}", flush=True)
                continue
            except Exception:  # a test may fail in any way
                traceback.print_exc(file=sys.stdout)
                verdict = "not ok"
                failed += 1
            while started:  # what a failed test did not end
                started.pop().kill()
            print(f"{verdict} {function.__doc__} ({time.monotonic() - begun:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)


run.directory = None
started = []
