# SPDX-License-Identifier: MIT
"""Rules stay in force: while they are edited, under load, against a hostile caller, as long as
their enforcer."""
import os
import resource
import signal
import subprocess
import time

import live
from enforced import START, Enforced, folder, program, runs


def test_edits():
    """An edit takes effect as a whole; one with a mistake changes nothing and is reported"""
    here = folder()
    one, two = program(here + "/one"), program(here + "/two")
    with Enforced(f"deny path={one} id=one") as enforced:
        assert not runs(one) and runs(two)
        enforced.write(f"deny path={two} id=two", f"  deny pat={one}")
        enforced.wait_for(f"{enforced.rules}:2:8: unknown word `pat`")
        assert not runs(one) and runs(two)
        enforced.write(f"deny path={two} id=two")
        enforced.wait_for("are in force", 2)
        assert runs(one) and not runs(two)
        os.unlink(enforced.rules)
        enforced.wait_for("stay in force", 2)
        assert not runs(two)
        enforced.write(f"deny path={one} id=one", f"deny path={two} id=two")
        enforced.wait_for("are in force", 3)
        listed = subprocess.run([live.VIGIL, "rules", "load", "--rules", enforced.rules],
                                capture_output=True, timeout=60, check=True).stdout.decode()
        assert "2 rules" in listed, listed
        assert not runs(one) and not runs(one)
        time.sleep(1.5)
        listed = subprocess.run([live.VIGIL, "rules", "list", "--rules", enforced.rules],
                                capture_output=True, timeout=60, check=True).stdout.decode()
        # What matched before the edits counts on: two keeps its id in two of the sets.
        hits = dict(line.split()[:2] for line in listed.splitlines()[1:])
        assert hits == {"one": "2", "two": "2", "unknown": "0"}, listed


def test_rewritten_in_place():
    """1,000 times truncated and written again: the forbidden program never starts"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    text = "# a comment\n" * 50 + f"deny path={bad} id=bad\n" + "# another\n" * 50
    with Enforced(*text.splitlines()) as enforced:
        mark = live.temporary("mark")
        process = subprocess.Popen([START, "2500", bad, good, mark], stdout=subprocess.PIPE)
        rewritten = 0
        while process.poll() is None:
            # Now in one piece, now in many; with a moment in which it is empty and closed.
            with open(enforced.rules, "w", encoding="utf-8") as file:
                for piece in [text] if rewritten % 3 else text.splitlines(keepends=True):
                    file.write(piece)
                    file.flush()
            if rewritten % 5 == 0:
                os.truncate(enforced.rules, 0)
                time.sleep(0.01)
                with open(enforced.rules, "w", encoding="utf-8") as file:
                    file.write(text)
            rewritten += 1
            time.sleep(0.002)
        refused = int(process.communicate(timeout=120)[0].split()[0])
        print(f"# {rewritten} rewrites, {refused} of 2,500 refused")
        assert refused == 2500 and not os.path.exists(mark), refused
        assert rewritten >= 50, rewritten
        # A writer that pauses in the middle, and one that leaves an empty file.
        with open(enforced.rules, "w", encoding="utf-8") as file:
            file.write("# the rules will follow\n")
            file.flush()
            time.sleep(1)
            assert not runs(bad), "a writer paused"
            file.write(f"deny path={good} id=good\n")
        deadline = time.monotonic() + 5
        while runs(good):
            assert time.monotonic() < deadline, "the new rules never came into force"
        assert runs(bad)
        with open(enforced.rules, "w", encoding="utf-8"):
            pass
        assert not runs(good), "an empty file takes a while"
        while not runs(good):
            assert time.monotonic() < deadline, "an empty file never came into force"


def test_swapped_under_load():
    """40 swaps of the whole set while forbidden programs are started: none gets through"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with Enforced("deny name=bad") as enforced:
        mark = live.temporary("mark")
        process = subprocess.Popen([START, "3000", bad, good, mark], stdout=subprocess.PIPE)
        for i in range(40):
            enforced.write(f"deny path={bad}" if i % 2 else f"deny folder={here}",
                           f"allow path={good}") if i % 3 else enforced.write(
                               f"allow path={good}", "deny name=bad")
            time.sleep(0.02)
        refused, fine, _, _ = process.communicate(timeout=120)[0].split()
        assert int(refused) == 3000, refused
        assert not os.path.exists(mark)


def test_killed():
    """kill -9 of the enforcer, while it has questions: the machine continues"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    for _ in range(5):
        enforced = Enforced("deny name=bad", f"audit folder={here}")
        process = subprocess.Popen([START, "500", bad, good, live.temporary("mark")],
                                   stdout=subprocess.PIPE)
        time.sleep(0.05)
        enforced.process.send_signal(signal.SIGKILL)
        enforced.process.wait(timeout=20)
        process.communicate(timeout=60)
        assert runs(bad)


def test_hostile_caller():
    """Who makes a look at its arguments wait forever is refused soon, and delays no other start"""
    here = folder()
    bad, other = program(here + "/bad"), program(here + "/other")
    with Enforced(f"deny path={bad} id=bad", f"deny path={other} id=other") as enforced:
        hostile = subprocess.Popen([START, "hang", bad], stdout=subprocess.PIPE)
        error, took = hostile.stdout.readline().split()
        assert int(error) == 1 and int(took) < 5000, (error, took)
        for _ in range(20):
            begun = time.monotonic()
            assert not runs(other)
            assert time.monotonic() - begun < 5
        hostile.kill()
        hostile.wait()
    event, = enforced.denied("bad")
    assert "args" in live.get(event, "vigil.unreadable"), event
    assert len(enforced.denied("other")) == 20


def test_no_descriptors():
    """Without a descriptor the kernel cannot ask: it refuses the start, and that is reported"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with Enforced("deny name=bad id=bad") as enforced:
        pid = enforced.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        mark = live.temporary("mark")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        for path in (bad, good):
            try:
                status = subprocess.run([path, mark], timeout=20, check=False).returncode
            except OSError:
                status = 126
            assert status != 0 and not os.path.exists(mark), path
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        assert runs(good) and not runs(bad)
        enforced.wait_for("could not open their files for the sensor: Too many open files")


def test_ends():
    """It ends by itself with rules in force, and they end with it"""
    here = folder()
    bad = program(here + "/bad")
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("deny name=bad\n")
    result = subprocess.run([live.VIGIL, "watch", "--rules", rules, "--duration", "1s"],
                            capture_output=True, timeout=30, check=False)
    assert result.returncode == 0, result.stderr
    assert runs(bad)


def test_ten_thousand():
    """10,000 rules: read in less than a second, in force soon, and exact"""
    here = folder()
    bad = program(here + "/bad")
    lines = [f"deny path=/usr/lib/none/{i % 50}/program-{i}" for i in range(5000)]
    lines += [f"deny name=none-{i}" for i in range(4000)]
    lines += [f"deny folder=/opt/none/{i}" for i in range(999)] + [f"deny path={bad} id=bad"]
    begun = time.monotonic()
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    result = subprocess.run([live.VIGIL, "rules", "test", bad, "--rules", rules],
                            capture_output=True, timeout=60, check=False)
    took = time.monotonic() - begun
    assert result.returncode == 7, result
    print(f"# 10,000 rules read, resolved and asked in {took:.2f} s")
    assert took < 1 or os.getloadavg()[0] > 2, took
    with Enforced(*lines):
        assert not runs(bad)
        assert runs(program(here + "/good"))


live.run(globals())
