#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_detect.py - `vigil detect check` and `block`."""
import json
import os
import subprocess

from tap import VIGIL, run

RULE = """title: {title}
id: {id}
level: {level}
logsource: {{product: {product}, category: process_creation}}
detection:
  selection: {{{selection}}}
  condition: {condition}
"""


def write(directory, name, selection, product="linux", condition="selection", level="high",
          identity=None, title=None):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
        out.write(RULE.format(title=title or name, id=identity or name, level=level,
                              product=product, selection=selection, condition=condition))


def detect(*words):
    done = subprocess.run([VIGIL, "detect", *words], capture_output=True, timeout=60, check=False,
                          text=True)
    return done.returncode, done.stdout, done.stderr


def make_rules(directory):
    write(directory, "a.yml", "Image|endswith: /at")
    write(directory, "b.yml", "Image|endswith: /at, User: root")
    write(directory, "c.yml", "Image|endswith: /crontab")
    write(directory, "d.yml", "CallTrace: x")
    write(directory, "e.yml", "CallTrace: y", level="low")
    write(directory, "f.yml", "Image|endswith: '\\\\cmd.exe'", product="windows")
    write(directory, "g.yml", "Image|endswith: /x", product="aix")


def test_check(directory):
    """check: reasons are grouped and counted; --all lists the rules of each"""
    make_rules(directory)
    status, text, _ = detect("check", directory)
    assert status == 0, text
    table = {" ".join(line.split()[:2]): line.split()[2:] for line in text.splitlines()}
    assert table["linux process_creation"] == ["5", "3", "2", "0", "0", "3", "0", "0", "0"], text
    for line in ("2  not evaluable: CallTrace: no field of such events in Vigil",
                 "1  not evaluable: the log source is none of Vigil",
                 "1  no: User: not among what is compared before a program runs",
                 "2  yes: `vigil detect block` prints its rules"):
        assert text.count(f"      {line}\n") == 1, (line, text)
    assert "d.yml" not in text, text
    _, every, _ = detect("check", "--all", directory)
    for name in "abcdefg":
        assert f"/{name}.yml:1: {name}.yml\n" in every, (name, every)
    _, lines, _ = detect("check", "--json", directory)
    notes = {note["title"]: note for note in map(json.loads, lines.splitlines())}
    assert notes["a.yml"]["block"] == "yes" and notes["b.yml"]["block"] == "no", notes
    assert notes["b.yml"]["block_field"] == "User" and "block" not in notes["d.yml"], notes


def test_check_bad(directory):
    """check: an invalid rule is named with its line, and the status says so"""
    make_rules(directory)
    write(directory, "h.yml", "Image|nosuch: x")
    status, text, _ = detect("check", directory)
    assert status == 1 and f"{directory}/h.yml:6: invalid: h.yml: " in text, text


def judge(rules, path):
    """Whether a rules file denies a path. That of no file has to match a rule."""
    done = subprocess.run([VIGIL, "rules", "test", "--rules", rules, path], capture_output=True,
                          timeout=60, check=False, text=True)
    assert done.returncode in (0, 7) or "no rule that matches the path" in done.stderr, done
    return done.returncode == 7


def test_block(directory):
    """block: a rules file that denies what the rules detect, and refuses the rest"""
    make_rules(directory)
    write(directory, "i.yml", "Image|endswith|cased: '/it''s a \"name\", #1'", identity="not an id",
          title="line 1\n  two")
    rules = os.path.join(directory, "made.rules")
    status, text, said = detect("block", directory)
    assert status == 0 and "2 rules can block on this system; the other 3 " in said, (text, said)
    with open(rules, "w", encoding="utf-8") as out:
        out.write(text)
    for path, denied in (("/usr/bin/at", True), ("/usr/bin/AT", True), ("/usr/bin/att", False),
                         ("/usr/bin/crontab", False), ("/x/it's a \"name\", #1", True)):
        assert judge(rules, path) == denied, (path, text)
    assert text.count("deny ") == 5, text
    status, text, said = detect("block", "--cased", directory)
    assert text.count("deny ") == 3 and "deny name=crontab  id=c.yml\n" in text, text
    status, text, said = detect("block", "--exclude-rule", "a.yml", directory)
    assert text.count("deny ") == 1 and "no effect" not in said, (text, said)
    status, text, said = detect("block", os.path.join(directory, "b.yml"))
    assert (status, text) == (1, "") and "0 rules can block" in said, said


def test_same_id(directory):
    """block: two rules with one id make no rules file"""
    write(directory, "a.yml", "Image|endswith: /at", identity="x")
    write(directory, "b.yml", "Image|endswith: /it", identity="x")
    status, text, said = detect("block", directory)
    assert (status, text) == (2, "") and "already has the id x" in said, (text, said)


run(globals())
