#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_views.py - tree, report and export of what really happened, recorded and live."""
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

from live import PROGRAM, VIGIL, run, started, temporary

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))
from check_trace import check  # pylint: disable=wrong-import-position

JOB = ["sh", "-c", "sh -c '/bin/true deep; /bin/false; :'; sh -c 'kill -9 $$'; "
       "/bin/true shallow; :"]


def recorded():
    """A recording of the job and the job's PID, made once."""
    if not recorded.path:
        recorded.path = temporary("job.vigil")
        record = subprocess.Popen([VIGIL, "record", "--quiet", recorded.path])
        started.append(record)
        deadline = time.monotonic() + 20
        while vigil("tree", recorded.path).stdout.count("\n") < 5:  # what ran before
            assert time.monotonic() < deadline, "nothing is recorded"
            time.sleep(0.2)
        job = subprocess.Popen(JOB, stderr=subprocess.DEVNULL)
        job.wait()
        recorded.pid = job.pid
        time.sleep(0.2)
        record.send_signal(signal.SIGINT)
        assert record.wait(timeout=30) == 0
    return recorded.path, recorded.pid


recorded.path = None


def vigil(*arguments, **more):
    return subprocess.run([VIGIL, *arguments], capture_output=True, text=True, timeout=120,
                          check=False, **more)


def test_tree():
    """the tree of a recording: which process started which, with ends, below all ancestors"""
    path, pid = recorded()
    done = vigil("tree", path, "--children-of", str(pid), "--width", "0")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(tuple("0123456789"))]
    depth = {}
    for line in lines[:-1]:
        depth[re.sub(r"^.*?[└├]─ ", "", line)] = len(re.search(r"[│ ]*[└├]─|$", line[52:]).group())
    shell = "sh -c '/bin/true deep; /bin/false; :'"
    ends = {re.sub(r"^.*?[└├]─ ", "", line): line[43:52].strip() for line in lines}
    assert depth["/bin/true deep"] == depth["/bin/false"] == depth[shell] + 3, depth
    assert depth["/bin/true shallow"] == depth[shell]
    assert ends["/bin/true deep"] == "0" and ends["/bin/false"] == "1", ends
    assert ends["sh -c 'kill -9 $$'"] == "KILL", ends
    assert lines[0].startswith("1 ") or str(os.getpid()) in done.stdout, "its ancestors"


def test_json_is_as_good():
    """the same tree of a recording and of its JSON through a pipe"""
    path, _ = recorded()
    lines = vigil("replay", "--quiet", "--type", "all", "--snapshot", "--format", "json", path)
    assert lines.returncode == 0, lines.stderr
    reported = [vigil("tree", "--width", "0", path).stdout,
                vigil("tree", "--width", "0", "-", input=lines.stdout).stdout]
    assert reported[0] == reported[1] and reported[0].count("\n") > 10


def test_tree_live():
    """--live shows what ran before and what began since"""
    tree = subprocess.Popen([VIGIL, "tree", "--live", "--width", "0"], stdout=subprocess.PIPE,
                            text=True)
    started.append(tree)
    time.sleep(1)
    subprocess.run(["/bin/true", "seen-live"], check=True)
    time.sleep(0.2)
    tree.send_signal(signal.SIGINT)
    output = tree.communicate(timeout=30)[0]
    assert tree.returncode == 0
    assert "/bin/true seen-live" in output and "that ran before" in output


def test_report_file():
    """a report is whole or not there, for its owner alone, and keeps what was before"""
    path, pid = recorded()
    page = temporary("page.html")
    done = vigil("report", path, "-o", page)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(os.stat(page).st_mode) == 0o600
    with open(page, encoding="utf-8") as f:
        text = f.read()
    data = json.loads(text.split('type="application/json">')[1].split("</script>")[0])
    row = data["p"]["pid"].index(pid)
    assert data["s"][data["p"]["m"][row]].startswith("sh -c"), row
    assert data["totals"]["failed"] >= 2 and data["totals"]["lost"] == 0
    # What cannot be read leaves the page as it was.
    for wrong in ("/nonexistent/recording", os.path.dirname(page), "/bin/true"):
        done = vigil("report", wrong, "-o", page)
        assert done.returncode != 0 and wrong in done.stderr, (wrong, done)
    with open(page, encoding="utf-8") as f:
        assert f.read() == text
    done = vigil("report", path, "-o", os.path.dirname(page))
    assert done.returncode == 5 and "directory" in done.stderr, done
    assert sorted(os.listdir(os.path.dirname(page))) == ["page.html"]


def test_full_disk():
    """no space: a clear error, its exit status, no half of a page"""
    path, _ = recorded()
    for arguments in (["report"], ["export", "--perfetto"], ["tree"]):
        done = vigil(*arguments, path, "-o", "/dev/full")
        assert done.returncode == 5 and "No space" in done.stderr, (arguments, done)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([VIGIL, "export", "--perfetto", path], stdout=writer,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert done.returncode == 6 and "has gone" in done.stderr, done


def test_killed():
    """killed while it watches: the page of before stays, whatever is left beside it"""
    page = temporary("page.html")
    with open(page, "w", encoding="utf-8") as f:
        f.write("before")
    report = subprocess.Popen([VIGIL, "report", "--live", "-o", page])
    started.append(report)
    time.sleep(1)
    report.kill()
    report.wait()
    with open(page, encoding="utf-8") as f:
        assert f.read() == "before"


def test_export():
    """the trace of a recording and of a burst keeps the rules of its format"""
    path, pid = recorded()
    out = temporary("trace.json")
    assert vigil("export", "--perfetto", path, "-o", out).returncode == 0
    with open(out, encoding="utf-8") as f:
        trace = json.load(f)
    check(trace)
    names = [e["name"] for e in trace["traceEvents"] if e["ph"] == "B" and e["pid"] == pid]
    assert names[-1] in ("dash", "sh", "bash"), names
    live = subprocess.Popen([VIGIL, "export", "--perfetto", "--live", "-o", out])
    started.append(live)
    time.sleep(1)
    subprocess.run([PROGRAM, "burst", "500", "2", "/bin/true"], check=True)
    time.sleep(0.3)
    live.send_signal(signal.SIGTERM)
    assert live.wait(timeout=30) == 0
    with open(out, encoding="utf-8") as f:
        counts = check(json.load(f))
    assert counts["s"] == counts["f"] >= 500, counts


run(globals())
