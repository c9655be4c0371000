# SPDX-License-Identifier: MIT
"""ending.py - vigil.sys in Wine: stopped under way, and removed."""
import os
import subprocess

from driver import check_nothing_left
from wine import REGISTRY

# How a read may end when Wine unloads a driver whose handles are open, which Windows
# does not: aborted by the driver, or by Wine when the device is deleted.
ABORTED = (b'"error":995', b'"error":5}')


def test_stop_while_reading(wine):
    """stopped while a reader waits: its reads end, and no memory is left"""
    waiting = wine.start(r"C:\reader.exe", "wait", stdout=subprocess.PIPE, bufsize=0)
    assert b"waiting" in waiting.stdout.readline()
    wine.service("stop", "vigil")
    output, _ = waiting.communicate(timeout=60)
    assert any(error in output for error in ABORTED), output
    check_nothing_left(wine)
    wine.service("start", "vigil")
    assert wine.counts()["process_routines"] == 1


def test_uninstall(wine):
    """removed: no service, no device, no file, no memory"""
    wine.service("stop", "vigil")
    check_nothing_left(wine)
    wine.uninstall("vigil")
    for key in (r"\vigil", r"\vigil\Parameters"):
        assert wine.run("reg", "query", REGISTRY + key).returncode != 0, key
    assert "error 2\n" in wine.run(r"C:\reader.exe", "statistics").stderr
    assert not os.path.exists(wine.driver_file("vigil"))
    wine.service("stop", "rig")
    wine.uninstall("rig")
