#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_hostile.py VIGIL - recordings that attack their reader. Each reader ends
within seconds, in bounded memory, with a clear error or the events that are well-formed."""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

import recording_file as rf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))
import tap  # pylint: disable=wrong-import-position

SECONDS = 10  # of a reader, on a busy machine; each takes less than one
MEGABYTES = 130

ENDLESS = ("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) "
           "SELECT i AS id, zeroblob(48) AS record FROM n")


def path(name):
    return os.path.join(tap.directory, name)


def readers(file):
    return ([["replay", file], ["tree", file], ["report", file, "-o", path("page.html")],
             ["export", "--perfetto", file, "-o", path("trace.json")],
             ["query", file, "SELECT count(*) AS n FROM programs"]])


def ends(vigil, arguments):
    """Runs vigil; it ends by itself, soon, and takes little memory."""
    done = subprocess.run([vigil, *arguments], capture_output=True, text=True, timeout=SECONDS,
                          check=False, errors="replace")
    assert done.returncode >= 0, (arguments, done)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    assert peak < MEGABYTES or "asan" in vigil, (arguments, f"{peak} MB")
    return done


def refused(vigil, file, *words):
    """Every reader refuses it, and names why."""
    for arguments in readers(file):
        done = ends(vigil, arguments)
        assert done.returncode != 0, (arguments, done)
        for word in words:
            assert word in done.stderr, (arguments, word, done.stderr)


def test_well_formed(vigil):
    """what the other tests damage is read as a whole"""
    file = path("fine")
    rf.make(vigil, file)
    for arguments in readers(file):
        done = ends(vigil, arguments)
        assert done.returncode == 0, (arguments, done)
    assert ends(vigil, ["replay", file]).stdout.count("\n") == 12
    assert "12" in ends(vigil, ["query", file, "SELECT count(*) AS n FROM programs"]).stdout


def test_comments_do_not_count(vigil):
    """a recording whose schema differs in comments and blanks alone is read"""
    file = path("comments")
    sql = re.sub(r"--.*", "-- as of another version", rf.schema(vigil)).replace("  id", "\n\t id")
    rf.make(vigil, file, sql=sql)
    assert ends(vigil, ["replay", file]).stdout.count("\n") == 12


def test_view_as_block(vigil):
    """a view in the place of the blocks, with ids that do not grow"""
    file = path("view")
    rf.make(vigil, file, events=40)
    rf.change(file, "ALTER TABLE block RENAME TO real; CREATE VIEW block AS SELECT 1 AS id, "
                    "recording, first_seq, last_seq, first_time, last_time, count, records "
                    "FROM real;")
    refused(vigil, file, "no such", "`")


def test_ids_without_key(vigil):
    """blocks whose ids are no key, and do not grow"""
    file = path("ids")
    rf.make(vigil, file, sql=rf.schema(vigil).replace("id INTEGER PRIMARY KEY,        -- in",
                                                      "id TEXT DEFAULT 'x',  -- in"))
    rf.change(file, "UPDATE block SET id = 'x'")
    refused(vigil, file, "table `block`")


def test_endless_view(vigil):
    """a view that never ends in the place of the context"""
    file = path("endless")
    rf.make(vigil, file)
    rf.change(file, f"DROP TABLE context; CREATE VIEW context AS {ENDLESS};")
    refused(vigil, file, "view `context`")


def test_changed_view(vigil):
    """a view of Vigil's own name that never ends"""
    file = path("changed")
    rf.make(vigil, file)
    rf.change(file, f"DROP VIEW programs; CREATE VIEW programs AS {ENDLESS};")
    refused(vigil, file, "view `programs`")


def test_hidden_code(vigil):
    """code that a comparison without comments must not take for a comment"""
    file = path("hidden")
    views = rf.schema(vigil).replace(
        "SELECT id, strftime", "SELECT id, '--', (WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL "
        "SELECT i + 1 FROM n) SELECT max(i) FROM n), strftime")
    rf.make(vigil, file, sql=views)
    refused(vigil, file, "view `")


def test_more_objects(vigil):
    """triggers, tables, indices, virtual tables that Vigil does not make"""
    for i, (name, sql) in enumerate((
            ("trigger `t`", "CREATE TRIGGER t BEFORE INSERT ON block BEGIN SELECT RAISE(IGNORE); "
                            "END"),
            ("table `more`", "CREATE TABLE more(x)"),
            ("index `i`", "CREATE INDEX i ON program(name)"),
            ("table `sqlite_stat1`", "ANALYZE"),
            ("table `f`", "CREATE VIRTUAL TABLE f USING fts5(x)"))):
        file = path(f"more{i}")
        rf.make(vigil, file)
        rf.change(file, sql)
        refused(vigil, file, name)
        # Nor is it recorded to.
        before = os.path.getsize(file)
        done = ends(vigil, ["record", "--duration", "1ms", file])
        assert done.returncode != 0 and name in done.stderr, done
        assert os.path.getsize(file) == before


