# SPDX-License-Identifier: MIT
"""Outputs of `vigil run` to Kafka, NATS, ClickHouse, Elasticsearch and OTLP at once: each event is in
each of them, by its number, although each is killed three times. With VIGIL_TEST_FLEET=1 there are
1,000,000 events."""
import os
import sys
import time

import engines
import fleet_engines
from outputs import Outputs, assert_once, make_threads, wait_until
from live import run, temporary  # from tests/linux

FULL = os.environ.get("VIGIL_TEST_FLEET") == "1"
EVENTS = 1000000 if FULL else 4000
RATE = 20000 if FULL else 2000  # events in a second
LAST = 600 if FULL else 60     # seconds until the last one has come
TYPE = {"type": "thread"}


def folder(name):
    path = os.path.join(os.path.dirname(temporary(name)), name)
    os.makedirs(path, exist_ok=True)
    return path


def make_engines():
    made = {"search": fleet_engines.Strict("elasticsearch", [429, None, ("items", 503, 3), 500], **TYPE),
            "logs": fleet_engines.Strict("otlp", ["reset", 503], **TYPE)}
    if engines.Nats.there():
        made["stream"] = fleet_engines.Stream(folder("nats"), **TYPE)
    if engines.ClickHouse.there():
        made["table"] = fleet_engines.Table(folder("clickhouse"), **TYPE)
    if fleet_engines.KAFKA:
        made["topic"] = fleet_engines.Topic(folder("kafka"), key="process", **TYPE)
    return made


def check(name, engine, lines):
    if hasattr(engine, "bodies"):
        lines = engine.bodies(lines)
    items = engine.items()
    repeats = assert_once(items, lines)
    print(f"{name}: {len(items) - repeats} events, {repeats} repeats", file=sys.stderr)
    return repeats


def wait_for_last(outputs, names):
    last = len(outputs.lines())
    for name in names:
        wait_until(lambda name=name: outputs.mark(name) >= last, f"the last event in {name}", LAST)


def test_engines_killed():
    """five engines are killed three times each: each event is in each of them, and repeats are known"""
    made = make_engines()
    outputs = Outputs(made, TYPE)
    source = make_threads(EVENTS // 2, RATE // 2)
    pause = EVENTS / RATE / (3 * len(made) + 1)
    try:
        for _ in range(3):
            for engine in made.values():
                time.sleep(pause)
                engine.kill()
                time.sleep(0.3)
                engine.start()
        assert source.wait() == 0
        time.sleep(0.5)
        wait_for_last(outputs, made)
        errors = outputs.stop()
        assert outputs.run.status == 0, errors
        lines = outputs.lines()
        assert len(lines) >= EVENTS, len(lines)
        repeats = {name: check(name, engine, lines) for name, engine in made.items()}
        assert errors.count("\n") < 100, errors  # trouble is not reported for each event
        assert not repeats.get("stream") and not repeats.get("search"), repeats  # known by their id
    finally:
        for engine in made.values():
            engine.kill()
        if "topic" in made:
            made["topic"].close()


run(globals())
