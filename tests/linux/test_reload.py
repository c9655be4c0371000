# SPDX-License-Identifier: MIT
"""SIGHUP of `vigil run`: all of the new settings and rules come into force, or none of them."""
import json
import os
import signal
import subprocess
import time

from live import VIGIL, Running, run, temporary

RULE = """title: {title}
id: 4f2d9e4c-0a1b-4c7e-9d52-{id:012d}
logsource:
    category: process_creation
    product: linux
detection:
    selection:
        CommandLine|contains: '{word}'
    condition: selection
level: high
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


class Service(Running):
    """With everything that a reload reads; each part in a file that the test may change."""

    def __init__(self):
        self.config, self.exclude, self.names, self.rules, self.detect, self.status_path = (
            temporary(name) for name in ("conf", "exclude", "names", "rules", "rule.yml", "status"))
        self.log = log = temporary("vigil.log")
        self.recording = os.path.join(os.path.dirname(log), "run.vigil")
        self.good()
        self.settings("")
        super().__init__("--config", self.config, "--rules", self.rules, "--status",
                         self.status_path, log=log, set_log=False)

    def good(self):
        write(self.exclude, "noise = command=*vigil-noise-one*\n")
        write(self.names, "vigil-key\n")
        write(self.rules, "audit path=/nonexistent/vigil-one\n")
        write(self.detect, RULE.format(title="One", id=1, word="vigil-alert-one"))

    def settings(self, text):
        write(self.config, f"type = exec,alert,status\nmax-size = 0\nexclude-file = {self.exclude}\n"
              f"redact = on\nredact-names = {self.names}\ndetect = {self.detect}\n"
              f"{'' if 'output =' in text else f'output = {self.log}'}\n{text}")

    def figures(self):
        result = subprocess.run([VIGIL, "stats", "--service", "--status", self.status_path,
                                 "--json"], capture_output=True, timeout=30, check=False)
        return json.loads(result.stdout)

    def reload(self):
        """SIGHUP, until it is done. Returns what the status says of it."""
        self.process.send_signal(signal.SIGHUP)
        assert self.state().startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert self.state() == b"READY=1"
        return self.figures()["reload"]

    def read(self, log=None):
        with open(log or self.log, encoding="utf-8") as f:
            return f.read()

    def seen(self, word, log=None):
        """Starts a program with that argument, and waits until the log has it."""
        subprocess.run(["/bin/true", word], check=True)
        deadline = time.monotonic() + 20
        while word not in self.read(log):
            assert time.monotonic() < deadline, f"{word} does not come"
            time.sleep(0.05)

    def has(self, word, log=None):
        """Whether a program with that argument gets into the log."""
        subprocess.run(["/bin/true", word], check=True)
        self.seen(f"vigil-after-{time.monotonic_ns()}", log)
        return word in self.read(log)


def in_force_as_before(service):
    """The first exclusion, detection rule and format; JSON of the whole log."""
    assert not service.has(f"vigil-noise-one-{time.monotonic_ns()}")
    before = service.figures()["alerts"]
    service.seen(f"vigil-alert-one-{time.monotonic_ns()}")
    deadline = time.monotonic() + 10
    while service.figures()["alerts"] == before:
        assert time.monotonic() < deadline, "no alert"
        time.sleep(0.2)
    assert all(line.startswith("{") for line in service.read().splitlines())


def test_all_or_nothing():
    """A mistake anywhere keeps all as it was, is reported with its place, and the next one works"""
    service = Service()
    in_force_as_before(service)
    other = "format = text\ncommand = nothing-matches-this\n"
    folder = os.path.dirname(service.log)
    faults = (
        (lambda: service.settings(other + "max-sice = 1\n"), f"{service.config}:10:"),
        (lambda: write(service.exclude, "a = user=root\nb = colour=red\n"), f"{service.exclude}:2:"),
        (lambda: write(service.detect, "title: [\n"), "detection rule"),
        (lambda: os.unlink(service.detect), service.detect),
        (lambda: write(service.rules, "deny path=/nonexistent/a\nforbid everything\n"),
         f"{service.rules}:2:"),
        (lambda: os.unlink(service.names), service.names),
        (lambda: service.settings(other + "output = /nonexistent/vigil.log\n"), "/nonexistent/"),
        (lambda: service.settings(other + f"record = {folder}\n"), folder),
    )
    for number, (make, said) in enumerate(faults, 1):
        service.settings(other)
        write(service.exclude, "other = command=*vigil-noise-two*\n")
        write(service.detect, RULE.format(title="Two", id=2, word="vigil-alert-two"))
        make()
        reload = service.reload()
        assert reload["count"] == reload["failed"] == number, (reload, said)
        assert said in reload["error"], (reload, said)
        in_force_as_before(service)
        service.good()
        service.settings("")
    deadline = time.monotonic() + 20
    while b"reload: " not in (message := service.notify.recv(1000)):
        assert time.monotonic() < deadline, message
    assert service.reload() == {"count": len(faults) + 1, "failed": len(faults), "error": None}
    in_force_as_before(service)
    service.stop()
    assert service.status == 0, service.errors
    assert service.errors.count("Nothing was changed") == len(faults), service.errors
    for _, said in faults:
        assert said in service.errors, (said, service.errors)


def test_all():
    """Exclusions, detection, format, log and recording change with one reload, and nothing is lost"""
    service = Service()
    service.seen("vigil-before")
    write(service.exclude, "two = command=*vigil-noise-two*\n")
    assert not (reload := service.reload())["error"], reload
    assert service.has("vigil-noise-one")
    assert not service.has("vigil-noise-two")
    assert [e["name"] for e in service.figures()["excluded"]] == ["two"]
    other = os.path.join(os.path.dirname(service.log), "other.log")
    write(service.detect, RULE.format(title="Two", id=2, word="vigil-alert-two"))
    service.settings("format = text\n")
    assert not (reload := service.reload())["error"], reload
    service.seen("vigil-alert-two")
    lines = service.read().splitlines()
    assert lines[0].startswith("{") and not lines[-1].startswith("{"), lines[-1]
    for text in (f"record = {service.recording}\n", f"record = {service.recording}\nkeep = 7\n", ""):
        service.settings(text)
        assert not (reload := service.reload())["error"], reload
        service.seen(f"vigil-json-{len(text)}")
    assert service.read().splitlines()[-1].startswith("{")
    service.stop()
    assert service.status == 0, service.errors
    assert "0 lost, 0 not written" in service.errors and "none lost" in service.errors
    assert not os.path.exists(other)


def test_many():
    """A hundred reloads, each with changed settings: no memory and no descriptors are left over"""
    service = Service()

    def used():
        pid = service.process.pid
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            memory = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
        return len(os.listdir(f"/proc/{pid}/fd")), memory

    def change(first, last):
        for i in range(first, last):
            service.settings(f"keep = {1 + i % 9}\nformat = {'text' if i % 2 else 'json'}\n")
            assert not (reload := service.reload())["error"], reload

    change(0, 30)
    files, memory = used()
    change(30, 130)
    assert used()[0] == files, (used(), files)
    assert used()[1] < memory + 2048, (used(), memory)
    service.stop()
    assert service.status == 0, service.errors


run(globals())
