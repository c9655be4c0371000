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
    """Whether a value is taken: --help behind it is reached."""
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


def test_user_by_number(_):
    """trace --as takes a name or a number"""
    assert taken("trace", "--as", "root")[0] and taken("trace", "--as", "0")[0]
    for user in "4294967295", "no-such-user", "0x0":
        fits, said = taken("trace", "--as", user)
        assert not fits and "no such user" in said, (user, said)


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
            listed = re.findall(r"^\.Cm ([a-z-]+)", text.read(), re.M)
        assert [t for t in types if t not in listed] == [], page


run(globals())
