# SPDX-License-Identifier: MIT
"""The service in Wine: what happens while it does not run is in its log later."""
import json
import os
import subprocess
import time

from service import DATA, logged, put, vigil
from wine import PATIENCE

SHIPPED = r"C:\shipped\vigil.exe"


def commands(wine):
    return [e["process"]["command_line"] for e in logged(wine) if e["event"]["action"] == "start"]


def wait_for(wine, command):
    deadline = time.monotonic() + PATIENCE
    while command not in commands(wine):
        assert time.monotonic() < deadline, commands(wine)
        time.sleep(0.1)


def test_unread(wine):
    """stopped, the driver alone, started: each process is in the log, once, in order"""
    wanted = [rf"C:\fire.exe exit {n}" for n in (11, 12, 13, 14)]
    wine.service("stop", "vigil")
    put(wine)
    vigil(wine, "service", "install")  # over the driver that the tests have installed
    vigil(wine, "service", "start")
    wine.fire("spawn", wanted[0], status=11)
    wait_for(wine, wanted[0])
    time.sleep(0.2)
    stop(wine)
    wine.fire("spawn", wanted[1], status=12)
    wine.fire("spawn", wanted[2], status=13)
    assert wanted[2] not in commands(wine)
    vigil(wine, "service", "start")
    wine.fire("spawn", wanted[3], status=14)
    wait_for(wine, wanted[3])
    vigil(wine, "service", "stop")
    assert commands(wine) == wanted, commands(wine)
    for name in ("11", "12", "13", "14"):
        ends = [e for e in logged(wine) if e["event"]["action"] == "end" and
                e["process"].get("command_line", "").endswith(" " + name)]
        assert [e["process"]["exit_code"] for e in ends] == [int(name)], ends


def stop(wine):
    """Stops only the service: the driver continues."""
    wine.service("stop", "VigilService")
    while "service  stopped" not in wine.run(SHIPPED, "service", "status").stdout:
        time.sleep(0.05)


def test_restarts(wine):
    """stopped and started while a program makes threads: each is in the log once, in order"""
    with open(os.path.join(wine.c, DATA, "vigil.conf"), "a", encoding="utf-8") as f:
        f.write("type = thread-create,lost\n")
    vigil(wine, "service", "start")
    path = os.path.join(wine.c, "burst.txt")
    with open(path, "w", encoding="utf-8") as output:
        firing = wine.start(r"C:\fire.exe", "burst", "1000", stdout=output)
        for _ in range(4):
            stop(wine)
            vigil(wine, "service", "start")
        early = firing.poll() is not None
        firing.wait(timeout=PATIENCE)
    vigil(wine, "service", "stop")
    with open(path, encoding="utf-8") as lines:
        truth = [(real["pid"], real["tid"]) for real in map(json.loads, lines)]
    events = logged(wine)
    reported = [(e["process"]["pid"], e["process"]["thread"]["id"]) for e in events
                if e["vigil"]["type"] == "thread-create"]
    reported = [thread for thread in reported if thread[0] == truth[0][0]]
    assert not [e for e in events if e["vigil"]["type"] == "lost"], "too many for the queue"
    assert len(truth) == 1000 and reported == truth, (len(reported), len(set(reported)))
    assert not early, "all was over before the last start: nothing was tried"
    vigil(wine, "service", "uninstall", "--purge")
    wine.install("vigil")
    wine.service("start", "vigil")
