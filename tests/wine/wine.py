# SPDX-License-Identifier: MIT
"""wine.py - a Wine of the tests' own, with vigil.sys and the rig, and what runs in it.

Each test is a function of a Wine whose name begins with test_; its docstring is its
name in the output, which is TAP. BUILD in the environment is the build directory for
Windows.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ["BUILD"]
PROGRAMS = ("tests/wine/fire.exe", "tests/wine/reader.exe", "tests/wine/vigil_etw.exe",
            "vigil.exe")
DRIVERS = {"rig": "tests/wine/rig.sys", "null": "tests/wine/null.sys",
           "vigil": "kernel/windows/vigil.sys"}
GROUP = "vigil-test"  # drivers of one load-order group share a process
PATIENCE = 60  # seconds; a machine may be loaded
REGISTRY = r"HKLM\System\CurrentControlSet\Services"


def find(*names):
    for name in names:
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/lib/wine")
        if path:
            return path
    sys.exit(f"no {names[0]} here: tools/setup.sh --test installs it")


class Wine:
    """A fresh prefix, which end() removes with everything that runs in it."""

    def __init__(self):
        self.wine = find("wine64", "wine")
        self.server = find("wineserver64", "wineserver")
        self.directory = tempfile.mkdtemp(prefix="vigil-wine-")
        self.prefix = os.path.join(self.directory, "prefix")
        self.c = os.path.join(self.prefix, "drive_c")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.directory, "LC_ALL": "C.UTF-8",
            "WINEPREFIX": self.prefix, "WINEARCH": "win64", "WINEDEBUG": "-all",
            # no window, no question, no second runtime
            "WINEDLLOVERRIDES": "winedbg.exe=d;winemenubuilder.exe=d;mscoree,mshtml="}
        self.children = []

    def begin(self):
        os.mkdir(self.prefix)
        self.boot("wineboot", "-i")
        # Services can be started only once all of the first start is over.
        self.serve("-w")
        self.serve("-p")
        self.boot("cmd", "/c", "exit")
        for path in PROGRAMS:
            shutil.copy(os.path.join(BUILD, path), self.c)

    def end(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        sockets = self.sockets()
        self.serve("-k")
        self.serve("-w")
        shutil.rmtree(self.directory, ignore_errors=True)
        if sockets:
            shutil.rmtree(sockets, ignore_errors=True)

    def sockets(self):
        """Debian's wineserver has a directory in /tmp besides, and leaves it there."""
        try:
            with open(os.path.join(self.prefix, "wineserver"), encoding="ascii") as f:
                name = f.read()
        except OSError:  # another Wine
            return None
        return os.path.join("/tmp", name) if name.startswith("wine-") else None

    def boot(self, *command):
        """Background processes that remain must not hold a pipe of the test."""
        subprocess.run([self.wine, *command], env=self.environment, cwd=self.prefix,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=2 * PATIENCE, check=True)

    def serve(self, option):
        subprocess.run([self.server, option], env=self.environment, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE,
                       check=False)

    def run(self, program, *arguments, check=False, env=None):
        """Runs a program of Windows to its end; its output is text. Wine's start.exe now and then
        fails to start one, and reports that; then the program has not run, and is started again."""
        for _ in range(3):
            done = subprocess.run([self.wine, program, *arguments], capture_output=True, text=True,
                                  env=self.environment | (env or {}), cwd=self.c,
                                  stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
            if "ShellExecuteEx failed" not in done.stdout + done.stderr:
                break
        assert not check or done.returncode == 0, done
        return done

    def start(self, program, *arguments, env=None, **options):
        child = subprocess.Popen([self.wine, program, *arguments],
                                 env=self.environment | (env or {}), cwd=self.c, **options)
        self.children.append(child)
        return child

    def hosts(self):
        """PIDs of Wine's processes that hold the services and the drivers: if one of these ends,
        handles become invalid and drivers are gone, which is no failure of a driver."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as f:
                    if f"WINEPREFIX={self.prefix}\0".encode() not in f.read():
                        continue
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    command = f.read().split(b"\0")[0].decode(errors="replace")
            except OSError:
                continue
            if command.endswith(("winedevice.exe", "services.exe")):
                found.setdefault(command.rsplit("\\", 1)[-1], []).append(int(pid))
        return {name: sorted(pids) for name, pids in sorted(found.items())}

    # -- drivers, by the service manager ------------------------------------

    def install(self, name):
        """A service for a driver in the directory of drivers."""
        shutil.copy(os.path.join(BUILD, DRIVERS[name]), self.driver_file(name))
        self.run("sc", "create", name, "type=", "kernel", "start=", "demand", "group=", GROUP,
                 "binpath=", rf"C:\windows\system32\drivers\{name}.sys", check=True)

    def join(self, name):
        """Into the rig's process, for a driver that was installed in another way."""
        self.run(r"C:\fire.exe", "group", name, GROUP, check=True)

    def uninstall(self, name):
        self.service("delete", name)
        os.remove(self.driver_file(name))

    def driver_file(self, name):
        return os.path.join(self.c, "windows/system32/drivers", name + ".sys")

    def setting(self, name, value):
        """A setting for the next load, in the registry."""
        self.run("reg", "add", REGISTRY + r"\vigil\Parameters", "/v", name, "/t", "REG_DWORD",
                 "/d", str(value), "/f", check=True)

    def service(self, word, name):
        done = self.run("sc", word, name)
        assert done.returncode == 0, f"sc {word} {name}: {done}"

    # -- the tests' own programs ----------------------------------------------

    def fire(self, *arguments, status=0):
        """What fire.exe says that it really did."""
        done = self.run(r"C:\fire.exe", *arguments)
        assert done.returncode == status, f"fire {arguments}: {done}"
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def ask(self, *arguments):
        done = self.run(r"C:\reader.exe", *arguments)
        assert done.returncode == 0, f"reader {arguments}: {done}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def counts(self):
        return self.fire("counts")[0]

    def statistics(self):
        return self.ask("statistics")[0]


class Reader:
    """reader.exe watching beside what the test does."""

    def __init__(self, wine):
        # Unbuffered: communicate() does not see what readline() has read too much.
        self.process = wine.start(r"C:\reader.exe", "watch", stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        first = self.process.stdout.readline()
        assert first, self.process.stderr.read()
        self.pid = json.loads(first)["pid"]

    def stop(self):
        """All that was recorded up to now."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, errors
        events = [json.loads(line) for line in output.splitlines()]
        self.ledger = events.pop()
        assert self.ledger["what"] == "ledger"
        return events


def of(events, what, **fields):
    return [e for e in events if e["what"] == what and
            all(e.get(name) == value for name, value in fields.items())]


def one(events, what, **fields):
    found = of(events, what, **fields)
    assert len(found) == 1, f"{len(found)} of {what} {fields} in {events}"
    return found[0]


def run(module, wine):
    """Runs the tests of a module; the result is how many failed."""
    failed = 0
    for name, function in vars(module).items():
        if not name.startswith("test_"):
            continue
        begun, hosts = time.monotonic(), wine.hosts()
        try:
            function(wine)
            verdict = "ok"
        except Exception:  # a test may fail in any way
            traceback.print_exc(file=sys.stdout)
            print(f"# processes of services and drivers, before: {hosts}, now: {wine.hosts()}")
            verdict = "not ok"
            failed += 1
        print(f"{verdict} {function.__doc__} ({time.monotonic() - begun:.1f} s)", flush=True)
    return failed
