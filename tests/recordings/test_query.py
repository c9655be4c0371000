#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_query.py VIGIL - questions to recordings that lack tables, where none can be made in
the file: they are answered in full, or fail."""
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile

import recording_file as rf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))
import tap  # pylint: disable=wrong-import-position

OTHER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
COUNT = "SELECT count(*) AS n, count(image) AS i FROM programs"


def recording(blocks=3, events=4):
    folder = tempfile.mkdtemp(dir=tap.directory)
    os.chmod(folder, 0o755)
    path = os.path.join(folder, "a.vigil")
    rf.make(tap.vigil, path, blocks=blocks, events=events)
    os.chmod(path, 0o644)
    return path


def ask(vigil, path, *before, question=COUNT, env=None):
    done = subprocess.run([*before, vigil, "query", "-f", "csv", path, question],
                          capture_output=True, text=True, timeout=60, check=False, env=env)
    return done.returncode, done.stdout, done.stderr


def content(path):
    with open(path, "rb") as f:
        return f.read()


def test_from_standard_input(vigil):
    """a query from standard input is read whole, or refused: never cut"""
    command = [vigil, "query", "-f", "csv", recording(), "-"]
    for padding, status in ((1000, 0), (1 << 20, 2)):
        done = subprocess.run(command, input=COUNT + " " * padding + "LIMIT 0", text=True,
                              capture_output=True, timeout=60, check=False)
        assert done.returncode == status, done
        assert done.stdout.count("\n") == (1 if status == 0 else 0), done.stdout
        assert status == 0 or "longer than 1048576 bytes" in done.stderr, done.stderr


def test_another_owner(vigil):
    """a recording of another user: all of its programs; the file stays as it is"""
    path = recording()
    before = content(path)
    assert ask(vigil, path, *OTHER) == (0, "n,i\n12,12\n", ""), ask(vigil, path, *OTHER)
    assert content(path) == before and os.listdir(os.path.dirname(path)) == ["a.vigil"]
    assert ask(vigil, path) == (0, "n,i\n12,12\n", "")
    assert content(path) != before


def test_read_only_medium(vigil):
    """on a read-only file system: likewise, also with --trust-path"""
    path = recording()
    folder = os.path.dirname(path)
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        assert ask(vigil, path) == (0, "n,i\n12,12\n", ""), ask(vigil, path)
    finally:
        subprocess.run(["umount", folder], check=True)


def test_previous_version(vigil):
    """a recording of the version without alerts: answered as it is; completed if it can be"""
    path = recording()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript("DROP VIEW alerts; DROP TABLE alert; PRAGMA user_version = 2")
    before = content(path)
    alerts = "SELECT count(*) AS n FROM alerts"
    assert ask(vigil, path, *OTHER) == (0, "n,i\n12,12\n", "")
    assert ask(vigil, path, *OTHER, question=alerts) == (0, "n\n0\n", "")
    assert content(path) == before
    assert ask(vigil, path) == (0, "n,i\n12,12\n", "")
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (rf.VERSION,)
    assert ask(vigil, path, question=alerts) == (0, "n\n0\n", "")


def test_newer_blocks(vigil):
    """tables that lack the newest blocks are completed"""
    path = recording()
    assert ask(vigil, path)[1] == "n,i\n12,12\n"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        rf.add_block(database, rf.exec_record(13, 5000, "/bin/new"), 13, 13)
        database.execute("DELETE FROM block WHERE id = 1")  # as --max-size does
    names = "SELECT count(*) AS n, sum(image = '/bin/new') AS w FROM programs"
    assert ask(vigil, path, *OTHER, question=names) == (0, "n,w\n13,1\n", "")


def test_while_somebody_records(vigil):
    """a recorder that makes no tables: the answer does not wait for them forever"""
    path = recording()
    with open(path + "-lock", "w", encoding="utf-8"):
        pass
    os.chmod(path + "-lock", 0o600)
    locked = ["flock", "-x", path + "-lock"]
    status, out, errors = ask(vigil, path, *locked)
    assert (status, out) == (0, "n,i\n12,12\n"), (status, out, errors)


def test_no_room_for_tables(vigil):
    """no place for temporary tables either: a failure, not a part of the answer"""
    path = recording(blocks=40, events=1500)
    hide = ("for d in /var/tmp /usr/tmp /tmp; do [ ! -d $d ] || "
            "mount -t tmpfs -o ro none $d; done; exec \"$@\"")
    with tempfile.TemporaryDirectory(dir="/run") as elsewhere:
        os.chmod(elsewhere, 0o755)
        for name in vigil, path:
            subprocess.run(["cp", name, elsewhere], check=True)
        status, out, errors = ask(elsewhere + "/vigil", elsewhere + "/a.vigil", "unshare",
                                  "--mount", "sh", "-c", "cd /; " + hide, "sh", *OTHER)
    assert status != 0 and out == "" and "cannot" in errors, (status, out, errors)


def main():
    if os.geteuid() != 0:
        print("ok all # SKIP only root can be two users")
        return
    with tempfile.TemporaryDirectory(prefix="vigil-query-") as tap.directory:
        os.chmod(tap.directory, 0o755)
        tap.vigil = os.path.realpath(sys.argv[1])
        sys.exit(tap.run(globals(), tap.vigil))


main()
