# SPDX-License-Identifier: MIT
"""What a subject leaves in the place of its file is not opened, and not taken for it."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from live import Watching, get, run, temporary


def build_id(path):
    done = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True)
    return re.search("Build ID: ([0-9a-f]+)", done.stdout).group(1)


def images(events, path):
    return [e for e in events if get(e, "vigil.type") == "image" and get(e, "dll.path") == path]


def leave_behind(how):
    """A program that has ended by the time that vigil sees it, and a FIFO in its place, or
    a link to one; whether its writer was let go."""
    path, fifo = temporary("program"), temporary("fifo")
    shutil.copy("/bin/true", path)
    os.mkfifo(fifo, 0o600)
    watching = Watching("--type", "exec,image")
    watching.process.send_signal(signal.SIGSTOP)
    subprocess.run([path], check=True)
    os.unlink(path)
    if how == "link":
        os.symlink(fifo, path)
    else:
        os.rename(fifo, path)
        fifo = path
    with subprocess.Popen([sys.executable, "-c", "import sys; open(sys.argv[1], 'wb')", fifo]) \
            as writer:
        time.sleep(0.2)
        watching.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        let_go = writer.poll() is not None
        writer.kill()
    found = images(watching.stop(), path)
    assert len(found) == 1, found
    assert get(found[0], "vigil.build_id") is None
    return let_go


def test_fifo():
    """A FIFO in the place of a program that has ended: no process opens it"""
    assert not any(leave_behind("fifo") for _ in range(3))


def test_link():
    """A link to a FIFO there: no process follows it"""
    assert not any(leave_behind("link") for _ in range(3))


def test_overwritten():
    """A user's program that is overwritten in place has the build-id of what ran, or none"""
    path = temporary("program")
    wanted = {name: build_id(f"/bin/{name}") for name in ("true", "false")}
    assert wanted["true"] != wanted["false"]
    shutil.copy("/bin/true", path)
    os.chown(path, 65534, 65534)
    watching = Watching("--type", "image")
    ran = []
    for i in range(40):
        name = "true" if i % 2 == 0 else "false"
        with open(f"/bin/{name}", "rb") as source, open(path, "r+b") as program:
            program.truncate(0)
            program.write(source.read())
        time.sleep(0.03 if i % 4 < 2 else 0)  # old enough when it runs, or not
        subprocess.run([path], check=False)
        time.sleep(0.03 if i % 4 < 2 else 0)  # seen before it is written to again, or not
        ran.append(wanted[name])
    found = [get(e, "vigil.build_id") for e in images(watching.stop(), path)]
    assert len(found) == len(ran)
    wrong = [i for i in range(len(ran)) if found[i] not in (ran[i], None)]
    assert not wrong, f"{len(wrong)} wrong"
    known = [i for i in range(len(ran)) if found[i] == ran[i]]
    assert len(known) >= len(ran) / 4, f"{len(known)} known"


run(globals())
