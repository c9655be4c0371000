# SPDX-License-Identifier: MIT
"""driver.py - vigil.sys in Wine: what it records of what really happens."""
import os
import subprocess
import time

from wine import BUILD, DRIVERS, Reader, of, one

# enum vigil_origin, vigil_part_origin, vigil_loss of event.h; NTSTATUS
FIRST, LOCAL, REMOTE = 1, 2, 3
SOURCE_FILTER = 4
OVERWRITTEN = 2
ACCESS_DENIED = 0xc0000022
# The machine produces other events than the test: only these types are compared.
OWN = ("existing", "existing-thread", "snapshot-end", "status")


def numbers(events):
    return [e["seq"] for e in events if e["what"] != "lost"]


def check_whole(events):
    got = numbers(events)
    assert got == list(range(got[0], got[0] + len(got))), got


def device_path(path):
    """Wine's first volume is drive C."""
    assert path.startswith("C:\\")
    return r"\Device\HarddiskVolume1" + path[2:]


def test_start(wine):
    """the driver as it was built is installed, started, and registers its three routines"""
    wine.install("rig")
    wine.service("start", "rig")
    wine.install("vigil")
    wine.service("start", "vigil")
    c = wine.counts()
    assert (c["process_routines"], c["thread_routines"], c["image_routines"]) == (1, 1, 1), c
    assert c["modules"] == 1 and c["blocks"] > 0, c
    with open(wine.driver_file("vigil"), "rb") as ran, \
            open(os.path.join(BUILD, DRIVERS["vigil"]), "rb") as built:
        assert ran.read() == built.read()


def test_snapshot(wine):
    """existing processes are reported, each with its parent and its threads"""
    r = Reader(wine)
    runs = {e["pid"]: e for e in wine.fire("list")}
    events = r.stop()
    check_whole(events)
    existing = {e["pid"]: e for e in of(events, "existing")}
    end = one(events, "snapshot-end")
    threads = of(events, "existing-thread")
    assert (end["processes"], end["threads"]) == (len(existing), len(threads)), end
    # The programs of the test came later, and who had the driver started has ended.
    for pid, e in runs.items():
        assert pid in existing or e["name"] in ("fire.exe", "reader.exe"), e
    for pid, e in existing.items():
        if pid not in runs:
            assert e["image"].endswith(("\\sc.exe", "\\start.exe")), e
            continue
        assert e["parent"] == runs[pid]["parent"] and e["start_key"] != 0, e
        assert e["image"].lower().endswith("\\" + runs[pid]["name"].lower()), e
        assert of(threads, "existing-thread", pid=pid, start_key=e["start_key"]), e


def test_process(wine):
    """a process: PIDs, creator, path, command line beyond ASCII, first thread, exit code"""
    command = "C:\\fire.exe exit 7 \u00fcber \u65e5\u672c \U0001f600 \"a b\""
    r = Reader(wine)
    done = wine.fire("spawn", command, status=7)
    events = r.stop()
    real = one(done, "started")
    e = one(events, "create")
    for name in ("pid", "by_pid", "by_tid", "command"):
        assert e[name] == real[name], (name, e, real)
    assert e["command"] == command and e["parent"] == real["by_pid"]
    assert e["image"] == device_path(real["image"]) and e["image_source"] == SOURCE_FILTER, e
    assert e["flags"] == 0 and e["user_bytes"] >= 12 and e["integrity"] >= 0x2000, e
    assert abs(e["start"] / 1e9 - time.time()) < 300, e
    first = one(events, "thread-create", pid=e["pid"])
    assert (first["tid"], first["origin"], first["by_tid"]) == (real["tid"], FIRST, real["by_tid"])
    last = one(events, "thread-exit", pid=e["pid"])
    assert (last["tid"], last["by_tid"], last["code"]) == (real["tid"], real["tid"], 7), last
    end = one(events, "exit", pid=e["pid"])
    assert end["code"] == 7 and end["parent"] == real["by_pid"] and end["lifetime"] > 0, end
    assert e["start_key"] == first["start_key"] == last["start_key"] == end["start_key"] != 0
    assert e["seq"] < first["seq"] < last["seq"] < end["seq"]
    assert of(events, "remote-thread") == []
    check_whole(events)


