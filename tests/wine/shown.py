# SPDX-License-Identifier: MIT
"""shown.py - vigil.exe in Wine: what it shows, compared with what really happened."""
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from events import loads  # pylint: disable=wrong-import-position
from driver import proof
from wine import PATIENCE, one

LIBRARIES = ("fire.exe", "ntdll.dll", "kernel32.dll", "kernelbase.dll", "msvcrt.dll")
VIGIL = r"C:\vigil.exe"
COMMAND = "C:\\fire.exe exit 7 \u00fcber \u65e5\u672c \U0001f600"


def get(event, field):
    """The value of a dotted field; None where the event has none."""
    for name in field.split("."):
        if not isinstance(event, dict) or name not in event:
            return None
        event = event[name]
    return event


def of(events, kind, **fields):
    """Events of a type, with these fields (dots as __)."""
    wanted = {name.replace("__", "."): value for name, value in fields.items()}
    return [e for e in events if get(e, "vigil.type") == kind and
            all(get(e, name) == value for name, value in wanted.items())]


def only(events, kind, **fields):
    found = of(events, kind, **fields)
    assert len(found) == 1, f"{len(found)} of {kind} {fields} in {events}"
    return found[0]


class Watching:
    """`vigil watch` beside what the test does, its output in a pipe."""

    def __init__(self, wine, *options):
        self.process = wine.start(VIGIL, "watch", "--type", "all", *options,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, bufsize=0)
        self.first = self.process.stdout.readline()  # says that it is there
        assert self.first, self.process.stderr.read()

    def stop(self):
        """Ctrl-C ends it; the result is its output."""
        time.sleep(0.2)
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=PATIENCE)
        self.errors = errors.decode()
        assert self.process.returncode == 0, (self.process.returncode, self.errors)
        return (self.first + output).decode()


def watch_json(wine, *firing, status=0):
    w = Watching(wine, "--format", "json")
    done = wine.fire(*firing, status=status)
    events = [loads(line) for line in w.stop().splitlines()]
    assert "none lost" in w.errors, w.errors
    return done, events


