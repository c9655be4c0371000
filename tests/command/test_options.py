#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_options.py - what is wrong with an option is said with its name; outputs by name."""
import os
import subprocess

from tap import VIGIL, run

LINE = ('{"@timestamp":"2026-11-20T20:14:22.123456789Z","event":{"sequence":1},'
        '"host":{"name":"h","os":{"type":"linux"}},"process":{"pid":7,"name":"x",'
        '"entity_id":"00000001-0000-0007-0000-000000000001"},"vigil":{"type":"exec"}}\n')


def vigil(*arguments, text=None):
    return subprocess.run([VIGIL, *arguments], input=text, capture_output=True, timeout=10,
                          check=False, text=True)


def test_names(_):
    """every message about a value names the option it is the value of"""
    for command, option, value in (("watch", "--latency", "5s"), ("watch", "--type", "nothing"),
                                   ("watch", "--buffer-size", "1"), ("watch", "--user", ""),
                                   ("watch", "--duration", "x"), ("trace", "--wait", "x"),
                                   ("watch", "--count", "0"), ("watch", "--width", "5"),
                                   ("run", "--keep", "0"), ("run", "--max-size", "1"),
                                   ("run", "--output", ""), ("run", "--output", "-"),
                                   ("watch", "--output", ""), ("record", "--max-size", "5"),
                                   ("tree", "--output", "")):
        done = vigil(command, option, value)
        assert done.returncode == (125 if command == "trace" else 2), (command, option, done)
        assert done.stderr.startswith(f"vigil {command}: {option}: "), (command, option, done)
    assert "the name of the file is empty" in vigil("record", "").stderr


def test_standard_output(directory):
    """-o - is standard output, and no file of that name is made"""
    os.chdir(directory)
    done = vigil("replay", "-o", "-", "--format", "json", "-", text=LINE)
    assert done.returncode == 0 and '"pid":7' in done.stdout, done
    assert os.listdir(directory) == [], os.listdir(directory)


def test_without_effect(_):
    """options that do nothing beside the others are named"""
    for options, said in ((["--append"], "--append has no effect without --output"),
                          (["--append", "-o", "-"], "--append has no effect without --output"),
                          (["--format", "json", "--utc"], "--utc has no effect"),
                          (["--utc"], None), (["--append", "-o", "/dev/null"], None)):
        done = vigil("replay", *options, "-", text=LINE)
        assert done.returncode == 0, done
        if said:
            assert said in done.stderr, (options, done)
        else:
            assert "no effect" not in done.stderr, (options, done)


def test_file_size_limit(directory):
    """ulimit -f is an error like a full disk, for every command that writes; a report that
    fails is not there, and nothing says that it is complete"""
    os.chmod(directory, 0o755)
    for command in (["replay", "--format", "json", "-", "-o", directory + "/a"],
                    ["tree", "-", "-o", directory + "/b"], ["report", "-", "-o", directory + "/c"],
                    ["fields"], ["--help"]):
        done = subprocess.run(["bash", "-c", 'ulimit -f 0; exec "$0" "$@" >"$OUT"', VIGIL,
                               *command], input=LINE, capture_output=True, timeout=10,
                              check=False, text=True, cwd="/",
                              env={**os.environ, "OUT": directory + "/out"})
        assert done.returncode == 5 and "File too large" in done.stderr, (command, done)
        assert "complete" not in done.stderr, done
        if command[0] == "report":
            assert "The file was not written." in done.stderr, done
            assert not os.path.exists(directory + "/c"), done


run(globals())
