# SPDX-License-Identifier: MIT
"""`vigil run` with all engines at once, each killed and started again: the same events are in each
of them, by their numbers. With VIGIL_TEST_FLEET=1 there are 1,000,000 events."""
import os
import subprocess
import time

from outputs import Outputs, assert_once, make_threads, wait_until
import engines
import strict
from live import Skip, run, temporary  # from tests/linux
from nats_client import Client
from rsyslog import Rsyslog

FULL = os.environ.get("VIGIL_TEST_FLEET") == "1"
EVENTS = 1000000 if FULL else 4000
RATE = 8000 if FULL else 2000  # events in a second
KAFKA = os.environ.get("FLEET_KAFKA")


class Nats(engines.Nats):
    def __init__(self, **settings):
        super().__init__(os.path.dirname(temporary("x")))
        self.settings = {"to": "nats", "servers": f"nats://localhost:{self.port}", **settings}
        with Client(self.port) as client:
            client.add_stream()

    def items(self):
        with Client(self.port) as client:
            return [(identity, data.decode()) for _, identity, data in client.read()]


class Strict(strict.Server):
    """An HTTP server that checks each request; what it has been given outlives kill()."""

    def __init__(self, kind, **settings):
        super().__init__(kind)
        self.settings = {"to": kind, "url": self.url, **settings}
        self.kept = {}

    def take(self, identity, event):
        with self.lock:
            self.ids[identity] = self.ids.get(identity, 0) + 1

    def kill(self):
        """It answers nothing but errors."""
        self.faults = [503] * 1000000

    def start(self):
        self.faults = []

    def items(self):
        return [(identity, "") for identity, count in self.ids.items() for _ in range(count)]


class Kafka:
    """librdkafka's mock cluster; a repeat of an idempotent producer is not kept."""

    def __init__(self, **settings):
        self.process = subprocess.Popen([KAFKA, "4"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        brokers = self.process.stdout.readline().strip()
        self.settings = {"to": "kafka", "brokers": brokers, **settings}

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def kill(self):
        self.tell("down")

    def start(self):
        self.tell("up")

    def count(self):
        return int(self.tell("count")[0])

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def make_engines():
    made = {"syslog": Rsyslog(type="thread"), "elastic": Strict("elasticsearch", type="thread",
                                                                index="logs-vigil-test")}
    made["syslog"].start()
    if engines.Nats.there():
        made["nats"] = Nats(type="thread")
    if KAFKA:
        made["kafka"] = Kafka(type="thread")
    return made


def test_all():
    """all engines at once, each killed and started again: the same events are in all of them"""
    if not Rsyslog.there():
        raise Skip("there is no rsyslogd")
    made = make_engines()
    try:
        outputs = Outputs(made, {"type": "thread"})
        source = make_threads(EVENTS // 2, RATE // 2)
        for name, engine in made.items():
            time.sleep(EVENTS / RATE / 16)
            engine.kill()
            time.sleep(EVENTS / RATE / 16)
            engine.start()
            outputs.kill_shipper(name)
        assert source.wait() == 0
        time.sleep(0.3)
        count = len(outputs.lines())
        for name in made:
            wait_until(lambda name=name: outputs.mark(name) >= count, f"the last in {name}", 600)
        errors = outputs.stop()
        lines = outputs.lines()
        for name in ("syslog", "nats"):
            if name in made:
                assert_once(made[name].items(), lines)
        numbers = {int(identity.rsplit("-", 1)[1]) for identity, _ in made["elastic"].items()}
        assert numbers == set(range(1, len(lines) + 1)), (len(numbers), len(lines))
        assert not made["elastic"].wrong, made["elastic"].wrong[:2]
        if "kafka" in made:
            wait_until(lambda: made["kafka"].count() >= len(lines), "all in kafka")
        assert outputs.run.status == 0, errors
        assert f"{len(lines)} events, 0 not written" in errors, errors
    finally:
        for name in ("syslog", "nats"):
            if name in made:
                made[name].kill()
        if "kafka" in made:
            made["kafka"].end()


run(globals())
