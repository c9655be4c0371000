#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_status.py - exit statuses: the same cause has the same one in every command."""
import os
import re
import stat
import subprocess
import sys

from tap import VIGIL, run

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "recordings"))
import recording_file as rf  # pylint: disable=wrong-import-position

MANUAL = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "man")
COMMANDS = ["watch", "trace", "record", "replay", "query", "tree", "report", "stats", "export",
            "top", "doctor", "rules", "run", "service", "fields"]
QUESTION = "SELECT 1 AS n"
NOBODY = []
if os.geteuid() == 0:
    NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def status_of(*command, out=subprocess.PIPE, cwd=None):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                          timeout=60, check=False, cwd=cwd, text=True)
    return done.returncode, done.stderr


def all_end(status, commands, says="", **more):
    """Each of these commands ends with the status (trace: with 125), and says so."""
    for arguments in commands:
        wanted = 125 if arguments[0] == "trace" else status
        got, errors = status_of(VIGIL, *arguments, **more)
        assert got == wanted and says in errors, (arguments, got, errors)
        assert errors.count("\n") <= 4, errors


def prepared(directory):
    """A recording, rules, a directory, and a file that is none of these."""
    rf.make(VIGIL, directory + "/rec")
    with open(directory + "/rules", "w", encoding="utf-8") as out:
        out.write("deny name=nothing-has-this-name\n")
    with open(directory + "/junk", "wb") as out:
        out.write(b"\x01\x00\xff" * 1000)
    os.mkdir(directory + "/dir")
    for name in "rec", "rules", "junk":
        os.chmod(f"{directory}/{name}", 0o644)
    os.chmod(directory, 0o755)


def readers(path):
    return [["replay", path], ["tree", path], ["report", path, "-o", "page"],
            ["export", "--perfetto", path], ["query", path, QUESTION]]


def rule_readers(path):
    return [["rules", "list", "--rules", path], ["rules", "load", "--rules", path],
            ["rules", "test", "/bin/sh", "--rules", path]]


def writers(path):
    recorder = [["record", path]] if os.geteuid() == 0 else []  # it opens the sensor first
    return [*recorder, ["watch", "-o", path], ["trace", "-o", path, "true"],
            ["replay", "rec", "-o", path], ["tree", "rec", "-o", path],
            ["report", "rec", "-o", path], ["export", "--perfetto", "rec", "-o", path],
            ["run", "-o", path]]


def printers():
    return [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS), ["fields"],
            ["fields", "--format", "json"], ["query", "--schema"],
            ["rules", "list", "--rules", "rules"],
            ["rules", "test", "/bin/sh", "--rules", "rules"],
            ["replay", "rec"], ["tree", "rec"], ["query", "rec", QUESTION],
            ["export", "--perfetto", "rec"]]


def test_usage(_):
    """2: an option that there is not, in every command; a word that makes no sense"""
    all_end(2, [[name, "--no-such-option"] for name in COMMANDS], "no-such-option")
    all_end(2, [["no-such-command"], ["fields", "no-such-field"], ["service", "no-such-word"],
                ["rules", "no-such-word"], ["doctor", "x"]])


def test_input_is_not_there(directory):
    """2: a file to read is not there, or is a directory"""
    prepared(directory)
    for name in "none", "dir":
        all_end(2, [*readers(name), *rule_readers(name), ["run", "--config", name]], name,
                cwd=directory)


def test_input_is_damaged(directory):
    """1: a damaged file; 2: rules and settings that make no sense"""
    prepared(directory)
    all_end(1, readers("junk"), "junk", cwd=directory)
    all_end(2, [*rule_readers("junk"), ["run", "--config", "junk"]], "junk", cwd=directory)


def test_not_allowed(directory):
    """3: a file that may not be read; the sensor without privilege"""
    prepared(directory)
    for name in "rec", "rules":
        os.chmod(f"{directory}/{name}", 0o600 if os.geteuid() == 0 else 0)
    for arguments in [*readers("rec"), *rule_readers("rules"), ["run", "--config", "rules"],
                      ["watch"], ["record", "/dev/shm/vigil-status"], ["stats"],
                      ["tree", "--live"], ["export", "--perfetto", "--live"],
                      ["rules", "add", "deny", "name=x", "--rules", "rules"], ["trace", "true"]]:
        got, errors = status_of(*NOBODY, VIGIL, *arguments, cwd=directory)
        assert got == (125 if arguments[0] == "trace" else 3), (arguments, got, errors)


def test_output_cannot_be(directory):
    """5: the output is a directory, or in one that there is not"""
    prepared(directory)
    for name in "dir", "none/x":
        all_end(5, writers(name), name, cwd=directory)


def test_full(directory):
    """5: standard output is on a full disk, for help, versions, lists and answers alike"""
    prepared(directory)
    with open("/dev/full", "w", encoding="utf-8") as full:
        all_end(5, printers(), "No space left", cwd=directory, out=full)


def test_reader_has_gone(directory):
    """6: no process reads standard output"""
    prepared(directory)
    for arguments in printers():
        reading, writing = os.pipe()
        os.close(reading)
        got, errors = status_of(VIGIL, *arguments, cwd=directory, out=writing)
        os.close(writing)
        assert got == (125 if arguments[0] == "trace" else 6) and "has gone" in errors, \
            (arguments, got, errors)


def test_manual(_):
    """vigil(1) and `vigil --help` have the same table"""
    helped = subprocess.run([VIGIL, "--help"], capture_output=True, text=True, check=True).stdout
    table = re.findall(r"^  (\d|128 \+ N)  (.*)$", helped, re.M)
    with open(os.path.join(MANUAL, "vigil.1"), encoding="utf-8") as page:
        text = page.read().split(".Sh EXIT STATUS")[1].split(".El")[0]
    listed = re.findall(r"^\.It (.*)\n(.*)\.$", text, re.M)
    assert len(table) == 8 and [(n, w.lower()) for n, w in table] == \
        [(n, w.lower()) for n, w in listed], (table, listed)


def test_block_test(directory):
    """block test: a user or a program that there is not may not seem to be allowed"""
    prepared(directory)
    for arguments, wanted, says in ((["/bin/sh"], 0, ""), (["/bin/sh", "--user", "typo!"], 2, "typo!"),
                                    (["/no/such"], 2, "/no/such"), (["sh"], 2, "whole path"),
                                    (["/no/nothing-has-this-name"], 7, "there is no")):
        got, errors = status_of(VIGIL, "rules", "test", *arguments, "--rules", "rules",
                                cwd=directory)
        assert got == wanted and says in errors, (arguments, got, errors)


def test_mode_of_an_old_file(directory):
    """a file that is emptied is its owner's alone afterwards; one that is appended to is not"""
    prepared(directory)
    path = directory + "/out"
    for more, mode in ([], 0o600), (["--append"], 0o644):
        with open(path, "w", encoding="utf-8") as out:
            out.write("old\n")
        os.chmod(path, 0o644)
        assert status_of(VIGIL, "replay", "rec", "-o", path, *more, cwd=directory)[0] == 0
        assert stat.S_IMODE(os.stat(path).st_mode) == mode, (more, oct(os.stat(path).st_mode))


run(globals())
