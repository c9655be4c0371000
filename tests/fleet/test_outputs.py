# SPDX-License-Identifier: MIT
"""Outputs of `vigil run` with a real engine: each event is there once, by its number, whatever is
killed, cut or full meanwhile. With VIGIL_TEST_FLEET=1 there are 1,000,000 events in each test."""
import json
import os
import signal
import subprocess
import time

from outputs import (Outputs, assert_once, by_number, lost, make_threads, wait_until)
from live import VIGIL, Skip, run, temporary  # from tests/linux
from certificates import Certificates
from journald import Journald
from rsyslog import Rsyslog

FULL = os.environ.get("VIGIL_TEST_FLEET") == "1"
EVENTS = 1000000 if FULL else 4000
RATE = 25000 if FULL else 4000  # events in a second
LAST = 600 if FULL else 120     # seconds until the last one has come
THREADS = {"type": "thread"}


def need_rsyslog():
    if not Rsyslog.there():
        raise Skip("there is no rsyslogd")


def storm():
    return make_threads(EVENTS // 2, RATE // 2)


def finish(outputs, source):
    """Waits until the source has ended and everything is sent; then stops."""
    assert source.wait() == 0
    time.sleep(0.3)
    outputs.wait_for_all("one", LAST)
    return outputs.stop()


def test_engine_killed():
    """the engine is killed three times, and the process that sends once: each event is there"""
    need_rsyslog()
    # What the socket has when it is killed is sent again only within this time.
    engine = Rsyslog(type="thread", **({"ack-delay": "2s"} if FULL else {}))
    outputs = Outputs({"one": engine}, THREADS)  # it does not run yet
    source = storm()
    try:
        for i in range(3):
            time.sleep(EVENTS / RATE / 8)
            engine.start()
            time.sleep(EVENTS / RATE / 8)
            if i == 1:
                outputs.kill_shipper("one")
            engine.kill()
        engine.start()
        errors = finish(outputs, source)
        items = engine.items()
    finally:
        engine.kill()
    assert outputs.run.status == 0, errors
    repeats = assert_once(items, outputs.lines())
    assert len(items) - repeats >= EVENTS, len(items)
    assert "Connection refused" in errors, errors
    assert "signal 9" in errors and "started again" in errors, errors


def figures(path):
    return json.loads(subprocess.run(
        [VIGIL, "stats", "--service", "--status", path, "--json"], capture_output=True,
        check=True).stdout)


def test_keeper_killed():
    """the process that starts those that send is killed twice: it is started again, which is counted,
    also with the outputs that a reload has brought, and each event is there"""
    need_rsyslog()
    engine, other = Rsyslog(type="thread"), Rsyslog(type="thread")
    engine.start()
    other.start()
    status = temporary("status")
    try:
        outputs = Outputs({"one": engine}, THREADS, options=("--status", status))
        source = storm()
        outputs.configure({"one": engine, "two": other}, THREADS)
        outputs.reload()
        for _ in range(2):
            wait_until(lambda: outputs.shipper("two"), "the process of the new output")
            before = outputs.keeper()
            os.kill(before, signal.SIGKILL)
            wait_until(lambda before=before: outputs.keeper() not in (0, before), "another keeper")
        wait_until(lambda: outputs.shipper("two"), "the process of the new output")
        wait_until(lambda: figures(status)["keeper_restarts"] == 2, "the count")
        assert figures(status)["metrics_restarts"] == 0
        errors = finish(outputs, source)
        items = engine.items()
        assert_once(other.items())
    finally:
        engine.kill()
        other.kill()
    assert outputs.run.status == 0, errors
    assert_once(items, outputs.lines())
    assert errors.count("that starts those that send was ended by signal 9") == 2, errors


def test_tls():
    """syslog by TLS with client certificates, the engine killed once: each event is there"""
    need_rsyslog()
    if not Rsyslog.drivers():
        raise Skip("this rsyslogd has no TLS")
    files = Certificates(os.path.dirname(temporary("x")), wants_client=True)
    engine = Rsyslog(certificates=files, type="thread", **{"ack-delay": "1s"})
    engine.start()
    try:
        outputs = Outputs({"one": engine}, THREADS)
        source = storm()
        wait_until(lambda: outputs.mark("one") > 100, "the first events")
        engine.kill()
        time.sleep(EVENTS / RATE / 8)
        engine.start()
        errors = finish(outputs, source)
        items = engine.items()
    finally:
        engine.kill()
    assert outputs.run.status == 0, errors
    assert_once(items, outputs.lines())
    assert "works again" in errors and "more privileges" not in errors, errors


def test_sensor_killed():
    """the process of the sensor is killed twice: numbers continue, and none is missing"""
    need_rsyslog()
    engine = Rsyslog(type="thread")
    engine.start()
    try:
        outputs = Outputs({"one": engine}, THREADS)
        for _ in range(2):
            source = storm()
            time.sleep(EVENTS / RATE / 3)
            outputs.kill()
            outputs.start()
            source.wait()
        source = storm()
        source.wait()
        time.sleep(0.3)
        errors = outputs.stop()
        items = engine.items()
    finally:
        engine.kill()
    assert_once(items)
    sessions = {identity.rsplit("-", 2)[1] for identity, _ in items}
    assert len(sessions) == 3, sessions
    assert "0 not written" in errors, errors


def wait_until_sent(outputs):
    """Waits until nothing more is sent. What is sent is removed from a full disk, and writing is
    tried again each second, in as many parts as the disk makes necessary."""
    sent, before = outputs.mark("one"), -1
    while sent > before:
        time.sleep(1.5)
        sent, before = outputs.mark("one"), sent


def test_full_disk():
    """the disk of the spool is full: what is missing is counted in the output, to the last event"""
    need_rsyslog()
    engine = Rsyslog(type="thread", sync="100ms")
    disk = os.path.dirname(temporary("x"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", disk], check=True)
    try:
        outputs = Outputs({"one": engine}, THREADS, spool=disk + "/spool")
        source = make_threads(8000)
        assert source.wait() == 0
        time.sleep(0.3)
        before = len(outputs.lines())
        engine.start()
        wait_until(lambda: outputs.mark("one") > 1000, "the first events")
        wait_until_sent(outputs)
        make_threads(100).wait()
        wait_until_sent(outputs)
        errors = outputs.stop()
        items = engine.items()
    finally:
        if engine.process:
            engine.kill()
        subprocess.run(["umount", "-l", disk], check=True)
    found, _ = by_number(items)
    assert_once(items)
    assert before >= 16000, before
    assert lost(items) > 0, errors
    there = sum(1 for body in found.values() if '"not-written"' not in body)
    assert there + lost(items) == len(outputs.lines()), (there, lost(items),
                                                         len(outputs.lines()))
    assert "No space left" in errors and "can be written again" in errors, errors
    assert outputs.run.status == 5, (outputs.run.status, errors)


def test_rate():
    """the limit of events a second: what is withheld is reported, and nothing is lost"""
    need_rsyslog()
    engine = Rsyslog(type="thread", rate="500")
    engine.start()
    try:
        begun = time.monotonic()
        outputs = Outputs({"one": engine}, THREADS)
        make_threads(3000).wait()
        time.sleep(1.2)
        errors = outputs.stop()
        seconds = time.monotonic() - begun
        items = engine.items()
    finally:
        engine.kill()
    found, _ = by_number(items)
    assert_once(items)
    reports = sum(1 for body in found.values() if '"withheld"' in body)
    assert 1 < reports < 20, reports
    assert len(found) - reports + lost(items) == len(outputs.lines())
    assert len(found) - reports < 500 * (seconds + 1), (len(found), seconds)
    assert f"0 not written, {lost(items)} withheld" in errors, errors
    assert outputs.run.status == 0, errors


def test_network_cut():
    """the network is cut and comes back: each event is there"""
    need_rsyslog()
    engine = Rsyslog("10.213.7.1", type="thread")
    space, cut = "vigil-fleet", 60 if FULL else 1

    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    ip("netns", "add", space)
    source = None
    try:
        ip("link", "add", "vigil-a", "type", "veth", "peer", "name", "vigil-b", "netns", space)
        ip("address", "add", "10.213.7.1/24", "dev", "vigil-a")
        ip("link", "set", "vigil-a", "up")
        ip("-n", space, "address", "add", "10.213.7.2/24", "dev", "vigil-b")
        ip("-n", space, "link", "set", "vigil-b", "up")
        engine.start()
        outputs = Outputs({"one": engine}, THREADS,
                          before=("nsenter", f"--net=/run/netns/{space}"))
        source = storm()
        wait_until(lambda: engine.items(), "the first event")
        ip("link", "set", "vigil-a", "down")
        time.sleep(cut)
        ip("link", "set", "vigil-a", "up")
        errors = finish(outputs, source)
        items = engine.items()
    finally:
        subprocess.run(["ip", "netns", "del", space], check=False)
        subprocess.run(["ip", "link", "del", "vigil-a"], check=False, stderr=subprocess.DEVNULL)
        engine.kill()
    assert outputs.run.status == 0, errors
    assert_once(items, outputs.lines())


def test_journald():
    """journald, which is killed once: each event is in the journal, with its fields"""
    if not Journald.there():
        raise Skip("there is no systemd-journald")
    engine = Journald(type="exec")
    try:
        engine.start()
        outputs = Outputs({"one": engine}, {"type": "exec"}, before=engine.before)
        script = "for i in $(seq 200); do /bin/true $i; done; /bin/true %s"
        subprocess.run(["sh", "-c", script % "short"], check=True)
        engine.kill()
        subprocess.run(["sh", "-c", script % ("x" * 120000)], check=True)
        engine.start()
        errors = finish(outputs, subprocess.Popen(["true"]))
        items = engine.items()
    finally:
        engine.end()
    assert outputs.run.status == 0, errors
    assert_once(items, outputs.lines())
    assert max(len(body) for _, body in items) > 60000
    assert "Connection refused" in errors and "works again" in errors, errors


run(globals())