def test_long_command(wine):
    """a command line of 32,000 characters arrives whole"""
    command = "C:\\fire.exe exit 0 " + "\u00e4" * 31980
    r = Reader(wine)
    wine.fire("spawn", command)
    assert one(r.stop(), "create")["command"] == command


def test_threads(wine):
    """a thread of another process is remote, a process's own and its first are not"""
    r = Reader(wine)
    done = wine.fire("remote", r"C:\fire.exe sleep 60000")
    own = one(wine.fire("thread"), "thread")
    events = r.stop()
    real = one(done, "remote")
    e = one(events, "remote-thread")
    for name in ("pid", "tid", "by_pid", "by_tid", "address"):
        assert e[name] == real[name], (name, e, real)
    assert e["origin"] == REMOTE
    assert one(events, "thread-create", tid=real["tid"])["origin"] == REMOTE
    assert one(events, "thread-create", tid=one(done, "started")["tid"])["origin"] == FIRST
    local = one(events, "thread-create", tid=own["tid"])
    assert (local["origin"], local["address"]) == (LOCAL, own["address"]), local
    ended = one(events, "thread-exit", tid=own["tid"])
    assert ended["code"] == 7 and ended["lifetime"] > 0, ended
    assert ended["by_pid_then"] == local["by_pid"], ended
    assert ended["address"] == one(events, "thread-create", tid=own["tid"])["address"], ended
    check_whole(events)


def test_image(wine):
    """a library: its process, path, address and size"""
    r = Reader(wine)
    real = one(wine.fire("image", "version.dll"), "image")
    e = one(r.stop(), "image")
    assert (e["pid"], e["by_tid"]) == (real["pid"], real["tid"])
    assert (e["base"], e["size"]) == (real["base"], real["size"])
    assert e["image"] == device_path(real["path"]) and e["image_source"] == SOURCE_FILTER
    assert e["start_key"] != 0


def test_driver_load(wine):
    """a driver that Wine really loads, reported by Wine itself"""
    wine.install("null")
    r = Reader(wine)
    wine.service("start", "null")
    e = one(r.stop(), "driver")
    wine.service("stop", "null")
    wine.uninstall("null")
    assert e["pid"] == 0 and e["base"] != 0 and e["size"] >= 4096, e
    assert e["image"].lower().endswith(r"\drivers\null.sys"), e


def proof(wine):
    """A file that a command makes when it runs, and whether it did."""
    path = os.path.join(wine.c, "proof.txt")
    made = os.path.exists(path)
    if made:
        os.remove(path)
    return made


def test_denied(wine):
    """a start that a rule denies does not happen, and its creator gets access denied"""
    command = r"C:\windows\system32\cmd.exe /c echo ran> C:\proof.txt"
    wine.ask("rules", "deny", "name", "CMD.EXE", "deny", "exact", r"C:\none.exe")
    r = Reader(wine)
    done = wine.fire("spawn", command, status=5)
    wine.fire("spawn", r"C:\fire.exe exit 0")
    events = r.stop()
    real = one(done, "refused")
    assert real["status"] == ACCESS_DENIED and not proof(wine)
    assert one(done, "ended")["code"] == ACCESS_DENIED
    e = one(events, "denied")
    assert (e["pid"], e["by_tid"], e["command"]) == (real["pid"], real["by_tid"], command), e
    assert (e["rule"], e["status"], e["hits"]) == ("r1", ACCESS_DENIED, 1), e
    assert of(events, "create", pid=real["pid"]) == [] and len(of(events, "create")) == 1
    check_whole(events)

    wine.ask("rules", "audit", "wildcard", r"*\system32\cmd.exe")
    r = Reader(wine)
    real = one(wine.fire("spawn", command), "started")
    events = r.stop()
    assert proof(wine)
    assert one(events, "create")["pid"] == one(events, "denied")["pid"] == real["pid"]
    wine.ask("rules")
    r = Reader(wine)
    wine.fire("spawn", command)
    assert proof(wine) and of(r.stop(), "denied") == []