def test_process(wine):
    """vigil watch: a process with its parent, creator, DOS path, command line, exit code"""
    done, events = watch_json(wine, "spawn", COMMAND, status=7)
    real = one(done, "started")
    e = only(events, "create", process__pid=real["pid"])
    assert get(e, "process.command_line") == COMMAND
    assert get(e, "process.executable") == r"C:\fire.exe" and get(e, "process.name") == "fire.exe"
    assert get(e, "process.parent.pid") == get(e, "vigil.actor.pid") == real["by_pid"]
    assert get(e, "vigil.actor.thread.id") == real["by_tid"]
    assert get(e, "user.id").startswith("S-1-5-21-"), e
    first = only(events, "thread-create", process__pid=real["pid"])
    assert get(first, "process.thread.id") == real["tid"]
    assert get(first, "vigil.thread.origin") == "first"
    end = only(events, "exit", process__pid=real["pid"])
    assert get(end, "process.exit_code") == 7
    assert get(end, "process.command_line") == COMMAND
    assert get(end, "process.entity_id") == get(e, "process.entity_id")
    # What Windows maps before the first instruction, by its DOS path.
    paths = [get(i, "dll.path") for i in of(events, "image", process__pid=real["pid"])]
    assert paths == [r"C:\fire.exe", r"C:\windows\system32\ntdll.dll"], paths
    assert of(events, "remote-thread") == []
    numbers = [get(e, "event.sequence") for e in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_image(wine):
    """vigil watch: a library, with the name of the process that loaded it"""
    w = Watching(wine, "--format", "json")
    done = wine.fire("spawn", r"C:\fire.exe image version.dll")
    events = [loads(line) for line in w.stop().splitlines()]
    real = one(done, "image")
    e = only(events, "image", dll__name="version.dll")
    assert get(e, "dll.path") == r"C:\windows\system32\version.dll"
    assert get(e, "process.pid") == real["pid"] and get(e, "process.name") == "fire.exe"
    assert get(e, "process.command_line") == r"C:\fire.exe image version.dll"
    assert int(get(e, "vigil.image.base"), 0) == real["base"]
    assert get(e, "vigil.image.size") == real["size"]


def test_remote_thread(wine):
    """vigil watch: a thread of another process"""
    done, events = watch_json(wine, "remote", r"C:\fire.exe sleep 60000")
    real = one(done, "remote")
    e = only(events, "remote-thread")
    assert get(e, "process.pid") == real["by_pid"]
    assert get(e, "process.thread.id") == real["by_tid"]
    assert get(e, "Target.process.pid") == real["pid"]
    assert get(e, "Target.process.executable") == r"C:\fire.exe"
    assert get(e, "Target.process.thread.id") == real["tid"]
    assert int(get(e, "Target.process.thread.Ext.start_address"), 0) == real["address"]
    assert get(e, "vigil.thread.unbacked") is None, e  # kernel32.dll is there


def test_denied(wine):
    """vigil watch: a start that a rule denied, and that did not happen"""
    command = r"C:\windows\system32\cmd.exe /c echo ran> C:\proof.txt"
    wine.ask("rules", "deny", "name", "cmd.exe")
    done, events = watch_json(wine, "spawn", command, status=5)
    wine.ask("rules")
    real = one(done, "refused")
    e = only(events, "denied")
    assert get(e, "process.pid") == real["by_pid"], e  # who asked for it
    assert get(e, "vigil.denied.pid") == real["pid"] and get(e, "rule.name") == "r1", e
    assert get(e, "vigil.denied.command_line") == command, e
    assert get(e, "file.path") == r"C:\windows\system32\cmd.exe" and not proof(wine), e
    assert of(events, "create", process__pid=real["pid"]) == []


def run_traced(wine, *words):
    """A program that knows nothing of the rig, debugged so that the rig knows of it."""
    log = os.path.join(wine.c, "log.txt")
    if os.path.exists(log):
        os.remove(log)
    done = wine.run(r"C:\fire.exe", "run", subprocess.list2cmdline([VIGIL, "trace", *words]),
                    env={"FIRE_LOG": r"C:\log.txt"})
    with open(log, encoding="ascii") as lines:
        return done, [json.loads(line) for line in lines]


def test_trace_images(wine):
    """vigil trace: the libraries that Wine's loader maps, and where"""
    done, _ = run_traced(wine, "--type", "all", "--format", "json", "--output", r"C:\out.json",
                         "--", r"C:\fire.exe", "exit", "0")
    assert done.returncode == 0, done
    with open(os.path.join(wine.c, "out.json"), encoding="utf-8") as lines:
        events = [loads(line) for line in lines]
    images = [e for e in of(events, "image") if get(e, "dll.name") in LIBRARIES]
    # Wine maps its own libraries from where they are installed.
    assert sorted(get(e, "dll.name") for e in images) == sorted(LIBRARIES), images
    for e in images:
        assert get(e, "process.name") == "fire.exe" and get(e, "dll.path")[1:3] == ":\\", e
    places = sorted((int(get(e, "vigil.image.base"), 0), get(e, "vigil.image.size"))
                    for e in images)
    assert all(a + size <= b for (a, size), (b, _) in zip(places, places[1:])), places


def test_text_and_file(wine):
    """text in a pipe and in a file is UTF-8; Ctrl-C ends it with nothing missing"""
    w = Watching(wine)
    f = wine.start(VIGIL, "watch", "--output", r"C:\text.txt", stdin=subprocess.DEVNULL)
    path = os.path.join(wine.c, "text.txt")
    deadline = time.monotonic() + 20
    while not (os.path.exists(path) and os.path.getsize(path)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    wine.fire("spawn", COMMAND, status=7)
    text = w.stop()
    f.send_signal(signal.SIGINT)
    assert f.wait(PATIENCE) == 0
    with open(path, encoding="utf-8") as lines:
        written = lines.read()
    for shown in (text, written):
        assert "create" in shown and COMMAND in shown and "code 7" in shown, shown


def test_console(wine):
    """a console of code page 850 shows every character of Unicode"""
    main, second = pty.openpty()
    w = wine.start("cmd", "/c", rf"chcp 850 >nul & {VIGIL} watch --width 200", stdin=second,
                   stdout=second, stderr=second, env={"TERM": "xterm"}, start_new_session=True)
    os.close(second)
    shown = b""
    fired = False
    deadline = time.monotonic() + 20
    try:
        while "\u65e5\u672c".encode() not in shown and time.monotonic() < deadline:
            if select.select([main], [], [], 0.1)[0]:
                shown += os.read(main, 65536)
            if b"started" in shown and not fired:
                wine.fire("spawn", COMMAND, status=7)
                fired = True
    finally:
        w.kill()
        os.close(main)
    assert "\u00fcber".encode() in shown and "\u65e5\u672c".encode() in shown, shown
