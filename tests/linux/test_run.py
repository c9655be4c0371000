# SPDX-License-Identifier: MIT
"""`vigil run` on the real kernel: settings, rotation, a full disk, a clean stop."""
import os
import re
import shutil
import signal
import subprocess
import time

from live import VIGIL, Running, get, loads, raw, run, temporary

UNIT = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", "vigil.service.in")


def make_execs(first, last, padding=""):
    """Programs with a number as argument, one after the other."""
    script = f"for i in $(seq {first} {last}); do /bin/true vigil-run-$i {padding}; done"
    subprocess.run(["sh", "-c", script], check=True)


def numbers(events):
    found = []
    for event in events:
        if get(event, "vigil.type") == "exec":
            match = re.search(rb"vigil-run-(\d+)", raw(event, "process.args") or b"")
            if match and get(event, "process.name") == "true":
                found.append(int(match.group(1)))
    return found


def test_rotation():
    """Every exec is in exactly one of the files, in order, whole to the last before the stop"""
    running = Running("--max-size", "64K", "--keep", "1000", "--type", "exec")
    make_execs(1, 500)
    running.stop()
    assert running.status == 0, running.errors
    assert len(running.files()) > 3, running.files()
    for name in running.files():
        assert os.stat(name).st_mode & 0o777 == 0o600
        assert os.path.getsize(name) <= 65536
    assert numbers(running.events()) == list(range(1, 501))
    assert "0 lost, 0 not written" in running.errors, running.errors


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


def reload(running):
    """SIGHUP, and until it is done, as systemd is notified."""
    running.process.send_signal(signal.SIGHUP)
    assert running.state().startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert running.state() == b"READY=1"


def test_reopen():
    """SIGHUP: log and recording continue in new files under their names, and nothing is lost"""
    recording = temporary("run.vigil")
    running = Running("--type", "exec", "--max-size", "0", "--record", recording)
    make_execs(1, 20)
    os.rename(running.log, running.log + ".1")
    os.rename(recording, recording + ".1")
    make_execs(21, 30)
    reload(running)
    make_execs(31, 40)
    reload(running)  # both have their names: nothing changes
    make_execs(41, 50)
    running.stop()
    assert running.status == 0, running.errors
    assert numbers(running.events()) == list(range(1, 51))
    old, new = numbers(replayed(recording + ".1")), numbers(replayed(recording))
    assert old + new == list(range(1, 51)) and len(old) >= 20, (old, new)
    with open(running.log, encoding="utf-8") as f:
        assert len(f.readlines()) >= 10
    assert running.errors.count("none lost") == 2, running.errors
    assert oct(os.stat(running.log).st_mode & 0o777) == "0o600"


def test_reload():
    """SIGHUP: settings are read again; wrong ones, and those for a restart, are reported"""
    config = temporary("vigil.conf")

    def write(text):
        with open(config, "w", encoding="utf-8") as f:
            f.write(text)

    def make_and_wait(first, last):
        make_execs(first, last)
        wait_until(lambda: f"vigil-run-{last}" in open(running.log, encoding="utf-8").read())

    write("type = exec,exit\nmax-size = 0\n")
    running = Running("--config", config)
    other = os.path.join(os.path.dirname(running.log), "other.log")
    make_and_wait(1, 3)
    write("type = exec\nmax-size = 0\n")
    reload(running)
    make_and_wait(4, 6)
    write("type = nothing\n")
    reload(running)
    make_and_wait(7, 9)
    write("type = exec,image\nbuffer-size = 64K\nformat = text\n")
    reload(running)
    make_execs(10, 12)
    running.stop()
    assert running.status == 0, running.errors
    with open(running.log, encoding="utf-8") as f:
        lines = f.readlines()
    events = [loads(line) for line in lines if line.startswith("{")]
    assert numbers(events) == list(range(1, 10)), events
    ended = {int(m) for m in re.findall(r"vigil-run-(\d+)", "".join(
        line for line in lines if '"type":"exit"' in line))}
    assert not ended & {4, 5, 6, 7, 8, 9, 10, 11, 12}, ended
    assert len(re.findall(r"exec .*vigil-run-1[012]", "".join(
        line for line in lines if not line.startswith("{")))) == 3, lines[-5:]
    for said in (f"{config}:1:", "the previous settings and rules stay in force", "types of events", "restart"):
        assert said in running.errors, (said, running.errors)
    assert not os.path.exists(other)


