#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_correlation.py - alerts of correlation rules in replay."""
import json
import os
import subprocess

from tap import VIGIL, run

RULES = """title: Enumeration
name: enumeration
logsource:
    product: linux
    category: process_creation
detection:
    selection:
        Image|endswith: '/id'
    condition: selection
---
title: Much enumeration
id: 0e95725d-7320-415d-80f7-004da920fc11
level: high
correlation:
    type: event_count
    rules:
        - enumeration
    group-by:
        - CurrentDirectory
    timespan: 10s
    condition:
        %s: 3
"""


def event(second, image, directory):
    return {"@timestamp": f"2026-11-20T20:14:{second:02}.000000000Z", "event": {"sequence": second + 1},
            "host": {"name": "h", "os": {"type": "linux"}},
            "process": {"pid": 7 + second, "name": "x", "executable": image,
                        "entity_id": f"00000001-0000-0007-0000-{second + 1:012}",
                        "working_directory": directory}, "vigil": {"type": "exec"}}


def on_events(directory, condition, events, *command):
    """Runs a command whose last arguments are the rules and the events."""
    rules, lines = os.path.join(directory, "rules.yml"), os.path.join(directory, "lines")
    with open(rules, "w", encoding="utf-8") as out:
        out.write(RULES % condition)
    with open(lines, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in events)
    return subprocess.run([VIGIL, *command, rules, lines], capture_output=True, timeout=60,
                          check=False, text=True)


def replay(directory, condition, events, said=None):
    """The alerts of these events. said: what standard error must contain."""
    done = on_events(directory, condition, events, "replay", "--format", "json", "--alerts-only",
                     "--detect")
    assert done.returncode == 0 and (said or "") in done.stderr, done
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_count(directory):
    """three hits in a group within the timespan are one alert; the hits are none"""
    events = [event(0, "/usr/bin/id", "/a"), event(1, "/usr/bin/id", "/b"),
              event(2, "/usr/bin/id", "/a"), event(3, "/usr/bin/ls", "/a"),
              event(4, "/usr/bin/id", "/a"), event(5, "/usr/bin/id", "/a")]
    (alert,) = replay(directory, "gte", events)
    assert alert["@timestamp"].startswith("2026-11-20T20:14:04"), alert
    assert alert["event"]["kind"] == "alert", alert
    assert alert["rule"]["name"] == "Much enumeration", alert
    assert alert["process"]["entity_id"].endswith("000000000005"), alert
    assert "CurrentDirectory=/a" in json.dumps(alert) and "count=3" in json.dumps(alert), alert


def test_frame(directory):
    """less than three hits in the timespan: known when it has passed, and of no process"""
    events = [event(0, "/usr/bin/id", "/a"), event(20, "/usr/bin/ls", "/b")]
    (alert,) = replay(directory, "lt", events)
    assert "CurrentDirectory=/a" in json.dumps(alert) and "count=1" in json.dumps(alert), alert
    assert "pid" not in alert.get("process", {}), alert
    assert replay(directory, "lt", events[:1]) == []  # not known yet


def test_late(directory):
    """hits that come too late to be counted are reported"""
    events = [event(second, "/usr/bin/id", "/a") for second in (30, 31, 5, 6, 7)]
    assert replay(directory, "gte", events, said="correlations did not count 3 hits") == []


TWO_GROUPS = [event(0, "/usr/bin/id", "/a"), event(1, "/usr/bin/id", "/b"),
              event(2, "/usr/bin/id", "/a"), event(3, "/usr/bin/ls", "/a"),
              event(4, "/usr/bin/id", "/a"), event(5, "/usr/bin/id", "/a")]


def test_why(directory):
    """detect test: why a correlation matches, and how near it came where it does not"""
    done = on_events(directory, "gte", TWO_GROUPS, "detect", "test")
    assert done.returncode == 0, done
    assert "match: Much enumeration (correlation)" in done.stdout, done.stdout
    assert "CurrentDirectory is /a" in done.stdout, done.stdout
    assert "the count of events is 3; wanted: gte 3 within 10 s; first to last hit: 4 s" \
        in done.stdout, done.stdout
    assert "5 hits of its rules counted, 1 matches" in done.stdout, done.stdout
    done = on_events(directory, "gte", TWO_GROUPS[:4], "detect", "test")
    assert "Much enumeration (correlation)" not in done.stdout, done.stdout
    assert "3 hits of its rules counted, 0 matches" in done.stdout, done.stdout
    assert "the count of events was 1 to 2; wanted: gte 3" in done.stdout, done.stdout


def test_stats(directory):
    """detect stats: counts and CPU time of rules and of correlations"""
    done = on_events(directory, "gte", TWO_GROUPS * 50, "detect", "stats", "--json", "--all")
    rows = {row["title"]: row for row in map(json.loads, done.stdout.splitlines())}
    rule, correlation = rows["Enumeration"], rows["Much enumeration"]
    assert (rule["kind"], correlation["kind"]) == ("rule", "correlation"), rows
    assert rule["hits"] == rule["evaluated"] == 250, rule
    assert correlation["evaluated"] + correlation["limits"] == 250, correlation
    assert correlation["hits"] > 0 and correlation["cpu_ns"] > 0, correlation
    table = on_events(directory, "gte", TWO_GROUPS, "detect", "stats").stdout.splitlines()
    assert table[0].split()[:6] == ["HITS", "UNDECIDED", "LIMITS", "EVALUATED", "CPU", "ms"], table
    assert [line.split()[0] for line in table[1:]] == ["5", "1"], table
    assert table[2].endswith("(correlation)"), table


run(globals())
