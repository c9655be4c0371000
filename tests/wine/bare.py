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


def test_doctor(wine):
    """vigil doctor: what is missing is the driver, and what to do about it"""
    done = wine.run(VIGIL, "doctor", "--json")
    said = json.loads(done.stdout)
    checks = {c["name"]: c for c in said["checks"]}
    assert done.returncode == said["status"] == 4, said
    for name, state in (("release", "ok"), ("rights", "ok"), ("driver", "missing"),
                        ("device", "missing"), ("sensor", "missing")):
        assert checks[name]["state"] == state, checks[name]
    assert "vigil service install" in checks["driver"]["advice"], checks
    assert said["uses"]["processes"] is None, said