def test_reread_rules():
    """SIGHUP: the rules are read again, and what came of it is in the log"""
    rules = temporary("rules")
    with open(rules, "w", encoding="utf-8") as f:
        f.write("deny path=/nonexistent/program\n")
    running = Running("--type", "status", "--rules", rules)

    def reported():
        return sum("are in force" in str(get(e, "message")) for e in running.events())

    wait_until(lambda: reported() == 1)
    reload(running)
    wait_until(lambda: reported() == 2)
    running.stop()
    assert running.status == 0, running.errors


def test_settings():
    """Settings come from the file; the command line counts instead"""
    config = temporary("vigil.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write("# a comment\ntype = exit\nformat = text\nutc = yes\nkeep = 2\n")
    running = Running("--config", config, "--type", "exec", "--format", "json")
    make_execs(1, 3)
    running.stop()
    assert running.status == 0, running.errors
    assert {get(e, "vigil.type") for e in running.events()} <= {"exec", "lost"}
    assert numbers(running.events()) == [1, 2, 3]


def test_wrong_settings():
    """What is wrong in the settings is reported with file and line"""
    config = temporary("vigil.conf")
    for line, word in (("keep = 0", "1 to 1000"), ("colour = red", "colour"),
                       ("type = nothing", "nothing"), ("utc = maybe", "yes or no")):
        with open(config, "w", encoding="utf-8") as f:
            f.write("\n" + line + "\n")
        result = subprocess.run([VIGIL, "run", "--config", config], capture_output=True,
                                timeout=30, check=False)
        errors = result.stderr.decode()
        assert result.returncode == 2, (line, errors)
        assert f"{config}:2:" in errors and word in errors, errors


def test_full_disk():
    """On a full disk lines stay whole; what is missing is counted in the log, to the last event"""
    disk = os.path.dirname(temporary("x"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", disk], check=True)
    try:
        ballast = os.path.join(disk, "ballast")
        with open(ballast, "wb") as f:
            f.write(bytes(800 << 10))
        running = Running("--type", "exec", "--max-size", "0", "--image", "true",
                          "--command", "vigil-run-",
                          log=os.path.join(disk, "vigil.log"))
        # Each line is longer than 10000 bytes: more than disk and memory hold.
        make_execs(1, 900, "x" * 10000)
        deadline, size = time.monotonic() + 20, 0
        while time.monotonic() < deadline:  # until it is full: it no longer grows
            time.sleep(0.5)
            before, size = size, os.path.getsize(running.log)
            if size == before > 100 << 10:
                break
        with open(running.log, "rb") as f:
            content = f.read()
        assert content.endswith(b"\n"), content[-100:]
        os.unlink(ballast)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        time.sleep(1.5)
        make_execs(901, 910)
        running.stop()
        assert running.status == 5, running.errors  # something is missing
        assert "No space left" in running.errors and "again" in running.errors, running.errors
        events = running.events()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    reported = numbers(events)
    missing = sum(get(e, "vigil.lost.count") for e in events
                  if get(e, "vigil.lost.reason") == "not-written")
    others = sum(1 for e in events if get(e, "vigil.type") == "exec") - len(reported)
    assert reported == sorted(set(reported)), reported
    assert reported[-10:] == list(range(901, 911)), reported[-20:]
    assert missing > 0 and others == 0, (missing, others)
    assert len(reported) + missing == 910, (len(reported), missing)


def test_end_on_full_disk():
    """A disk that is full to the end: log, recording, messages and status have one account"""
    disk = os.path.dirname(temporary("x"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", disk], check=True)
    try:
        log, recording = os.path.join(disk, "vigil.log"), os.path.join(disk, "run.vigil")
        running = Running("--type", "exec,exit", "--max-size", "0", "--record", recording, log=log)
        make_execs(1, 400, "x" * 2000)
        running.stop()
        events = running.events()
        copy = temporary("copy.vigil")
        for end in ("", "-wal"):
            if os.path.exists(recording + end):
                shutil.copy(recording + end, copy + end)
        recorded = replayed(copy, "--type", "all")  # losses of every type
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    assert running.status == 5, running.errors
    wholes = []
    for found, name, word in ((events, log, "written to"), (recorded, recording, "recorded in")):
        losses = [e for e in found if get(e, "vigil.lost.reason") == "not-written"]
        missing = sum(get(e, "vigil.lost.count") for e in losses)
        numbered = [get(e, "event.sequence") for e in found]
        assert missing > 0 and numbered == sorted(set(numbered)), numbered[-5:]
        said = re.search(rf"(\d+) events {word} {name}, (\d+) lost.*, (\d+) not written",
                         running.errors)
        # The log counts its lines; the recording what it was given.
        lines = len(found) - (len(losses) if name == recording else 0)
        assert said and (int(said[1]), int(said[3])) == (lines, missing), (lines, missing,
                                                                          running.errors)
        wholes.append(len(found) - len(losses) + missing)
    assert 800 <= wholes[0] <= wholes[1], wholes  # that also misses what would name processes


def replayed(path, *options):
    """The events of a recording."""
    done = subprocess.run([VIGIL, "replay", "--format", "json", *options, path], capture_output=True,
                          timeout=30, check=True)
    return [loads(line) for line in done.stdout.splitlines()]


def test_recording():
    """A recording beside the log has the same events, and names what ran before it"""
    recording = temporary("run.vigil")
    config = temporary("vigil.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write(f"record = {recording}\nrecord-max-size = 16M\nrecord-max-age = 1d\n")
    running = Running("--config", config, "--type", "exec,exit")
    make_execs(1, 50)
    running.stop()
    assert running.status == 0, running.errors
    assert f"recorded in {recording}, none lost" in running.errors, running.errors
    recorded = replayed(recording)
    assert recorded == running.events()
    assert numbers(recorded) == list(range(1, 51))
    with open("/proc/self/comm", encoding="utf-8") as f:
        name = f.read().strip()
    assert any(get(e, "process.parent.pid") == os.getpid() and
               get(e, "process.parent.name") == name for e in recorded), recorded
    assert os.stat(recording).st_mode & 0o777 == 0o600


def test_recording_refused():
    """A recording that another has, or that is none, is reported; the log continues"""
    recording = temporary("run.vigil")
    first = Running("--type", "exec", "--record", recording)
    second = Running("--type", "exec", "--record", recording)
    third = Running("--type", "exec", "--record", __file__)
    make_execs(1, 5)
    for running in (first, second, third):
        running.stop()
        assert numbers(running.events()) == list(range(1, 6))
    assert first.status == 0, first.errors
    for running in (second, third):
        assert running.status == 5, running.errors
        assert "continues without a recording" in running.errors, running.errors
    assert numbers(replayed(recording)) == list(range(1, 6))


def test_recording_full_disk():
    """While the recording's disk is full, this is reported, the log continues, and then both do"""
    disk = os.path.dirname(temporary("x"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", disk], check=True)
    try:
        recording = os.path.join(disk, "run.vigil")
        running = Running("--type", "exec", "--image", "true", "--record", recording)
        make_execs(1, 150, "x" * 10000)
        time.sleep(1.5)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        time.sleep(2.5)
        running.stop()
        recorded = replayed(recording)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    assert running.status == 0, running.errors
    assert "disk is full" in running.errors, running.errors
    assert f"{recording} can be written again" in running.errors, running.errors
    assert numbers(running.events()) == numbers(recorded) == list(range(1, 151))


def test_second_writer():
    """Two cannot write to one log"""
    running = Running("--type", "exec")
    second = subprocess.run([VIGIL, "run", "--output", running.log], capture_output=True,
                            timeout=30, check=False)
    running.stop()
    assert second.returncode == 5, second.returncode
    assert b"Another program writes to it" in second.stderr, second.stderr


def test_capabilities():
    """The capabilities of the unit are enough, and each that loading needs is needed"""
    with open(UNIT, encoding="utf-8") as f:
        line = re.search(r"^CapabilityBoundingSet=(.*)$", f.read(), re.M).group(1)
    names = [name.removeprefix("CAP_").lower() for name in line.split()]

    def only(wanted):
        return ["setpriv", "--bounding-set", ",".join(["-all"] + ["+" + n for n in wanted]),
                "--inh-caps", "-all", "--no-new-privs"]

    running = Running("--type", "exec,exit,image", before=only(names))
    make_execs(1, 20)
    running.stop()
    assert running.status == 0, running.errors
    assert numbers(running.events()) == list(range(1, 21))
    assert any(get(e, "vigil.type") == "image" for e in running.events())
    for without in ("bpf", "perfmon"):
        rest = [name for name in names if name != without]
        result = subprocess.run([*only(rest), VIGIL, "run", "--output", temporary("log")],
                                capture_output=True, timeout=30, check=False)
        assert result.returncode == 3, (without, result.stderr)


run(globals())
