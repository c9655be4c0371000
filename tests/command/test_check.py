#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_check.py - `vigil run --check`: every mistake with its place, and nothing is started."""
import os
import re
import subprocess

from tap import VIGIL, run

RULE = """title: {0}
logsource:
    category: process_creation
detection:
    one:
        CommandLine: x
    condition: {0}
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def check(*options):
    """The status, and the places that are said: file and line."""
    done = subprocess.run([VIGIL, "run", "--check", *options], capture_output=True, timeout=30,
                          check=False, text=True)
    return done.returncode, re.findall(r"^vigil: (/[^:]+:\d+):", done.stderr, re.M), done


def test_everything(directory):
    """Settings, exclusions, rules, detection rules, outputs: all mistakes at once, and only those"""
    exclude = write(directory + "/exclude", "a = user=root\nb = colour=red\nc\nd = pid=1\ne = pid=x\n")
    rules = write(directory + "/rules", "deny path=/a\nforbid all\ndeny path=relative\n\n"
                  "deny user=no-such-user-here path=/b\nallow path=/c\n")
    os.mkdir(directory + "/detect")
    write(directory + "/detect/a.yml", "title: [\n")
    write(directory + "/detect/b.yml", RULE.format("absent"))
    write(directory + "/detect/c.yml", RULE.format("one"))
    config = write(directory + "/vigil.conf", f"""max-size = wrong
type = nothing
colour = red
exclude-file = {exclude}
rules = {rules}
detect = {directory}/detect
output = {directory}/missing/x.log
record = {directory}/missing/x.vigil
metrics = 0.0.0.0:1
utc = maybe
keep = 3
keep = 4
[outptu a]
to = this is skipped
[output b]
format = none
[output c]
to = nowhere
type = exec
""")
    status, places, done = check("--config", config)
    assert status == 2, done
    assert places == [f"{config}:{n}" for n in (1, 2, 3)] + [
        f"{exclude}:{n}" for n in (2, 3, 5)] + [
        f"{config}:{n}" for n in (4, 10, 12, 13, 16, 15, 17)] + [
        f"{rules}:{n}" for n in (2, 3, 5)] + [
        f"{directory}/detect/a.yml:2", f"{directory}/detect/b.yml:7"], done.stderr
    for said in ("output: the folder", "record: the folder", "metrics: invalid address"):
        assert said in done.stderr, (said, done.stderr)
    assert not os.path.exists(directory + "/missing")


def test_fine(directory):
    """Without a mistake the status is 0, and no file appears"""
    rules = write(directory + "/good-rules", "deny path=/a\n")
    exclude = write(directory + "/good-exclude", "a = user=root\n")
    rule = write(directory + "/good.yml", RULE.format("one"))
    config = write(directory + "/good.conf", f"""type = exec
exclude-file = {exclude}
rules = {rules}
detect = {rule}
output = {directory}/good.log
record = {directory}/good.vigil
metrics = unix:{directory}/good.socket
status = {directory}/good.status
""")
    before = sorted(os.listdir(directory))
    status, places, done = check("--config", config)
    assert status == 0 and not places and done.stdout == "no mistakes\n", done
    assert sorted(os.listdir(directory)) == before


def test_files(directory):
    """Files that are not there, a file of rules that is not text, and many mistakes end as well"""
    status, _, done = check("--config", directory + "/none.conf")
    assert status == 2 and "none.conf" in done.stderr, done
    empty = write(directory + "/empty.conf", "")
    for option in "--rules", "--detect":
        status, _, done = check("--config", empty, option, directory + "/none")
        assert status == 2 and directory + "/none" in done.stderr, done
    many = write(directory + "/many", "forbid\n" * 1000)
    status, places, done = check("--config", empty, "--rules", many)
    assert status == 2 and places == [f"{many}:{n}" for n in range(1, 101)], done
    with open(many, "wb") as f:
        f.write(b"\0\1\2" * 1000)
    status, places, done = check("--config", empty, "--rules", many)
    assert status == 2 and len(places) <= 100, done


run(globals())
