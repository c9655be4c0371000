# SPDX-License-Identifier: MIT
"""The commands that watch the machine, with one allocation failing in each run.

A run lists the call stacks that allocate; then each of them fails once (with
VIGIL_TEST_FAULTS=1; else a sample of them). What ends with success has to be right,
anything else has to say why: no signal, no hang.
"""
import json
import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "linux"))
import live  # noqa: E402  pylint: disable=wrong-import-position
from live import VIGIL, get, read_events, temporary  # noqa: E402

PRELOAD = os.path.realpath(os.environ["FAIL_ALLOC"])
SITES = 16384  # FAIL_ALLOC_SITES
ALL = "VIGIL_TEST_FAULTS" in os.environ
FRAMES = "8" if ALL else "2"
SAMPLE = 4


class Failing:
    """A command that ran with the first allocation of one call stack failing (0: none)."""

    def __init__(self, command, site, seconds=None):
        report = temporary("report")
        with open(report, "wb") as file:
            file.write(bytes(8 * (3 + 2 * SITES)))
        # The same addresses in each run: call stacks are compared by them.
        process = subprocess.Popen(
            ["setarch", "-R", VIGIL, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "LD_PRELOAD": PRELOAD, "FAIL_ALLOC_PROGRAM": "vigil",
                 "FAIL_ALLOC_FILE": report, "FAIL_ALLOC_SITE": str(site),
                 "FAIL_ALLOC_FRAMES": FRAMES})
        live.started.append(process)
        try:
            self.output, errors = process.communicate(timeout=seconds or 60)
        except subprocess.TimeoutExpired:
            assert seconds, "it hangs"
            process.terminate()
            self.output, errors = process.communicate(timeout=60)
        with open(report, "rb") as file:
            numbers = struct.unpack(f"<{3 + 2 * SITES}Q", file.read())
        self.failed = numbers[1] > 0
        self.sites = [site for site in numbers[3:3 + SITES] if site]
        self.errors = errors.decode(errors="replace")
        self.status = process.returncode


def fail_each(command, check, before=lambda: None, seconds=None, every=ALL):
    """Runs the command once for each call stack, or for a sample of them."""
    before()
    plain = Failing(command, 0, seconds)
    assert plain.status == 0, plain.errors
    check(plain)
    sites = plain.sites if every else plain.sites[::max(1, len(plain.sites) // SAMPLE)]
    reached, wrong = 0, []
    for site in sites:
        before()
        run = None
        try:
            run = Failing(command, site, seconds)
            reached += run.failed
            # 125: trace's own for "vigil failed"; more is a signal.
            assert 0 <= run.status <= 125, f"ended with {run.status}"
            if run.status == 0:
                check(run)
            else:
                assert run.errors.strip(), f"ended with {run.status} and no message"
        except (AssertionError, subprocess.TimeoutExpired) as error:
            wrong.append(f"{site:#x}: {error}: {run.errors[-200:] if run else ''}")
    print(f"# {len(plain.sites)} call stacks, {len(sites)} tried, {reached} failed", flush=True)
    assert not wrong, "\n".join(wrong)
    assert reached > 0


def lost(events):
    return any(get(event, "vigil.type") == "lost" for event in events)


def test_trace():
    """trace: an allocation that fails is an error, or the trace is complete"""
    path = temporary("trace.json")

    def check(_run):
        events = read_events(path)
        kinds = [get(e, "vigil.type") for e in events if get(e, "process.name") == "true"]
        assert lost(events) or ("exec" in kinds and "exit" in kinds), kinds

    fail_each(["trace", "--format", "json", "--output", path, "--", "true"], check)


def test_record():
    """record: an allocation that fails is an error, or the recording has what it says"""
    path = temporary("r.vigil")

    def before():
        for end in ("", "-wal", "-shm"):
            if os.path.exists(path + end):
                os.remove(path + end)

    def check(run):
        said = int(re.search(r"vigil: (\d+) events recorded", run.errors).group(1))
        replay = subprocess.run([VIGIL, "replay", "--format", "json", "--type", "all", path],
                                capture_output=True, timeout=60, check=True)
        events = [json.loads(line) for line in replay.stdout.splitlines()]
        assert len(events) == said, f"{len(events)} replayed, {said} recorded"

    fail_each(["record", "--duration", "100ms", path], check, before)


def test_watch_rules():
    """watch --rules: an allocation that fails is an error, or the sensor runs to its end"""
    rules = temporary("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("deny path=/nonexistent/program\n")

    def check(run):
        for line in run.output.splitlines():
            json.loads(line)

    fail_each(["watch", "--format", "json", "--snapshot", "--duration", "100ms", "--rules", rules],
              check)


def test_run():
    """run: an allocation that fails is an error, or the log and the recording are whole"""
    log, recording = temporary("log"), temporary("r.vigil")

    def before():
        for path in (log, recording, recording + "-wal", recording + "-shm"):
            if os.path.exists(path):
                os.remove(path)

    def check(_run):
        read_events(log)

    fail_each(["run", "--output", log, "--record", recording], check, before, 1)


def test_replay_alerts():
    """replay --detect: an allocation that fails is an error, or every alert is there"""
    rules, lines = temporary("rules.yml"), temporary("lines")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("title: t\nlogsource: {product: linux, category: process_creation}\n"
                   "detection: {s: {Image|contains|all: [/x, x]}, condition: s}\n")
    with open(lines, "w", encoding="utf-8") as file:
        for number in range(1, 20):
            file.write(json.dumps({
                "@timestamp": f"2026-11-20T20:14:{number:02}.000000000Z",
                "event": {"sequence": number}, "host": {"name": "h", "os": {"type": "linux"}},
                "process": {"pid": number, "name": "x", "executable": "/x" + "x" * number * 100,
                            "entity_id": f"00000001-0000-0007-0000-{number:012}"},
                "vigil": {"type": "exec"}}) + "\n")

    def check(run):
        alerts = [json.loads(line) for line in run.output.splitlines()]
        assert len(alerts) == 19, f"{len(alerts)} alerts"

    fail_each(["replay", "--format", "json", "--alerts-only", "--detect", rules, lines], check,
              every=True)


if __name__ == "__main__":
    live.run(globals())
