# SPDX-License-Identifier: MIT
"""SIGHUP with other outputs: each event is in the engine that its section names, once by its number,
and an output whose section is the same is not disturbed."""
import os
import time

from outputs import Outputs, assert_once, by_number, make_threads, wait_until
import engines
import fleet_engines
from live import Skip, run, temporary  # from tests/linux
from rsyslog import Rsyslog

TYPE = {"type": "thread"}
EVENTS = 4000
RATE = 2000  # events in a second


def made(**settings):
    if not Rsyslog.there():
        raise Skip("there is no rsyslogd")
    engine = Rsyslog(**TYPE, **settings)
    engine.start()
    return engine


def sent(outputs, name, count):
    wait_until(lambda: outputs.mark(name) >= count, f"event {count} of {name}")


def other(engine, **changes):
    """The same engine with other settings; its items are those of the engine."""
    class Other:
        settings = {**engine.settings, **{key.replace("_", "-"): changes[key] for key in changes}}
    return Other


def end(*all_engines):
    for engine in all_engines:
        engine.kill()


def test_same():
    """an output with the same section continues: the same process sends, and each event is there once"""
    one, two = made(), made()
    try:
        outputs = Outputs({"one": one, "two": two}, TYPE)
        source = make_threads(EVENTS // 2, RATE // 2)
        wait_until(lambda: outputs.shipper("one"), "the process that sends")
        process = outputs.shipper("one")
        for i in range(4):
            time.sleep(0.3)
            outputs.configure({"one": one, "two": other(two, ack_delay=f"{301 + i}ms")}, TYPE)
            outputs.reload()
        assert outputs.shipper("one") == process
        assert source.wait() == 0
        time.sleep(0.3)
        count = len(outputs.lines())
        sent(outputs, "one", count)
        sent(outputs, "two", count)
        errors = outputs.stop()
        items = one.items(), two.items()
    finally:
        end(one, two)
    assert outputs.run.status == 0, errors
    assert assert_once(items[0], outputs.lines()) == 0
    assert_once(items[1], outputs.lines())
    assert "started again" not in errors, errors


def test_changed():
    """a section names another engine: what is not sent goes there, and no event is missing"""
    if not engines.Nats.there():
        raise Skip("there is no nats-server")
    folder = os.path.dirname(temporary("x"))
    one, two = made(), fleet_engines.Stream(folder, **TYPE)
    try:
        outputs = Outputs({"one": one}, TYPE)
        source = make_threads(EVENTS // 2, RATE // 2)
        wait_until(lambda: outputs.mark("one") > 500, "the first events")
        one.kill()
        time.sleep(0.5)
        outputs.configure({"one": two}, TYPE)
        outputs.reload()
        assert source.wait() == 0
        time.sleep(0.3)
        sent(outputs, "one", len(outputs.lines()))
        errors = outputs.stop()
        before, after = one.items(), two.items()
    finally:
        end(one, two)
    assert outputs.run.status == 0, errors
    assert_once(before + after, outputs.lines())
    assert len(after) > 500 and len(by_number(after)[0]) == len(after), len(after)


def test_added_and_removed():
    """an output is removed, added, and removed and added again: its numbers continue"""
    one, two = made(), made()
    try:
        outputs = Outputs({"one": one}, TYPE)
        make_threads(200).wait()
        time.sleep(0.3)
        outputs.configure({"one": one, "two": two}, TYPE)
        outputs.reload()
        make_threads(200).wait()
        wait_until(lambda: outputs.mark("two") >= 400, "the events of the new output")
        two.kill()
        make_threads(200).wait()
        time.sleep(0.3)
        outputs.configure({"one": one}, TYPE)
        outputs.reload()
        make_threads(200).wait()
        wait_until(lambda: not outputs.shipper("two"), "the end of the process that sends")
        assert outputs.mark("two") < 800, outputs.mark("two")
        time.sleep(0.3)
        two.start()
        outputs.configure({"one": one, "two": two}, TYPE)
        outputs.reload()
        make_threads(200).wait()
        sent(outputs, "two", 1200)
        time.sleep(0.3)
        sent(outputs, "one", len(outputs.lines()))
        errors = outputs.stop()
        items = one.items(), two.items()
    finally:
        end(one, two)
    assert outputs.run.status == 0, errors
    assert_once(items[0], outputs.lines())
    assert_once(items[1])
    assert 1200 <= len(by_number(items[1])[0]) <= len(outputs.lines()) - 800
    assert "output two was removed" in errors, errors


def test_mistake():
    """a mistake in any section: nothing changes, and the message names the line"""
    one, two = made(), made()
    try:
        outputs = Outputs({"one": one}, TYPE)
        make_threads(200).wait()
        for engine in other(two, facility="99"), other(two, spool_size="x"):
            outputs.configure({"one": other(one, type="exec"), "two": engine}, TYPE)
            outputs.reload()
        assert not os.path.exists(outputs.spool + "/two")
        make_threads(200).wait()
        time.sleep(0.3)
        sent(outputs, "one", len(outputs.lines()))
        errors = outputs.stop()
        items = one.items()
    finally:
        end(one, two)
    assert outputs.run.status == 0, errors
    assert_once(items, outputs.lines())
    assert errors.count("Nothing was changed") == 2, errors
    assert "vigil.conf:10: output two, line 15: facility" in errors, errors
    assert "vigil.conf:15: spool-size" in errors, errors


def test_conditions():
    """conditions, format and rate change while events come; all that was taken is sent"""
    one = made(image=os.environ["THREADS"])  # other programs have threads, too
    try:
        outputs = Outputs({"one": one}, TYPE)
        make_threads(200).wait()
        time.sleep(0.3)
        outputs.configure({"one": other(one, type="thread-exit", compact="yes")}, TYPE)
        outputs.reload()
        make_threads(200).wait()
        sent(outputs, "one", 600)
        errors = outputs.stop()
        items = one.items()
    finally:
        end(one)
    found, _ = by_number(items)
    assert_once(items)
    change = min(number for number in found if len(found[number]) < 450)
    assert 400 < change < 410, (change, errors)
    assert max(len(found[number]) for number in range(change, len(found) + 1)) < 450
    assert not any('"thread-create"' in found[number] for number in range(change, len(found) + 1))
    assert sum('"thread-create"' in body for body in found.values()) >= 200


def test_password_file():
    """a file that a section names has changed: the process that sends is started again with it"""
    one = made()
    secret = temporary("secret")
    with open(secret, "w", encoding="ascii") as out:
        out.write("one\n")

    class Nobody:
        settings = {"to": "nats", "servers": "nats://localhost:1", "token-file": secret, **TYPE}
    try:
        outputs = Outputs({"one": one, "two": Nobody}, TYPE)
        wait_until(lambda: outputs.shipper("one") and outputs.shipper("two"), "the processes")
        before = outputs.shipper("one"), outputs.shipper("two")
        with open(secret, "w", encoding="ascii") as out:
            out.write("another\n")
        outputs.reload()
        wait_until(lambda: outputs.shipper("two") not in (0, before[1]), "another process")
        assert outputs.shipper("one") == before[0]
        outputs.stop()
    finally:
        end(one)


run(globals())
