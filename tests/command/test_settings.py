#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_settings.py - the file of settings, and rules from the command line."""
import subprocess

from tap import VIGIL, run


def settings(directory, text):
    """What `vigil run` says of a file of settings: it ends at the first mistake, or at a log
    that cannot be made."""
    path = directory + "/conf"
    with open(path, "wb") as out:
        out.write(text)
    done = subprocess.run([VIGIL, "run", "--config", path, "-o", directory + "/none/log"],
                          capture_output=True, timeout=30, check=False, text=True)
    return done.returncode, done.stderr.replace(directory, "")


def test_what_people_write(directory):
    """a byte-order mark, comments, quotes, blanks in lists, true and false: taken"""
    status, said = settings(directory, b"\xef\xbb\xbftype = exec, exit # the rest is noise\r\n"
                            b"utc = true # as the others\nkeep = '9'\nhash = off\n"
                            b'image = "*/a #1"\nimage = *b*\n')
    assert "/none/log" in said and status == 5, (status, said)


def test_twice(directory):
    """a setting that comes twice: an error with both lines; conditions are alternatives"""
    status, said = settings(directory, b"keep = 3\n# more\nkeep = 4\n")
    assert status == 2 and "/conf:3: keep: is already set in line 1" in said, (status, said)
    status, said = settings(directory, b"utc\nutc = no\n")
    assert status == 2 and "/conf:2: utc: " in said, (status, said)


def test_mistakes(directory):
    """what cannot be read is named, with its line"""
    for text, says in ((b"\nkeep = '3\n", "/conf:2: a value that begins with a quote"),
                       (b"utc = perhaps", "/conf:1: utc: expected yes or no"),
                       (b"colour = no", "/conf:1: there is no setting `colour`"),
                       (b"keep = 3 4 # x", "/conf:1: ")):
        status, said = settings(directory, text)
        assert status == 2 and says in said, (text, status, said)


def block(*arguments):
    return subprocess.run([VIGIL, "rules", *arguments], capture_output=True, timeout=30,
                          check=False, text=True)


def test_rule_with_a_comma(directory):
    """several names in one rule are an error; a file's path may have a comma"""
    rules = directory + "/rules"
    done = block("add", "deny", "name=nc,ncat", "--rules", rules)
    assert done.returncode == 2 and "one for each" in done.stderr, done
    path = directory + "/a,b"
    with open(path, "w", encoding="utf-8"):
        pass
    assert block("add", "deny", "path=" + path, "--rules", rules).returncode == 0
    listed = block("list", "--rules", rules)
    assert f"path='{path}'" in listed.stdout, listed
    with open(rules, "a", encoding="utf-8") as out:
        out.write("deny name=nc,ncat\n")
    done = block("list", "--rules", rules)
    assert done.returncode != 0 and "rules:2:13: a comma" in done.stderr, done


run(globals())
