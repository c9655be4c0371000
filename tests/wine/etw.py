# SPDX-License-Identifier: MIT
"""etw.py - what vigil run gives to Event Tracing for Windows. Wine's functions for it do nothing:
the calls are seen in Wine's own trace, the bytes by a copy of the command that replaces them."""
import os
import signal
import subprocess
import time

from command import VIGIL
from wine import PATIENCE

PROVIDER = b"\x0f\0Vigil-Sensor\0"
FIXED = {4: 1, 9: 8, 10: 8, 17: 8, 21: 8}  # sizes of TDH_INTYPE_...
COUNTED = 23


def run(wine, program, log, **env):
    """vigil run while a program starts and ends; what it wrote to standard error."""
    path = os.path.join(wine.c, log)
    running = wine.start(program, "run", "--output", "C:\\" + log, env=env,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    deadline = time.monotonic() + PATIENCE
    while not (os.path.exists(path) and os.path.getsize(path)):
        assert time.monotonic() < deadline, f"{program} run did not start"
        time.sleep(0.1)
    wine.fire("spawn", r"C:\fire.exe exit 7", status=7)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    errors = running.communicate(timeout=PATIENCE)[1].decode()
    assert running.returncode == 0, errors
    with open(path, encoding="utf-8") as lines:
        written = len(lines.readlines())
    os.remove(path)
    return errors, written


def fields(metadata, data):
    """The name of an event and its fields, read as a consumer reads them."""
    assert int.from_bytes(metadata[:2], "little") == len(metadata) and metadata[2] == 0
    name, rest = metadata[3:].split(b"\0", 1)
    found = {}
    while rest:
        field, rest = rest.split(b"\0", 1)
        kind, rest = rest[0], rest[1:]
        if kind & 0x80:
            rest = rest[1:]
        size = FIXED.get(kind & 0x7f)
        if size is None:
            assert kind & 0x7f == COUNTED, kind
            size = int.from_bytes(data[:2], "little")
            value, data = data[2:2 + size].decode(), data[2 + size:]
        else:
            value, data = int.from_bytes(data[:size], "little"), data[size:]
        found[field.decode()] = value
    assert not data
    return name.decode(), found


def test_registered(wine):
    """vigil run registers with ETW, asks for each event whether it is wanted, and leaves"""
    errors, written = run(wine, VIGIL, "etw.log", WINEDEBUG="-all,warn+ntdll,fixme+ntdll")
    calls = [line.split(":", 3)[3] for line in errors.splitlines() if ":ntdll:EtwEvent" in line]
    assert calls[0].startswith("EtwEventRegister ({2bfa0c60-be4f-5ed5-b529-82251e48b4e0},"), calls
    assert calls[1].startswith("EtwEventSetInformation (deadbeef, 2,"), calls
    assert calls[-1].startswith("EtwEventUnregister (deadbeef)"), calls
    asked = [call for call in calls if call.startswith("EtwEventProviderEnabled")]
    assert len(asked) == written, (written, calls)


def test_sent(wine):
    """an event that a trace session wants is sent, with names and types of its fields"""
    _, written = run(wine, r"C:\vigil_etw.exe", "etw.log", ETW_CALLS=r"C:\calls.txt")
    with open(os.path.join(wine.c, "calls.txt"), encoding="ascii") as lines:
        sent = [line.split() for line in lines]
    assert len(sent) == written, (written, sent)
    starts = []
    for channel, level, keyword, *parts in sent:
        assert channel == "11" and level == "4", (channel, level)
        assert [part[:2] for part in parts] == ["2:", "1:", "0:"], parts
        provider, metadata, data = (bytes.fromhex(part[2:]) for part in parts)
        assert provider == PROVIDER, provider
        name, found = fields(metadata, data)
        if name == "create":
            assert keyword == "2", keyword
            starts.append(found)
    (start,) = [s for s in starts if s["process.command_line"] == r"C:\fire.exe exit 7"]
    assert start["process.executable"] == r"C:\fire.exe" and start["process.pid"] > 0, start
    os.remove(os.path.join(wine.c, "calls.txt"))