def test_four_at_once(wine):
    """four programs at full speed: all of 2,400 events, in order, none twice"""
    r = Reader(wine)
    firing = [wine.start(r"C:\fire.exe", "burst", "300", stdout=subprocess.PIPE, text=True)
              for _ in range(4)]
    truth = []
    for child in firing:
        output, _ = child.communicate(timeout=120)
        assert child.returncode == 0
        truth.append([line.split('"tid":')[1].split(",")[0] for line in output.splitlines()])
    events = r.stop()
    check_whole(events)
    assert r.ledger["lost"] == 0
    reported = {}
    for e in events:
        if e["what"] not in OWN:
            reported.setdefault((e["what"], e["pid"]), []).append(str(e["tid"]))
    assert sorted(reported.values()) == sorted(truth * 2)  # created, and ended
    assert all(of(events, "thread-create")[i]["origin"] == LOCAL for i in range(1200))


def test_two_readers(wine):
    """two readers see the same, and killing one does not affect the other"""
    a, b, c = Reader(wine), Reader(wine), Reader(wine)
    wine.fire("burst", "20")
    c.process.kill()  # with two reads pending
    c.process.wait()
    wine.fire("burst", "20")
    first, second = a.stop(), b.stop()
    events = [e for e in first if e["what"] not in OWN]
    assert len(events) == 80
    assert events == [e for e in second if e["what"] not in OWN]
    deadline = time.monotonic() + 20
    while wine.statistics()["readers"] != 1:  # its own
        assert time.monotonic() < deadline, "the killed reader's handle is still open"


def test_losses(wine):
    """a queue that is too small: counters are exact, and losses are reported"""
    restart(wine, QueueBytes=512 * 1024)
    wine.fire("repeat", "5600")
    s = wine.statistics()
    assert s["produced"] == s["delivered"] + s["dropped"] + s["queued"], s
    assert s["dropped"] > 0, s
    r = Reader(wine)
    events = r.stop()
    lost = sum(e["count"] for e in of(events, "lost"))
    assert lost == s["dropped"] and {e["reason"] for e in of(events, "lost")} == {OVERWRITTEN}
    assert len([e for e in numbers(events) if e != events[0]["seq"]]) == s["queued"], s
    assert numbers(events)[-1] == s["produced"]


def test_speed(wine):
    """reads of a full queue"""
    restart(wine, QueueBytes=4 * 1024 * 1024)
    wine.fire("repeat", "5000")
    count = wine.statistics()["queued"]
    d = one(wine.ask("drain", str(count), "40"), "drained")
    assert d["records"] == 40 * count
    seconds = d["us"] / 1e6
    print(f"    {d['records'] / seconds:,.0f} records/s, {d['bytes'] / seconds / 2**20:.0f} MiB/s, "
          f"{d['bytes'] // d['reads']} bytes a read")


def test_starts_and_stops(wine):
    """started and stopped again and again: nothing is left"""
    for _ in range(8):
        wine.service("stop", "vigil")
        check_nothing_left(wine)
        wine.service("start", "vigil")


def restart(wine, **settings):
    wine.service("stop", "vigil")
    for name, value in settings.items():
        wine.setting(name, value)
    wine.service("start", "vigil")


def check_nothing_left(wine):
    c = wine.counts()
    assert c["blocks"] == c["bytes"] == c["bad_frees"] == c["names"] == c["modules"] == 0, c
    assert c["process_routines"] == c["thread_routines"] == c["image_routines"] == 0, c
