# SPDX-License-Identifier: MIT
"""enforced.py - shared by the tests of rules: programs, and an enforcer with rules."""
import os
import shutil
import subprocess
import time

import live

START = os.environ["RULES_START"]
FIRST = os.environ["RULES_FIRST"]


def folder():
    """An empty separate folder."""
    path = live.temporary("x")
    return os.path.dirname(path)


def program(path):
    shutil.copy(FIRST, path)
    os.chmod(path, 0o755)
    return path


class Enforced(live.Watching):
    """`vigil watch --rules` with these lines, until the end of the with."""

    def __init__(self, *lines):
        self.rules = live.temporary("rules")
        self.write(*lines)
        super().__init__("--type", "denied,status", "--rules", self.rules)
        self.wait_for("are in force")

    def write(self, *lines):
        with open(self.rules + ".new", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.rename(self.rules + ".new", self.rules)

    def statuses(self, text):
        try:
            with open(self.path, encoding="utf-8") as lines:
                return [live.loads(line) for line in lines if line.endswith("\n") and text in line]
        except ValueError:
            return []

    def wait_for(self, text, count=1):
        deadline = time.monotonic() + 20
        while len(self.statuses(text)) < count:
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < deadline, f"nothing said: {text}"
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.events = self.stop()

    def denied(self, rule):
        return [e for e in self.events if live.get(e, "vigil.type") == "denied" and
                live.get(e, "rule.name") == rule]


def runs(*argv, mark=None, **kwargs):
    """Whether a program that makes `mark` first may start."""
    if mark is None:
        mark = live.temporary("mark")
    try:
        status = subprocess.run([*argv, mark], capture_output=True, timeout=60, check=False,
                                **kwargs).returncode
    except PermissionError:
        status = 126
    ran = os.path.exists(mark)
    assert ran == (status == 0), f"{argv}: status {status}, ran {ran}"
    return ran
