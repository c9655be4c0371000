# SPDX-License-Identifier: MIT
"""outlet.py - runs fleet_send, which sends made items through one outlet."""
import json
import os
import subprocess

SEND = os.environ["FLEET_SEND"]


class Sent:
    """What fleet_send reported."""

    def __init__(self, status, out, err):
        self.status, self.err = status, err
        self.__dict__.update(json.loads(out) if out else {})
        self.text = " ".join(getattr(self, "reasons", []) + getattr(self, "says", [])) + err

    def all_acked(self, count):
        assert self.status == 0, (self.status, self.text)
        assert self.acked == count and self.refused == 0 and self.held == 0, vars(self)


def start(engine, settings, **options):
    return subprocess.Popen(
        [SEND, engine, *[f"{name.replace('_', '-')}={value}" for name, value in options.items()],
         "--", *[f"{name}={value}" for name, value in settings.items()]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process, timeout=60):
    out, err = process.communicate(timeout=timeout)
    return Sent(process.returncode, out, err)


def send(engine, settings, **options):
    return end(start(engine, settings, **options), options.get("seconds", 20) + 20)
