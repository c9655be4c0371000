#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_values.py - times and sizes as people write them, the same in every option."""
import os
import re
import subprocess

from tap import VIGIL, run

MANUAL = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "man")
TIMES = [["watch", "--duration"], ["record", "--duration"], ["record", "--max-age"],
         ["run", "--record-max-age"], ["trace", "--wait"], ["tree", "--duration"]]


def taken(*arguments):
    """Whether a value is taken: --help after it is reached."""
    done = subprocess.run([VIGIL, *arguments, "--help"], capture_output=True, timeout=30,
                          check=False, text=True)
    assert done.returncode in (0, 2, 125), done
    return done.returncode == 0, done.stderr


def test_times(_):
    """a number alone is of seconds; several units; fractions; days"""
    for option in TIMES:
        for value in "5", "5s", "1h30m", "1.5h", "2d", "100d", "1d12h30m5s", "90min", "100000d":
            assert taken(*option, value)[0], (option, value, taken(*option, value))
        for value in ("", "s", "5x", "-5", "5 s", "1m1h", "1s1s", "1h30", "1..5s", ".5s", "0x5",
                      "1e3", "100001d", "99999999999999999999", "nan", "inf"):
            fits, said = taken(*option, value)
            assert not fits and "100000d" in said, (option, value, said)
    assert taken("watch", "--duration", "0.5s")[0] and taken("watch", "--duration", "500ms")[0]
    assert not taken("record", "--max-age", "0.5s")[0]  # less than a second


def test_range_in_the_error(_):
    """a value out of its range: the error names the range"""
    for option, value, says in ((["watch", "--width"], "5", "20 to 10000"),
                                (["watch", "--latency"], "2s", "1ms to 1s"),
                                (["watch", "--buffer-size"], "1", "64K to 1G"),
                                (["record", "--max-size"], "1K", "16M"),
                                (["top", "--interval"], "2h", "250ms to 1h")):
        fits, said = taken(*option, value)
        assert not fits and says in said, (option, said)


def test_fields(_):
    """--fields and --omit take names of fields and their beginnings; an error has the nearest"""
    for command in "watch", "replay", "trace", "run":
        for option in "--fields", "--omit":
            assert taken(command, option, "process.pid,process.parent,vigil.exit")[0]
            for value, near in (("proces.pid", "process.pid"), ("process.parnt", "process.parent"),
                                ("user,grup.id", "group.id")):
                fits, said = taken(command, option, value)
                wrong = value.split(",")[-1]
                assert not fits and f"no field `{wrong}`; the nearest is `{near}`" in said, said
        assert taken(command, "--compact")[0]


def test_user_by_number(_):
    """trace --user, formerly --as, takes a name or a number"""
    def said(*arguments):
        done = subprocess.run([VIGIL, "trace", *arguments], capture_output=True, timeout=30,
                              check=False, text=True)
        assert done.returncode == 125, done
        return done.stderr
    for user in "root", "0":
        assert "which command" in said("--user", user)
    for user in "4294967295", "no-such-user", "0x0":
        assert f"--user: invalid value `{user}`: there is no such user" in said("--user", user)
    assert "--as is now --user" in said("--as", "root") and "which command" in said("--as", "0")


def test_error_names_all(_):
    """an error names the option, the value and what is valid"""
    for arguments, says in ((["watch", "--color", "x"], "--color: invalid value `x`: expected "
                             "auto, always or never"),
                            (["run", "--max-size", "1"], "--max-size: invalid value `1`: "
                             "expected 0, or a size of 64K or more"),
                            (["run", "--keep", "0"], "--keep: invalid value `0`: expected a "
                             "number from 1 to 1000"),
                            (["run", "--output", "-"], "--output: invalid value `-`: expected "
                             "the name of a file"),
                            (["trace", "--wait", "x"], "or forever"),
                            (["replay", "--speed", "0"], "expected a number from 0.001 to "
                             "1000000, or max"),
                            (["watch", "--ancestors", "65"], "0 to 64"),
                            (["watch", "--ancestors", "4294967296"], "0 to 64"),
                            (["watch", "--count", "0"], "a number of 1 or more"),
                            (["watch", "--count", "18446744073709551616"], "of 1 or more"),
                            (["watch", "--count", "-1"], "of 1 or more")):
        fits, said = taken(*arguments)
        assert not fits and says in said, (arguments, said)
    for arguments in (["watch", "--width", "0"], ["run", "--max-size", "0"],
                      ["replay", "--speed", "max"], ["replay", "--speed", "0.5x"],
                      ["trace", "--wait", "forever"], ["watch", "--output", "-"],
                      ["watch", "--count", "18446744073709551615"]):
        assert taken(*arguments)[0], (arguments, taken(*arguments))


def test_types_are_all_listed(_):
    """every type of event is in the help, and in the manual pages that list types"""
    unknown = subprocess.run([VIGIL, "watch", "--type", "?"], capture_output=True, check=False,
                             text=True).stderr
    types = re.search(r"there are (.*) and the groups", unknown).group(1).strip(",").split(", ")
    assert len(types) > 12, types
    helped = subprocess.run([VIGIL, "watch", "--help"], capture_output=True, check=True,
                            text=True).stdout
    words = re.split(r"[\s,;:]+", helped)
    assert [t for t in types if t not in words] == [], (types, words)
    for page in "watch", "record", "replay":
        with open(os.path.join(MANUAL, f"vigil-{page}.1"), encoding="utf-8") as text:
            listed = re.split(r"[\s,;:]+", text.read().split(".Sh OPTIONS")[1])
        assert [t for t in types if t not in listed] == [], page


run(globals())
