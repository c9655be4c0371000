#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clickhouse.py LIBCHDB EVENTS.jsonl [COUNT] - deploy/clickhouse in ClickHouse itself (chDB,
ClickHouse as a library): TAP.

EVENTS.jsonl: lines of `vigil replay --format json`, at best of every type. With COUNT also that many
events: the lines again and again, as of 1,000 hosts at other times with other entity ids; then the bytes
of an event on disk, and the time of each question of queries.sql (the best of ten).
"""
import json
import os
import re
import sys
import tempfile
import time
import uuid

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "report"))
import tap
from chdb import ClickHouse, Refused, statements

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "clickhouse")
INSERT = ("INSERT INTO vigil.events SETTINGS input_format_skip_unknown_fields = 1, "
          "date_time_input_format = 'best_effort', insert_deduplication_token = '{}' "
          "FORMAT JSONEachRow\n")
BATCH = 10000  # events of an insert


def insert(engine, lines, first, token):
    """As the output does: each line gets its id as its first member."""
    body = "\n".join(f'{{"id":"test-1-{first + i}",{line[1:]}' for i, line in enumerate(lines))
    engine.run(INSERT.format(token) + body)


def leaves(value, prefix=""):
    for name, below in value.items():
        if isinstance(below, dict) and prefix + name not in ("vigil.cut", "vigil.raw"):
            yield from leaves(below, prefix + name + ".")
        else:
            yield prefix + name, below


def test_statements(engine, lines):
    """every statement is accepted: table, views, Kafka"""
    for name in ("events", "views", "kafka"):
        engine.script(os.path.join(HERE, name + ".sql"))
    engine.run("DROP TABLE vigil.events_of_kafka; DROP TABLE vigil.errors_of_kafka; "
               "DROP TABLE vigil.kafka")


def test_fields(engine, lines):
    """every field of every event comes back as it was"""
    some = lines[:20000]
    insert(engine, some, 0, "a")
    back = {}
    for line in engine.run("SELECT * FROM vigil.events SETTINGS date_time_output_format = 'iso', "
                           "output_format_json_quote_64bit_integers = 0").splitlines():
        row = json.loads(line)
        back[int(row["id"].rsplit("-", 1)[1])] = dict(leaves(row))
    assert len(back) == len(some), (len(back), len(some))
    differ = {}
    for number, line in enumerate(some):
        for name, value in leaves(json.loads(line)):
            got = back[number].get(name)
            if isinstance(value, dict):
                got = json.loads(got)
            if value is not None and got != value:
                differ[name] = (value, got)
    assert not differ, differ
    print(f"# {len(some)} events, {len({n for r in some for n, _ in leaves(json.loads(r))})} fields")


def test_repeats(engine, lines):
    """a batch that is sent again is kept once; one that is cut differently, with FINAL"""
    some = lines[:20000]
    insert(engine, some, 0, "a")
    assert engine.run("SELECT count() FROM vigil.events", "TSV").strip() == str(len(some))
    insert(engine, some[10:], 10, "b")
    assert engine.run("SELECT count() FROM vigil.events FINAL", "TSV").strip() == str(len(some))


def test_unknown(engine, lines):
    """a newer sensor's fields are left out, at any depth"""
    line = json.loads(lines[0])
    line["new"] = {"a": 1}
    line["host"]["new"] = [1, 2]
    line["vigil"]["new"] = {"deep": {"er": "x"}}
    insert(engine, [json.dumps(line)], 10 ** 9, "c")
    assert engine.run("SELECT count() FROM vigil.events WHERE id = 'test-1-1000000000'",
                      "TSV").strip() == "1"


def test_dashboard(engine, lines):
    """the statements of the dashboard are accepted"""
    with open(os.path.join(HERE, "..", "grafana", "vigil.json"), encoding="utf-8") as f:
        dashboard = json.load(f)
    asked = [t["rawSql"] for p in dashboard["panels"] for t in p["targets"]]
    asked += [v["query"] for v in dashboard["templating"]["list"] if v["type"] == "query"]
    for statement in asked:
        for pattern, text in (
                (r"\$__timeFilter\(([^)]*)\)", r"\1 BETWEEN toDateTime('2000-01-01 00:00:00') AND now()"),
                (r"\$__timeInterval\(([^)]*)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL 20 second)"),
                (r"\$__interval_s", "20"), (r"\$__fromTime", "toDateTime('2000-01-01 00:00:00')"),
                (r"\$\{host:singlequote\}", "'vm', 'x'")):
            statement = re.sub(pattern, text, statement)
        assert "$" not in statement, statement
        engine.run(statement)
    print(f"# {len(asked)} statements")


