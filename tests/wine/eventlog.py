# SPDX-License-Identifier: MIT
"""The event log in Wine, which keeps none, but says what it was given."""
import os
import signal
import subprocess
import time

from command import VIGIL
from wine import PATIENCE

TYPES = 18  # the last of enum vigil_type


def test_messages(wine):
    """each type of event has a message in vigil.exe, with the fields at its end"""
    found = [wine.ask("message", VIGIL, str(number))[0]["text"] for number in range(1, TYPES + 1)]
    assert all(text.endswith(".\r\n\r\nFIELDS\r\n") for text in found), found
    assert len(set(found)) == TYPES and "rule" in found[9], found


def test_event_log(wine):
    """vigil run --event-log: a denial, as a warning, and nothing else"""
    wine.ask("rules", "deny", "name", "CMD.EXE")
    run = wine.start(VIGIL, "run", "--output", r"C:\events.log", "--event-log", "denied",
                     env={"WINEDEBUG": "-all,+eventlog"}, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    log = os.path.join(wine.c, "events.log")
    deadline = time.monotonic() + PATIENCE
    while not (os.path.exists(log) and os.path.getsize(log)):
        assert time.monotonic() < deadline, "vigil run did not start"
        time.sleep(0.1)
    wine.fire("spawn", r"C:\fire.exe exit 0")
    wine.fire("spawn", r"C:\windows\system32\cmd.exe /c exit", status=5)
    time.sleep(0.3)
    run.send_signal(signal.SIGINT)
    said = run.communicate(timeout=PATIENCE)[1].decode()
    assert run.returncode == 0, said
    wine.ask("rules")
    os.remove(log)
    (report,) = [line for line in said.splitlines() if "ReportEventW" in line]
    assert ":warn:" in report and r'L"@timestamp: 20' in report, report
    assert r"\r\nevent.type: denied\r\n" in report, report
