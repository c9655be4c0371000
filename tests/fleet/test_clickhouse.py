#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_clickhouse.py - the outlet clickhouse against a real clickhouse-server: every item is in the
table.
"""
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import engines
import outlet
import tap

TABLE = ("CREATE TABLE vigil.events (id String, `@timestamp` String, message String) "
         "ENGINE = MergeTree() PARTITION BY tuple() ORDER BY id")


def make_table(engine):
    engine.query("CREATE DATABASE IF NOT EXISTS vigil")
    engine.query(TABLE)


def settings(engine, **own):
    known = "insert_deduplication_token" in engine.query("SELECT name FROM system.settings")
    return {"url": engine.url, "batch-size": "256K", "deduplicate": "yes" if known else "no",
            **{name.replace("_", "-"): own[name] for name in own}}


def once(engine, count, repeats=False):
    rows, ids, right = (int(word) for word in engine.query(
        "SELECT count(), uniqExact(id), "
        "countIf(toUInt32(substring(`@timestamp`, 21, 9)) = toUInt32(splitByChar('-', id)[3])) "
        "FROM vigil.events").split())
    assert ids == count and right == rows, (rows, ids, right)
    assert repeats or rows == count, rows


def test_plain(directory):
    """every item is there once, with its id and what is in the event"""
    with engines.ClickHouse(directory) as engine:
        make_table(engine)
        outlet.send("clickhouse", settings(engine), count=3000).all_acked(3000)
        once(engine, 3000)
        row = engine.query("SELECT * FROM vigil.events WHERE id = 'testhost-77-7' FORMAT TSVRaw")
        assert row.split("\t") == ["testhost-77-7", "2026-11-30T03:48:07.000000007Z",
                                   '\u00e9 "q" \u00fc'], row


def test_killed(directory):
    """a server that is killed and started again: every item is there"""
    with engines.ClickHouse(directory) as engine:
        make_table(engine)
        process = outlet.start("clickhouse", settings(engine), count=20000, rate=5000, seconds=40)
        for _ in range(2):
            time.sleep(1)
            engine.kill()
            time.sleep(0.2)
            engine.start()
        sent = outlet.end(process)
        sent.all_acked(20000)
        once(engine, 20000, repeats=True)
        assert sent.again > 0 and "onnect" in sent.text, vars(sent)


def test_no_table(directory):
    """no table: the message says so, and every item is there when it has been made"""
    with engines.ClickHouse(directory) as engine:
        process = outlet.start("clickhouse", settings(engine), count=3000)
        time.sleep(1)
        make_table(engine)
        sent = outlet.end(process)
        sent.all_acked(3000)
        once(engine, 3000)
        assert "vigil" in sent.text and "exist" in sent.text, sent.text


def test_password(directory):
    """a wrong password: the message says so, nothing is lost; the right one works"""
    secret = os.path.join(directory, "secret")
    with open(secret, "w", encoding="ascii") as out:
        out.write("right")
    for password in "right", "wrong":
        with engines.ClickHouse(f"{directory}/{password}", password) as engine:
            make_table(engine)
            sent = outlet.send("clickhouse",
                               settings(engine, user="default", password_file=secret),
                               count=500, seconds=20 if password == "right" else 1)
            if password == "right":
                sent.all_acked(500)
                once(engine, 500)
            else:
                assert sent.acked == 0 and sent.refused == 0 and "assword" in sent.text, vars(sent)


if not engines.ClickHouse.there():
    print("skipped: clickhouse-server is not installed")
    sys.exit(77)
tap.run(globals(), at_once=4)