def copies(lines, count):
    """Batches of 10,000 events, or of all if they are fewer, in turn: of another host, another
    entity id, another time."""
    step = min(BATCH, len(lines))
    machine = re.search(r'"entity_id":"([0-9a-f]{8})-', "\n".join(lines))[1]
    for copy in range((count + step - 1) // step):
        first = copy * step % (len(lines) - len(lines) % step)
        made = "\n".join(lines[first:first + step])
        minutes = sorted(set(re.findall(r'"@timestamp":"....-..-..T(\d\d:\d\d):', made)))
        day = re.search(r'"@timestamp":"(\d{4}-\d\d-\d\d)', made)[1]
        host = copy % 1000
        made = made.replace(f'"{machine}-', f'"{host * 2654435761 % 2 ** 32:08x}-')
        made = made.replace('"host":{"name":"', f'"host":{{"name":"web{host:04}.')
        start = (copy * 37 + 7) % (24 * 60 - len(minutes))
        for i, minute in enumerate(minutes):
            at = start + i
            made = made.replace(f"{day}T{minute}:",
                                f"{day[:8]}{1 + copy % 28:02}T{at // 60:02}:{at % 60:02}:")
        yield made.split("\n")


def timed(engine, name, statement, parameters):
    for key, value in parameters.items():
        statement = re.sub(r"\{" + key + r":([^}]*)\}", f"CAST('{value}' AS \\1)", statement)
    best, cpu, answer = 10.0, 10.0, ""
    for _ in range(10):
        begun, used = time.monotonic(), time.process_time()
        answer = engine.run(statement, "TSV")
        best = min(best, time.monotonic() - begun)
        cpu = min(cpu, time.process_time() - used)
    print(f"# {name}: {best * 1000:.0f} ms, {cpu * 1000:.0f} ms of CPU time, "
          f"{answer.count(chr(10))} rows")
    return best, answer


def test_many(engine, lines):
    """many events: bytes on disk, and five questions within 100 ms each"""
    if not wanted:
        print("# no COUNT was given")
        return
    engine.run("TRUNCATE TABLE vigil.events; TRUNCATE TABLE vigil.programs; TRUNCATE TABLE vigil.hours")
    begun, inserted = time.monotonic(), 0
    cpu = os.times()
    for number, batch in enumerate(copies(lines, wanted)):
        insert(engine, batch, inserted, f"many-{number}")
        inserted += len(batch)
        if inserted % 1000000 < len(batch):
            print(f"# {inserted} events after {time.monotonic() - begun:.0f} s", flush=True)
    took, now = time.monotonic() - begun, os.times()
    used = now.user + now.system - cpu.user - cpu.system
    print(f"# {inserted} events of {sum(map(len, lines)) / len(lines):.0f} bytes inserted in {took:.0f} s, "
          f"{used / inserted * 1e6:.1f} us of CPU time each, merges included")
    engine.run("OPTIMIZE TABLE vigil.events FINAL; OPTIMIZE TABLE vigil.programs FINAL; "
               "OPTIMIZE TABLE vigil.hours FINAL")
    rows, size, parts = engine.run(
        "SELECT sum(rows), sum(bytes_on_disk), count() FROM system.parts WHERE active AND "
        "database = 'vigil' AND table = 'events'", "TSV").split()
    assert int(rows) == inserted, (rows, inserted)
    print(f"# {int(size) / inserted:.1f} bytes an event on disk, {parts} parts")
    questions(engine)


def questions(engine):
    host, program, entity, at = engine.run(
        "SELECT host.name, process.executable, process.entity_id, toString(toDateTime(`@timestamp`)) "
        "FROM vigil.events WHERE vigil.type = 'exec' ORDER BY cityHash64(id) LIMIT 1", "TSV").split("\t")
    parameters = {"host": host, "executable": program, "entity": str(uuid.UUID(entity)),
                  "from": at[:14] + "00:00", "to": at[:14] + "59:59", "since": at[:8] + "01 00:00:00"}
    with open(os.path.join(HERE, "queries.sql"), encoding="utf-8") as f:
        asked = statements(f.read())
    assert len(asked) == 5
    slow = []
    for number, statement in enumerate(asked, 1):
        best, answer = timed(engine, f"question {number}", statement, parameters)
        assert answer or number == 4, number
        if best > 0.1:
            slow.append((number, best))
    assert not slow, slow


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as given:
        events = given.read().splitlines()
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with tempfile.TemporaryDirectory(prefix="vigil-", dir=os.environ.get("TMPDIR")) as folder:
        try:
            started = ClickHouse(sys.argv[1], folder)
        except (OSError, Refused) as e:
            print(f"1..0 # SKIP {e}")
            sys.exit(0)
        failed = tap.run(globals(), started, events)
        started.close()
        sys.exit(failed)
