# SPDX-License-Identifier: MIT
"""command.py - vigil.exe on vigil.sys: what people and programs get to see."""
import json
import os
import signal
import stat
import subprocess
import time

VIGIL = r"C:\vigil.exe"
STRANGE = "\u00fcber \u65e5\u672c \U0001f600"


class Watch:
    """vigil watch beside what the test does; its events are objects of JSON."""

    def __init__(self, wine, *options):
        self.process = wine.start(VIGIL, "watch", "--format", "json", *options,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, bufsize=0)
        self.first = json.loads(self.process.stdout.readline())

    def stop(self):
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        output, self.errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, (self.process.returncode, self.errors)
        assert b"\r" not in output
        return [self.first] + [json.loads(line) for line in output.splitlines()]


def of(events, action):
    return [e for e in events if e["event"]["action"] == action]


def test_watch(wine):
    """vigil watch: a process by its path of DOS, its user by name, the host; Ctrl-C ends it"""
    command = f"C:\\fire.exe exit 7 {STRANGE}"
    watch = Watch(wine)
    assert watch.first["event"]["action"] == "started", watch.first
    started = wine.fire("spawn", command, status=7)[0]
    events = watch.stop()
    (made,), (ended,) = of(events, "start"), of(events, "end")
    process = made["process"]
    assert process["pid"] == started["pid"] and process["executable"] == "C:\\fire.exe", made
    assert process["command_line"] == command and process["name"] == "fire.exe", made
    assert process["parent"]["pid"] == started["by_pid"], made
    assert ended["process"]["entity_id"] == process["entity_id"], ended
    assert ended["process"]["exit_code"] == 7, ended
    who = made["user"]
    assert who["id"].startswith("S-1-5-") and who["name"] and who["domain"], who
    host = wine.run("cmd", "/c", "echo %COMPUTERNAME%").stdout.strip()
    assert made["host"]["name"].upper() == host, (made["host"], host)
    assert b"none lost" in watch.errors, watch.errors


def test_snapshot(wine):
    """vigil watch --snapshot: what ran before, by its path, and then the end of the snapshot"""
    watch = Watch(wine, "--snapshot", "--type", "existing")
    runs = {e["name"].lower() for e in wine.fire("list")}
    events = watch.stop()
    names = {e["process"]["name"].lower() for e in of(events, "existing")}
    assert "services.exe" in names and names <= runs, (names, runs)
    for e in of(events, "existing"):
        assert e["process"]["executable"].lower().startswith("c:\\windows\\") or \
            e["process"]["executable"] == VIGIL, e
    assert len(of(events, "snapshot_end")) == 1


def test_filter(wine):
    """filters: a backslash separates, case does not count, users have names"""
    watches = [Watch(wine, "--type", "create,status", "--image", "c:\\*\\CMD.exe"),
               Watch(wine, "--type", "create,status", "--command", "c:\\FIRE.exe exit"),
               Watch(wine, "--type", "create,status", "--image", "c:\\windows\\fire.exe")]
    for command, status in (("C:\\windows\\system32\\cmd.exe /c exit 3", 3),
                            ("C:\\fire.exe exit 4", 4)):
        wine.fire("spawn", command, status=status)
    found = [[e["process"]["name"] for e in of(w.stop(), "start")] for w in watches]
    assert found == [["cmd.exe"], ["fire.exe"], []], found
    done = wine.run(VIGIL, "watch", "--user", "nobody at all")
    assert done.returncode == 2 and "no user" in done.stderr, done


def test_files(wine):
    """a file of any name, for its owner's eyes, appended to; text goes to pipes as it is"""
    path = os.path.join(wine.c, STRANGE + ".log")
    for _ in range(2):
        done = wine.run(VIGIL, "watch", "--type", "status", "--count", "1", "--append",
                        "--output", "C:\\" + STRANGE + ".log")
        assert done.returncode == 0 and done.stdout == "", done
    with open(path, "rb") as written:
        text = written.read()
    assert text.count(b"\n") == 2 and b"\r" not in text, text
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o007 == 0, oct(os.stat(path).st_mode)
    done = wine.run(VIGIL, "watch", "--output", "C:\\windows")
    assert done.returncode == 5 and "Is a directory" in done.stderr, done
    done = wine.run(VIGIL, STRANGE)
    assert done.returncode == 2 and f"`{STRANGE}`" in done.stderr, done


def test_trace(wine):
    """vigil trace: the command, what it starts and nothing else, as a tree; its exit status"""
    done = wine.run(r"C:\fire.exe", "run",
                    VIGIL + r" trace -- cmd /c C:\fire.exe exit 5 & C:\windows\system32\whoami")
    assert done.returncode == 0, done
    for text in ("\u251c\u2500 C:\\fire.exe",
                 "\u2514\u2500 C:\\windows\\system32\\whoami", "3 processes"):
        assert text in done.stderr, done
    done = wine.run(r"C:\fire.exe", "run", VIGIL + r" trace --quiet -- C:\fire.exe exit 77")
    assert done.returncode == 77, done
    tree = [line for line in done.stderr.splitlines() if "fire.exe" in line]
    assert len(tree) == 1 and " 77 " in tree[0], done
    assert "1 process" in done.stderr and "nothing lost" in done.stderr, done


def test_trace_status(wine):
    """vigil trace: arguments arrive unchanged; commands that cannot be run have separate statuses"""
    for word in ("a b", STRANGE, 'a \\" "b\\'):
        done = wine.run(VIGIL, "trace", "--wait", "0", "--no-tree", "--", VIGIL, word)
        assert done.returncode == 2 and f"no command `{word}`;" in done.stderr, done
    for command, status in ((["no such program"], 127), ([r"C:\x.bat"], 126), ([], 125)):
        done = wine.run(VIGIL, "trace", "--", *command)
        assert done.returncode == status and done.stderr, (command, done)


def test_stats(wine):
    """vigil stats: each thread of a burst is counted, here and by the driver, none lost"""
    before = wine.statistics()
    counting = wine.start(VIGIL, "stats", "--json", "--duration", "4s",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    while wine.statistics()["readers"] <= before["readers"]:
        time.sleep(0.1)
    time.sleep(0.5)
    wine.fire("burst", "50")
    counts = json.loads(counting.communicate(timeout=60)[0])
    for name in ("thread-create", "thread-exit"):
        one, all_ = counts["types"][name], counts["driver"]["types"][name]
        assert one["produced"] == one["delivered"] == 50, one
        assert one["queued"] == 0 and sum(one["dropped"].values()) == 0, one
        assert all_["produced"] >= 50, all_
    assert counts["types"]["unknown"]["queued"] == 0, counts
    d = counts["driver"]
    assert d["produced"] == d["delivered"] + d["dropped"] + d["queued"], d


def test_stopped_driver(wine):
    """the driver is stopped while vigil watches: it says so and ends"""
    watch = Watch(wine)
    wine.service("stop", "vigil")
    _, errors = watch.process.communicate(timeout=60)
    assert watch.process.returncode == 1 and b"Was it stopped?" in errors, errors
    wine.service("start", "vigil")


def test_doctor(wine):
    """vigil doctor: the driver runs, and the whole sensor shows the doctor itself"""
    done = wine.run(VIGIL, "doctor", "--json")
    said = json.loads(done.stdout)
    checks = {c["name"]: c for c in said["checks"]}
    for name in ("release", "rights", "driver", "device", "settings", "sensor"):
        assert checks[name]["state"] == "ok", checks[name]
    assert done.returncode == said["status"] == 0, said
    assert said["uses"]["processes"] == "notify routine", said
    assert "its device" in wine.run(VIGIL, "doctor").stdout
