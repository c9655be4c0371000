# SPDX-License-Identifier: MIT
"""`vigil run` with all engines at once, each killed three times, and the processes that send as well:
the same events are in each of them, by their numbers. With VIGIL_TEST_FLEET=1 there are 1,000,000
events."""
import os
import sys
import time

from outputs import Outputs, assert_once, make_threads, say
import engines
import fleet_engines
from live import run, temporary  # from tests/linux
from rsyslog import Rsyslog

FULL = os.environ.get("VIGIL_TEST_FLEET") == "1"
EVENTS = 1000000 if FULL else 4000
RATE = 10000 if FULL else 2000  # events in a second
LAST = 1200 if FULL else 90     # seconds until the last one has come
TYPE = {"type": "thread"}
IDENTIFIED = ("elastic", "nats")  # engines that know a repeat by its id


def folder(name):
    path = os.path.join(os.path.dirname(temporary(name)), name)
    os.makedirs(path)
    return path


def make_engines():
    made = {"elastic": fleet_engines.Strict("elasticsearch", [429, None, ("items", 503, 3), 500],
                                            **TYPE),
            "otlp": fleet_engines.Strict("otlp", ["reset", 503], **TYPE)}
    if Rsyslog.there():
        # What the socket has when it is killed is sent again only within this time.
        made["syslog"] = Rsyslog(**TYPE, **{"ack-delay": "2s" if FULL else "1s"})
        made["syslog"].start()
    if engines.Nats.there():
        made["nats"] = fleet_engines.Stream(folder("nats"), **TYPE)
    if engines.ClickHouse.there():
        made["clickhouse"] = fleet_engines.Table(folder("clickhouse"), **TYPE)
    if fleet_engines.KAFKA:
        made["kafka"] = fleet_engines.Topic(folder("kafka"), key="process", **TYPE)
    return made


def kill_each(made, outputs):
    pause = EVENTS / RATE / (3 * len(made) + 1)
    for turn in range(3):
        for name, engine in made.items():
            time.sleep(pause)
            say(f"kill {name}")
            engine.kill()
            time.sleep(0.2)
            engine.start()
            if turn == 1:
                outputs.kill_shipper(name)


def check(name, engine, lines):
    """Returns how many repeats there are."""
    if hasattr(engine, "bodies"):
        lines = engine.bodies(lines)
    items = engine.items()
    repeats = assert_once(items, lines)
    print(f"{name}: {len(items) - repeats} events, {repeats} repeats", file=sys.stderr)
    return repeats


def end(made):
    for engine in made.values():
        engine.kill()
    if "kafka" in made:
        made["kafka"].close()


def test_all():
    """all engines and what sends to them are killed: the same events are in each of them"""
    made = make_engines()
    try:
        outputs = Outputs(made, TYPE)
        source = make_threads(EVENTS // 2, RATE // 2)
        kill_each(made, outputs)
        assert source.wait() == 0
        time.sleep(0.5)
        for name in made:
            outputs.wait_for_all(name, LAST)
        errors = outputs.stop()
        lines = outputs.lines()
        assert outputs.run.status == 0 and len(lines) >= EVENTS, (len(lines), errors)
        assert f"{len(lines)} events, 0 not written" in errors, errors
        assert errors.count("\n") < 300, errors  # trouble is not reported for each event
        repeats = {name: check(name, engine, lines) for name, engine in made.items()}
        assert not any(repeats.get(name) for name in IDENTIFIED), repeats
    finally:
        end(made)


run(globals())
