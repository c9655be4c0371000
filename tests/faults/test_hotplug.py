# SPDX-License-Identifier: MIT
"""CPUs that go off and on while the machine is watched.

Switches CPU 1 of this machine, so it runs on request only (VIGIL_TEST_FAULTS=1).
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "linux"))
import live  # noqa: E402  pylint: disable=wrong-import-position
from live import Watching, get  # noqa: E402

SWITCH = "/sys/devices/system/cpu/cpu1/online"


def switch(on):
    with open(SWITCH, "w", encoding="ascii") as file:
        file.write("1" if on else "0")


def images_on_cpu_1(events):
    """PIDs of /bin/true that loaded an image on CPU 1."""
    return {get(e, "process.pid") for e in events
            if get(e, "vigil.type") == "image" and get(e, "vigil.cpu") == 1}


def start_on_cpu_1():
    process = subprocess.Popen(["taskset", "-c", "1", "true"])
    process.wait()
    return process.pid


def gaps(events):
    return [e for e in events if get(e, "vigil.type") == "lost" and
            get(e, "vigil.lost.type") == "image"]


def test_off_and_on():
    """a CPU that was off and comes on again: its image loads are seen, the gap is reported"""
    watching = Watching("--type", "image,status,lost")
    before = start_on_cpu_1()
    switch(False)
    switch(True)
    time.sleep(2.5)
    after = start_on_cpu_1()
    time.sleep(0.3)
    events = watching.stop()
    assert before in images_on_cpu_1(events), "image loads before"
    assert after in images_on_cpu_1(events), "image loads after"
    assert gaps(events), "the gap is not reported"
    warnings = [get(e, "message") for e in events if get(e, "vigil.status.state") == "warning"]
    assert any("CPU 1" in text for text in warnings), warnings


def test_on_later():
    """a CPU that is off when watching begins: its image loads are seen once it is on"""
    switch(False)
    watching = Watching("--type", "image,status,lost")
    time.sleep(1.2)
    assert not gaps(live.read_events(watching.path)), "a CPU that is off loses nothing"
    switch(True)
    time.sleep(2.5)
    after = start_on_cpu_1()
    time.sleep(0.3)
    events = watching.stop()
    assert after in images_on_cpu_1(events)
    assert gaps(events), "the gap is not reported"


if __name__ == "__main__":
    if "VIGIL_TEST_FAULTS" not in os.environ or not os.path.exists(SWITCH):
        print("ok all # SKIP switches CPU 1: set VIGIL_TEST_FAULTS=1, on a machine that can")
        sys.exit(0)
    try:
        live.run(globals())
    finally:
        switch(True)
