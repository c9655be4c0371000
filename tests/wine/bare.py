# SPDX-License-Identifier: MIT
"""bare.py - vigil.exe where there is no driver."""
import json

VIGIL = r"C:\vigil.exe"


def test_no_driver(wine):
    """without the driver: what to do, and the status for it"""
    for command in ("watch", "stats", "tree --live"):
        done = wine.run(VIGIL, *command.split())
        assert done.returncode == 4 and "`vigil service install`" in done.stderr, done
    done = wine.run(VIGIL, "trace", "--", "cmd", "/c", "echo it ran")
    assert done.returncode == 125 and "it ran" not in done.stdout, done


def test_fields(wine):
    """vigil fields: all of them, for programs"""
    done = wine.run(VIGIL, "fields", "--format", "json")
    names = [json.loads(line)["name"] for line in done.stdout.splitlines()]
    assert len(names) > 100 and "user.domain" in names, names
