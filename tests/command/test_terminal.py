#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_terminal.py - no byte that a terminal obeys, and no invisible one, comes out.

Every command gets hostile text in the place of each argument and option value, and hostile
events and rows to show, on a terminal. No terminal type: without colors nothing that comes
out may be a control but newline, carriage return and tab.
"""
import concurrent.futures
import csv
import io
import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time

from tap import VIGIL, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from events import loads  # pylint: disable=wrong-import-position

# CSI, OSC, BEL, C1 as a byte and as UTF-8, a separate line, direction, fillers, private.
HOSTILE = (b"\x1b[7m\x07\x1b]0;t\x07\x9b1m\xc2\x9b1m\r\nvigil: forged\xe2\x80\xae\xe3\x85\xa4"
           b"\xee\x80\x80\xcd\x8f\xe1\x85\xa0\xf3\xa0\x81\x81\x7f")
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u034f\u1160\u200b-\u200f\u2028-\u202e"
                    "\u3164\ue000\ufeff\U000e0000-\U000e0fff]")
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
AS_NOBODY = NOBODY if os.geteuid() == 0 else []
SOURCES = os.path.dirname(os.path.abspath(__file__)) + "/../../"


def on_terminal(arguments, timeout=20):
    """What vigil writes to a terminal that is its input, output and errors; its status."""
    parent, child = pty.openpty()
    environment = dict(os.environ, TERM="dumb")
    with subprocess.Popen([*AS_NOBODY, VIGIL, *arguments], stdin=child, stdout=child,
                          stderr=child, env=environment, start_new_session=True) as process:
        os.close(child)
        shown, deadline = b"", time.monotonic() + timeout
        while time.monotonic() < deadline:
            if select.select([parent], [], [], 0.1)[0]:
                try:
                    more = os.read(parent, 65536)
                except OSError:
                    break
                shown += more
            elif process.poll() is not None:
                break
            elif not shown and time.monotonic() > deadline - timeout + 2:
                os.write(parent, b"\x04")  # it reads: the end
        process.kill()
    os.close(parent)
    return shown, process.returncode


def check(arguments):
    """Runs and looks at each character; returns the text."""
    shown, status = on_terminal(arguments)
    assert shown, (arguments, status)
    text = shown.decode("utf-8")  # a lone C1 byte is none
    found = HIDDEN.search(text)
    assert not found, (arguments, found, text)
    assert not re.search("^vigil: forged", text, re.M), (arguments, text)
    return text


def commands():
    listed = subprocess.run([VIGIL, "--help"], capture_output=True, check=True, text=True).stdout
    return re.findall(r"^  ([a-z]+)  +[a-z]", listed, re.M)


def options_with_values(command):
    listed = subprocess.run([VIGIL, command, "--help"], capture_output=True, check=True,
                            text=True).stdout
    return re.findall(r"^ +(?:-[a-z], )?(--[a-z-]+) [A-Z]", listed, re.M)


def test_arguments(_):
    """hostile commands, operands, options and option values, of every command"""
    lines = [[HOSTILE], [b"--" + HOSTILE]]
    for command in commands():
        lines.append([command, b"--" + HOSTILE])
        if command != "service":  # it would be installed
            lines.append([command, HOSTILE, HOSTILE, HOSTILE])
        for option in options_with_values(command):
            operands = ["list"] if command == "rules" else []
            lines.append([command, *operands, option, HOSTILE])
    # Each waits most of the time: LeakSanitizer sleeps at the end of a process.
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert len(list(pool.map(check, lines))) == len(lines)


def test_files(directory):
    """hostile names of files, and files with hostile text, as settings, rules and input"""
    os.chmod(directory, 0o777)
    place = directory.encode() + b"/" + HOSTILE.replace(b"/", b"")
    with open(place, "wb") as out:
        out.write(HOSTILE + b"\n" + HOSTILE + b" = " + HOSTILE + b"\n")
    os.chmod(place, 0o644)
    for arguments in (["run", "--config", place], ["rules", "list", "--rules", place],
                      ["rules", "load", "--rules", place], ["replay", place], ["tree", place],
                      ["query", place, "SELECT 1"], ["report", place, "-o", "/dev/null"],
                      ["rules", "add", "--rules", place, "deny", b"name=" + HOSTILE],
                      ["record", place], ["replay", directory.encode() + b"/no" + HOSTILE]):
        check(arguments)
    rules = directory + "/rules"
    with open(rules, "wb") as out:
        text = HOSTILE.replace(b"\r\n", b"")
        text = re.sub(rb"[\x00-\x1f\x7f\"\\]", lambda m: b"\\x%02x" % m.group()[0], text)
        out.write(b'deny path="/' + text + b'" user="' + text + b'"  # x\xe2\x80\xae\xc2\x9b\n')
    os.chmod(rules, 0o644)
    check(["rules", "list", "--rules", rules])
    check(["rules", "test", "--rules", rules, b"/" + HOSTILE])
    check(["rules", "test", "--rules", rules, "/bin/ls", "--user", HOSTILE])


def event():
    """An exec whose every string is hostile."""
    text = HOSTILE.decode("utf-8", "replace")
    return json.dumps({
        "@timestamp": "2026-11-20T20:14:22.123456789Z", "event": {"sequence": 1},
        "host": {"name": text, "os": {"type": "linux"}},
        "process": {"pid": 7, "name": text, "executable": "/" + text, "args": [text, text],
                    "command_line": text, "working_directory": "/" + text,
                    "entity_id": "00000001-0000-0007-0000-000000000001",
                    "parent": {"pid": 6, "name": text, "executable": "/" + text,
                               "entity_id": "00000001-0000-0006-0000-000000000001"}},
        "vigil": {"type": "exec", "cgroup": {"path": "/" + text},
                  "process": {"filename": text, "root": "/" + text}}}) + "\n"


def test_events(directory):
    """hostile events in every format of replay, and in a tree"""
    path = directory + "/events"
    os.chmod(directory, 0o755)
    with open(path, "w", encoding="utf-8") as out:
        out.write(event())
    for form in "text", "table", "json", "sysmon-xml":
        text = check(["replay", "--width", "0", "--format", form, path])
        if form == "json":
            shown = loads(text.split("\r\n")[0])
            wanted = json.loads(event())
            for name in "name", "executable", "args", "working_directory":
                assert shown["process"][name] == wanted["process"][name], (shown, wanted)
    check(["tree", "--width", "0", path])


def recording(directory):
    """An empty recording, made of the schema that vigil prints."""
    path = directory + "/a.vigil"
    schema = subprocess.run([VIGIL, "query", "--schema"], capture_output=True, check=True,
                            text=True).stdout
    os.chmod(directory, 0o777)
    with sqlite3.connect(path) as db:
        db.executescript("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;" + schema)
        db.execute("PRAGMA application_id = 0x5649474c")
        db.execute("PRAGMA user_version = 3")
    os.chmod(path, 0o666)
    return path


def test_answers(directory):
    """hostile rows and questions of query, in every format"""
    path = recording(directory)
    row = "SELECT CAST(x'" + HOSTILE.hex() + "' AS TEXT) AS \"a\u202e\x1b[7m\""
    for form in "table", "csv", "json":
        check(["query", "--format", form, path, row])
    check(["query", path, b"SELECT " + HOSTILE])
    check(["query", path, "SELECT at('\x1b[7m')"])


def answer(path, form, sql, *options):
    return subprocess.run([VIGIL, "query", "--format", form, *options, path, sql],
                          capture_output=True, check=True).stdout.decode()


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "'x", "\uff1d1", "\uff0b1",
            "\uff0d1", "\uff201", "=\"a,b\""]
HARMLESS = ["a=1", "x", "", "1-1", "a'b", " =1"]


def test_formulas(directory):
    """CSV: no cell of text is a formula; one apostrophe off, or --exact, gives what JSON has"""
    path = recording(directory)
    sql = "SELECT " + ", ".join(f"'{cell.replace(chr(39), 2 * chr(39))}' AS \"c{i}\""
                                for i, cell in enumerate(FORMULAS + HARMLESS))
    sql += ", -5 AS n, -2.5 AS r, 'x' AS \"=h\""
    exact = list(json.loads(answer(path, "json", sql)).values())
    assert exact == FORMULAS + HARMLESS + [-5, -2.5, "x"], exact
    names, cells = list(csv.reader(io.StringIO(answer(path, "csv", sql), newline="")))
    assert names[-1] == "'=h", names
    for cell, value in zip(cells, exact):
        if value in FORMULAS:
            assert cell == "'" + value, (cell, value)
        else:
            assert cell == str(value), (cell, value)
    plain = list(csv.reader(io.StringIO(answer(path, "csv", sql, "--exact"), newline="")))
    assert plain[1] == [str(value) for value in exact], plain


def test_infinity(directory):
    """JSON stays valid: infinities are strings, no number is a null"""
    path = recording(directory)
    text = answer(path, "json", "SELECT 9e999 AS a, -9e999 AS b, 9e999 - 9e999 AS c, 1.5 AS d,"
                  " 1e300 AS e, 9223372036854775807 AS f")
    def refuse(name):
        raise ValueError(name)
    shown = json.loads(text, parse_constant=refuse)
    assert shown == {"a": "Infinity", "b": "-Infinity", "c": None, "d": 1.5, "e": 1e300,
                     "f": 9223372036854775807}, shown


def test_one_way_out(_):
    """in the sources only the files that make text visible print"""
    literal = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*|^ \*.*')
    prints = re.compile(r"(?<![a-z_>.])(?:v?printf|vfprintf|puts|fputs|putchar|putc|fputc|perror|"
                        r"dprintf)\(|(?<![a-z_])fprintf\((?!file)|\bstderr\b")
    found = []
    for folder in "cli", "lib":
        for place, _, names in os.walk(SOURCES + folder):
            for name in names:
                path = os.path.relpath(os.path.join(place, name), SOURCES)
                if not name.endswith(".c"):
                    continue
                with open(SOURCES + path, encoding="utf-8") as lines:
                    found += [f"{path}:{number}: {line.strip()}"
                              for number, line in enumerate(lines, 1)
                              if prints.search(literal.sub('""', line))]
    assert not found, "\n".join(found)


run(globals())
