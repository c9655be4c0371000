#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_import.py - JSON that does not fit a record: cut with a mark, or counted; never dropped."""
import json
import os
import re
import subprocess

from tap import VIGIL, run


def event(**process):
    return {"@timestamp": "2026-11-20T20:14:22.123456789Z", "event": {"sequence": 1},
            "host": {"name": "h", "os": {"type": "linux"}},
            "process": {"pid": 7, "name": "x", "entity_id": "00000001-0000-0007-0000-000000000001",
                        **process}, "vigil": {"type": "exec"}}


def replay(directory, *lines):
    """What replay prints of these lines, and says."""
    path = directory + "/lines"
    with open(path, "w", encoding="utf-8") as out:
        for line in lines:
            out.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    done = subprocess.run([VIGIL, "replay", "--format", "json", path], capture_output=True,
                          timeout=30, check=False, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode


def test_exclude(directory):
    """--exclude and --exclude-file: what they remove is counted by name; parents keep their names"""
    lines, rules = directory + "/lines", directory + "/exclusions"
    one = {"pid": 6, "name": "make", "executable": "/usr/bin/make", "command_line": "make all",
           "entity_id": "00000001-0000-0006-0000-000000000001"}
    with open(lines, "w", encoding="utf-8") as out:
        for process in (one, {"parent": {"pid": 6, "entity_id": one["entity_id"]}},
                        {"pid": 8, "name": "cc", "executable": "/usr/bin/cc",
                         "entity_id": "00000001-0000-0008-0000-000000000001"}):
            out.write(json.dumps(event(**process)) + "\n")
    with open(rules, "w", encoding="utf-8") as out:
        out.write("# builds\nmake runs = image=/usr/bin/make command=\"make all\"\n\ncc = image=cc\n")
    for options, counts, shown in (
            (["--exclude", "image=make"], ["1 events excluded by `image=make`"], [7, 8]),
            (["--exclude-file", rules], ["1 events excluded by `make runs`",
                                         "1 events excluded by `cc`"], [7]),
            (["--image", "cc", "--exclude", "image=make"], ["0 events excluded by `image=make`"],
             [8])):
        done = subprocess.run([VIGIL, "replay", "--format", "json", "--type", "exec", *options,
                               lines], capture_output=True, timeout=30, check=False, text=True)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert [e["process"]["pid"] for e in events] == shown, (options, events)
        assert all(count in done.stderr for count in counts), done.stderr
        if shown[0] == 7:
            assert events[0]["process"]["parent"]["name"] == "make", events[0]
    for wrong, says in (("make", "expected key=value"), ("color=red", "unknown filter")):
        done = subprocess.run([VIGIL, "replay", "--exclude", wrong, lines], capture_output=True,
                              timeout=30, check=False, text=True)
        assert done.returncode == 2 and says in done.stderr, done
    with open(rules, "a", encoding="utf-8") as out:
        out.write("bad = image\n")
    done = subprocess.run([VIGIL, "replay", "--exclude-file", rules, lines], capture_output=True,
                          timeout=30, check=False, text=True)
    assert done.returncode == 2 and ":5: " in done.stderr, done


def test_redact(directory):
    """--redact: a secret is in no format, of a process, its parent or its environment"""
    lines, key, names = directory + "/lines", directory + "/key", directory + "/names"
    parent = {"pid": 6, "name": "mysql", "executable": "/usr/bin/mysql",
              "entity_id": "00000001-0000-0006-0000-000000000001",
              "args": ["mysql", "-phunter2", "--pin", "hunter2"],
              "command_line": "mysql -phunter2 --pin hunter2"}
    child = {"args": ["curl", "https://me:hunter2@host/?access_token=hunter2"],
             "command_line": "curl https://me:hunter2@host/?access_token=hunter2",
             "env_vars": ["API_TOKEN=hunter2"],
             "parent": {"pid": 6, "name": "mysql", "entity_id": parent["entity_id"],
                        "command_line": parent["command_line"]}}
    for path, text in ((lines, json.dumps(event(**parent)) + "\n" + json.dumps(event(**child)) + "\n"),
                       (key, "a key of this test\n"), (names, "pin\n")):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    def shown(*options):
        done = subprocess.run([VIGIL, *options], capture_output=True, timeout=30, check=False,
                              text=True)
        assert done.returncode == 0, done
        return done.stdout
    for form in "text", "table", "json", "sysmon-xml":
        options = ["replay", "--width", "0", "--type", "all", "--format", form, lines]
        assert "hunter2" in shown(*options), form
        text = shown(*options, "--redact", "on", "--redact-names", names)
        assert "hunter2" not in text and "[redacted]" in text, (form, text)
        hashed = shown(*options, "--redact", "hash", "--redact-names", names, "--redact-key", key)
        assert "hunter2" not in hashed and len(set(re.findall(r"\[secret:(\w{16})\]", hashed))) == 1
        assert hashed == shown(*options, "--redact", "hash", "--redact-names", names,
                               "--redact-key", key)
        assert hashed != shown(*options, "--redact", "hash", "--redact-names", names)
    assert "hunter2" not in shown("tree", "--redact", "on", "--redact-names", names, lines)
    page = directory + "/page.html"
    shown("report", "--redact", "on", "--redact-names", names, lines, "-o", page)
    with open(page, encoding="utf-8") as report:
        assert "hunter2" not in report.read()
    with open(key, "w", encoding="utf-8"):
        pass
    done = subprocess.run([VIGIL, "replay", "--redact", "hash", "--redact-key", key, lines],
                          capture_output=True, timeout=30, check=False, text=True)
    assert done.returncode == 2, done


def test_too_long(directory):
    """arguments that are longer than a record: cut, with the full length"""
    for system in "linux", "windows":
        args = [f"{i:06}" + "\u00e4" * 47 for i in range(3000)]
        given = event(args=args, command_line="x")
        given["host"]["os"]["type"] = system
        (shown,), _, status = replay(directory, given)
        assert status == 0, status
        if system == "windows":
            continue  # a program of Windows has a command line alone
        kept = shown["process"]["args"]
        assert 1000 < len(kept) < 3000 and kept[:-1] == args[:len(kept) - 1], len(kept)
        assert shown["vigil"]["cut"]["process.args"] == 101 * 3000, shown["vigil"]


def test_too_long_for_windows(directory):
    """a command line of Windows, in UTF-16: cut, with a mark"""
    given = event(executable="C:\\x.exe", command_line="\u00e4" * 200000)
    given["host"]["os"]["type"] = "windows"
    (shown,), _, _ = replay(directory, given)
    assert 10000 < len(shown["process"]["command_line"]) < 200000
    assert shown["vigil"]["cut"]["process.command_line"] > 200000, shown["vigil"]


def test_all_too_long(directory):
    """every string too long: each is there in part, or marked as unreadable"""
    long = "/" + "x" * 300000
    (shown,), _, _ = replay(directory, event(args=[long], executable=long,
                                             working_directory=long))
    process, vigil = shown["process"], shown["vigil"]
    for field, kind in (("executable", "image"), ("args", "args"),
                        ("working_directory", "directory")):
        if field in process:
            assert vigil["cut"]["process." + field] > 300000, (field, vigil)
        else:
            assert kind in vigil["unreadable"], (field, vigil)


def test_cut_before(directory):
    """what was cut when it was recorded keeps its full length, or that it is not known"""
    for length, after in ((70000, 70000), (None, None), (5000000000, None)):
        given = event(args=["a", "b"])
        given["vigil"]["cut"] = {"process.args": length}
        (shown,), _, _ = replay(directory, given)
        assert shown["vigil"]["cut"]["process.args"] == after, (length, shown["vigil"])
        assert "process.command_line" in shown["vigil"]["cut"], shown["vigil"]
        assert shown["vigil"]["cut"]["process.command_line"] in (after, length), shown["vigil"]


def test_wrong_values(directory):
    """numbers out of range, of another form, infinite: unknown, and the event says so"""
    for wrong in (1 << 40, -1, "7", 1.5, [7], {"a": 7}, 10 ** 30):
        (shown,), _, _ = replay(directory, event(pid=wrong))
        assert shown["vigil"].get("incomplete") is True, (wrong, shown)
    infinite = json.dumps(event(pid=0)).replace('"pid": 0', '"pid": 1e999')
    (shown,), _, _ = replay(directory, infinite)
    assert shown["vigil"].get("incomplete") is True, shown
    for field, wrong in (("exit_code", 1 << 40), ("start", "yesterday"), ("vpid", -3)):
        given = event(**{field: wrong})
        given["vigil"]["type"] = "exit" if field == "exit_code" else "exec"
        (shown,), _, _ = replay(directory, given)
        assert shown["vigil"].get("incomplete") is True, (field, shown)
    (shown,), _, _ = replay(directory, event(args=["a"]))
    assert "incomplete" not in shown["vigil"], shown


def test_wrong_strings(directory):
    """strings that are none: marked as unreadable"""
    for wrong in (5, {"a": 1}, True, [["x"]], [{"x": 1}]):
        (shown,), _, _ = replay(directory, event(args=wrong))
        assert shown["vigil"].get("incomplete") is True, (wrong, shown)
        assert "args" in shown["vigil"]["unreadable"], (wrong, shown)
    given = event(executable="/x")
    given["vigil"]["raw"] = {"process.executable": "L3g*!"}
    (shown,), _, _ = replay(directory, given)
    assert "image" in shown["vigil"]["unreadable"], shown


def test_lines_are_counted(directory):
    """lines of another type or form, too long ones, no JSON: counted, the others shown"""
    other = event()
    other["vigil"]["type"] = "of-a-later-version"
    shown, said, status = replay(directory, event(), other, "{nonsense", event(), "[1]", "x" * 100)
    assert len(shown) == 2 and status != 0, (shown, status)
    assert "4 parts or lines" in said, said


def test_foreign_lines_before(directory):
    """a byte-order mark, blank lines, CR LF and other programs' lines before ours"""
    line = json.dumps(event())
    for text, unreadable in (("\ufeff" + line + "\n", 0), ("\n \r\n" + line + "\r\n", 0),
                             ("Nov 20 box vigil: started\n" + line, 1), ('{"a":1}\n' + line, 1)):
        path = directory + "/lines"
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        for name in path, "-":
            with open(path, encoding="utf-8") as given:
                done = subprocess.run([VIGIL, "replay", name], stdin=given, capture_output=True,
                                      timeout=30, check=False, text=True)
            assert len(done.stdout.splitlines()) == 1, (text, name, done)
            assert done.returncode == (1 if unreadable else 0), (text, name, done)
            assert ("1 parts or lines" in done.stderr) == bool(unreadable), (text, done)


def test_strict(directory):
    """--strict stops at the first line that cannot be read, in all that reads a file"""
    path = directory + "/lines"
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"{json.dumps(event())}\nforeign\n" + 2 * f"{json.dumps(event())}\nforeign\n")
    page = directory + "/page"
    for arguments in (["replay"], ["tree"], ["report", "-o", page],
                      ["export", "--perfetto", "-o", page]):
        for strict in [], ["--strict"]:
            done = subprocess.run([VIGIL, *arguments, *strict, path], capture_output=True,
                                  timeout=30, check=False, text=True)
            assert done.returncode == 1 and "line 2 of" in done.stderr, (arguments, done)
            assert ("3 parts or lines" in done.stderr) == (not strict), (arguments, done)
            if arguments[0] == "replay":
                assert len(done.stdout.splitlines()) == (1 if strict else 3), done
            if arguments[-1] == page:
                assert os.path.exists(page) == (not strict)
                if not strict:
                    os.unlink(page)


run(globals())