def test_missing_objects(vigil):
    """a recording without one of its tables"""
    file = path("missing")
    rf.make(vigil, file)
    rf.change(file, "DROP TABLE loss")
    refused(vigil, file, "1 of its")


def test_ids_that_go_back(vigil):
    """blocks in an order that makes a search find the same ones again"""
    file = path("back")
    rf.make(vigil, file)
    rf.swap_ids(file, "block", [1, 5, 3])
    for arguments in readers(file):
        done = ends(vigil, arguments)
        assert "damaged" in done.stderr, (arguments, done)


def test_last_id(vigil):
    """a block with the largest id, after which none can be recorded in order"""
    file = path("last")
    rf.make(vigil, file)
    rf.change(file, "UPDATE block SET id = 9223372036854775807 WHERE id = 3")
    done = ends(vigil, ["record", "--duration", "1ms", file])
    assert done.returncode != 0 and "damaged" in done.stderr, done
    assert ends(vigil, ["replay", file]).stdout.count("\n") == 12
    assert "damaged" in ends(vigil, ["query", file, "SELECT 1 AS n"]).stderr


def test_rows_without_end(vigil):
    """pages that refer to one another: 4 * 10**11 rows in some kilobytes"""
    for table in ("context", "block"):
        file = path("pages-" + table)
        rf.make(vigil, file, events=2)
        rf.change(file, "INSERT INTO context VALUES (1, zeroblob(56))")
        rf.repeat_rows(file, table)
        for arguments in readers(file)[:4]:
            done = ends(vigil, arguments)
            assert done.returncode != 0 and "damaged" in done.stderr, (table, arguments, done)


def test_huge_values(vigil):
    """values that take more memory than any record: reported, and skipped"""
    file = path("huge")
    rf.make(vigil, file)
    rf.change(file, "UPDATE block SET records = zeroblob(160000000) WHERE id = 2;"
                    "INSERT INTO context VALUES (1, zeroblob(160000000))")
    for arguments in readers(file):
        done = ends(vigil, arguments)
        assert "query" in arguments or "damaged" in done.stderr, (arguments, done)
    assert ends(vigil, ["replay", file]).stdout.count("\n") == 8  # those of the other blocks
    os.unlink(file)


def test_cache_size(vigil):
    """a cache of 160 MB that the file asks for"""
    file = path("cache")
    rf.make(vigil, file)
    rf.change(file, "WITH RECURSIVE n(i) AS (VALUES(100) UNION ALL SELECT i + 1 FROM n LIMIT 160)"
                    "INSERT INTO block SELECT i, 1, i, i, i, i, 1, zeroblob(1000000) FROM n")
    rf.change(file, "PRAGMA default_cache_size = 50000")
    ends(vigil, ["query", file, "SELECT count(*) AS n FROM block WHERE records = x'00'"])
    os.unlink(file)


def interrupted(vigil, file, question, number):
    """A query that never ends; a signal ends it at once."""
    asked = subprocess.Popen([vigil, "query", file, question], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    try:
        time.sleep(1)
        assert asked.poll() is None, (question, asked.stderr.read())
        asked.send_signal(number)
        begun = time.monotonic()
        asked.wait(timeout=5)
        assert time.monotonic() - begun < 2
    finally:
        asked.kill()


def test_interrupt(vigil):
    """questions that never end: the first signal ends each of them at once"""
    file = path("interrupt")
    rf.make(vigil, file)
    for number in (signal.SIGINT, signal.SIGTERM):
        interrupted(vigil, file, "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM "
                                 "n) SELECT max(i) AS n FROM n", number)
    ends(vigil, ["query", file, "SELECT 1 AS n"])
    file = path("pages-context")  # count(*) is a single step of SQLite's machine
    interrupted(vigil, file, "SELECT count(*) AS n FROM context", signal.SIGINT)


def test_questions(vigil):
    """a question reads, and nothing else; it sees no view of the file, no virtual table"""
    file = path("fine")
    for question in ("DELETE FROM block", "ATTACH '/etc/passwd' AS x", "PRAGMA user_version = 3",
                     "CREATE TEMP TABLE t(x)", "SELECT load_extension('x')",
                     "SELECT * FROM main.programs", "SELECT * FROM pragma_table_info('block')",
                     "SELECT * FROM dbstat"):
        done = ends(vigil, ["query", file, question])
        assert done.returncode == 2, (question, done)
    for view in ("processes", "programs", "threads", "images", "remote_threads", "accesses",
                 "denials", "alerts", "losses", "recordings"):
        done = ends(vigil, ["query", file, f"SELECT * FROM {view}"])
        assert done.returncode == 0, (view, done)


def main():
    with tempfile.TemporaryDirectory(prefix="vigil-hostile-") as tap.directory:
        sys.exit(tap.run(globals(), os.path.realpath(sys.argv[1])))


main()
