# SPDX-License-Identifier: MIT
"""vigil record, replay and query as people use them, on the kernel that runs here."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time

import live
from live import PROGRAM, VIGIL

BURST = int(os.environ["BURST"])  # fewer with a sanitizer, which is no measure of speed


def vigil(*arguments, status=0):
    done = subprocess.run([VIGIL, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def path(name):
    return os.path.join(live.run.directory, name)


def wait_for_snapshot(name):
    """Until what already ran is in the file: from then on nothing is missed."""
    before = int(time.time() * 1e9)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            uri = f"file:{path(name)}?mode=ro"
            with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
                if database.execute("SELECT max(last_time) FROM block").fetchone()[0] > before:
                    return
        except (sqlite3.OperationalError, TypeError):
            pass  # not there yet, or empty
    raise AssertionError("nothing is recorded")


def record(name, *options, work=()):
    """Records while the commands of `work` run; gives what it said."""
    recorder = subprocess.Popen([VIGIL, "record", *options, path(name)],
                                stderr=subprocess.PIPE, text=True)
    try:
        wait_for_snapshot(name)
        for command in work:
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        time.sleep(0.5)
        recorder.send_signal(signal.SIGINT)
        said = recorder.communicate(timeout=60)[1]
    finally:
        recorder.kill()
    assert recorder.returncode == 0, said
    return said


def lines(name, *options):
    done = vigil("replay", "--format", "json", *options, path(name))
    return [live.loads(line) for line in done.stdout.splitlines()]


def test_record_and_replay():
    """what was recorded is shown again, with the parents that already ran"""
    said = record("a", work=[["/bin/echo", "find", "me"], ["/bin/sh", "-c", "/bin/true; exit 4"]])
    assert "events recorded" in said, said
    assert os.listdir(live.run.directory) == ["a"]  # no log, no lock
    assert os.stat(path("a")).st_mode & 0o777 == 0o600
    found = lines("a", "--type", "exec", "--command", "find me")
    assert [e["process"]["args"] for e in found] == [["/bin/echo", "find", "me"]]
    assert found[0]["process"]["parent"]["pid"] == os.getpid()
    assert found[0]["process"]["parent"]["name"]  # of the snapshot, which is not shown
    assert not [e for e in lines("a") if e["vigil"]["type"] == "existing"]
    assert [e for e in lines("a", "--snapshot") if e["vigil"]["type"] == "existing"]
    first = vigil("replay", path("a")).stdout
    assert first and first == vigil("replay", path("a")).stdout
    assert len(vigil("replay", "-n", "3", path("a")).stdout.splitlines()) == 3


def test_query():
    """questions: formats, wrong ones, the schema"""
    done = vigil("query", "--format", "json", path("a"),
                 "SELECT pid, command_line, exit_code FROM processes WHERE image LIKE '%/dash' "
                 "AND command_line LIKE '%exit 4%'")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["command_line"], r["exit_code"]) for r in rows] == [
        ("/bin/sh -c /bin/true; exit 4", 4)], rows
    assert vigil("query", "-f", "csv", path("a"), "SELECT 'a,\"b' AS x").stdout == 'x\n"a,""b"\n'
    table = vigil("query", path("a"), "SELECT 'x\x1b[31m' AS one, 22 AS two").stdout.splitlines()
    assert table[0].split() == ["one", "two"] and "\x1b" not in table[1]
    for wrong in ("DELETE FROM block", "ATTACH '/etc/passwd' AS x", "PRAGMA user_version = 3",
                  "SELECT nothing", "SELECT 1; SELECT 2", "", "SELECT load_extension('x')",
                  "SELECT at('never')"):
        vigil("query", path("a"), wrong, status=2)
    assert "CREATE VIEW processes" in vigil("query", "--schema").stdout
    # What --schema prints is what the file has.
    database = sqlite3.connect(path("a"))
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'view'"):
        vigil("query", path("a"), f"SELECT * FROM {name} LIMIT 3")
    database.close()


def test_query_makes_tables():
    """--no-index: the first question makes the tables"""
    record("b", "--no-index", work=[["/bin/true"]])
    count = "SELECT count(*) AS n FROM programs"
    database = sqlite3.connect(path("b"))
    assert database.execute("SELECT count(*) FROM program").fetchone() == (0,)
    database.close()
    assert int(vigil("query", "-f", "csv", path("b"), count).stdout.split()[1]) > 0


def test_keeps_up():
    """as fast as programs can be started, beside two busy processes: nothing is lost"""
    hogs = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(2)]
    try:
        said = record("f", work=[[PROGRAM, "burst", str(BURST), "2", "/bin/true"]])
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert "none lost" in said, said
    count = "SELECT count(*) AS n FROM programs WHERE image LIKE '%/true'"
    assert int(vigil("query", "-f", "csv", path("f"), count).stdout.split()[1]) >= BURST


def test_filter_keeps_context():
    """a filtered recording knows the programs of what it kept"""
    record("c", "--type", "image", "--image", "/bin/true", "--image", "true",
           work=[["/bin/true"]])
    events = lines("c", "--type", "all")
    assert {e["vigil"]["type"] for e in events} <= {"image", "status", "snapshot-end"}, events
    images = [e for e in events if e["vigil"]["type"] == "image"]
    assert images and all(e["process"]["command_line"] == "/bin/true" for e in images)


def test_second_recorder():
    """one recorder for a file; after a kill the next one says what is missing"""
    recorder = subprocess.Popen([VIGIL, "record", "-q", path("d")])
    wait_for_snapshot("d")
    assert "another vigil records" in vigil("record", path("d"), status=2).stderr
    # Reading does not disturb it.
    vigil("replay", path("d"))
    vigil("query", path("d"), "SELECT count(*) FROM process")
    recorder.kill()
    recorder.wait()
    record("d", work=[["/bin/true"]])
    assert len(json.loads(vigil("query", "-f", "json", path("d"),
                                "SELECT group_concat(ended) AS e FROM recordings").stdout)["e"]
               .split(",")) == 2
    assert "cut off" in str([e.get("message") for e in lines("d", "--type", "status")]) or \
        "without being closed" in str([e.get("message") for e in lines("d", "--type", "status")])


def test_wrong_files():
    """wrong files and wrong options are refused, and make nothing"""
    for arguments in (["record"], ["replay"], ["query"], ["query", path("a")],
                      ["record", path("x"), "y"], ["record", "--max-size", "1M", path("x")],
                      ["replay", "--speed", "fast", path("a")], ["replay", live.run.directory],
                      ["replay", path("missing")]):
        vigil(*arguments, status=2)
    vigil("record", live.run.directory, status=5)
    assert not os.path.exists(path("x")) and not os.path.exists(path("missing"))


def test_reopen():
    """SIGHUP: a recording that was moved is completed, and another begun under its name"""
    recorder = subprocess.Popen([VIGIL, "record", path("g")], stderr=subprocess.PIPE, text=True)
    wait_for_snapshot("g")
    subprocess.run(["/bin/true", "marker-1"], check=True)
    os.rename(path("g"), path("h"))
    recorder.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while not os.path.exists(path("g")):
        assert time.monotonic() < deadline and recorder.poll() is None
        time.sleep(0.01)
    time.sleep(0.2)
    subprocess.run(["/bin/true", "marker-2"], check=True)
    time.sleep(0.2)
    recorder.send_signal(signal.SIGINT)
    said = recorder.communicate(timeout=60)[1]
    assert recorder.returncode == 0 and said.count("none lost") == 2, said
    found = [[e["process"]["args"][1] for e in lines(name, "--type", "exec", "--command", "marker")]
             for name in ("h", "g")]
    assert sum(found, []) == ["marker-1", "marker-2"] and "marker-2" in found[1], found


live.run(globals())
