# SPDX-License-Identifier: MIT
"""fleet_engines.py - the engines of engines.py and strict.py as outputs.py wants them: settings,
start(), kill(), items().
"""
import json
import os
import subprocess

import engines
import strict
from nats_client import Client

KAFKA = os.environ.get("FLEET_KAFKA")


class Stream:
    """A stream of NATS JetStream."""

    def __init__(self, directory, **settings):
        self.engine = engines.Nats(directory)
        with Client(self.engine.port) as client:
            client.add_stream()
        self.settings = {"to": "nats", "servers": f"nats://localhost:{self.engine.port}", **settings}

    def start(self):
        self.engine.start()

    def kill(self):
        self.engine.kill()

    def items(self):
        with Client(self.engine.port) as client:
            return [(identity, data.decode()) for _, identity, data in client.read()]


class Table:
    """A table of ClickHouse. It has no column for the whole event: the body is its time."""

    def __init__(self, directory, **settings):
        self.engine = engines.ClickHouse(directory)
        self.engine.query("CREATE DATABASE vigil")
        self.engine.query("CREATE TABLE vigil.events (id String, `@timestamp` String) "
                          "ENGINE = MergeTree() PARTITION BY tuple() ORDER BY id")
        known = "insert_deduplication_token" in self.engine.query("SELECT name FROM system.settings")
        self.settings = {"to": "clickhouse", "url": self.engine.url,
                         "deduplicate": "yes" if known else "no", **settings}

    def start(self):
        self.engine.start()

    def kill(self):
        self.engine.kill()

    def items(self):
        rows = self.engine.query("SELECT id, `@timestamp` FROM vigil.events FORMAT TSV")
        return [tuple(row.split("\t")) for row in rows.splitlines()]

    @staticmethod
    def bodies(lines):
        return [json.loads(line)["@timestamp"] for line in lines]


class Topic:
    """A topic of Kafka's mock cluster, which is in memory: killed means that its brokers are down."""

    def __init__(self, directory, **settings):
        self.copy = os.path.join(directory, "messages")
        self.process = subprocess.Popen([KAFKA, "8", self.copy], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.settings = {"to": "kafka", "brokers": self.process.stdout.readline().strip(), **settings}

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def start(self):
        self.tell("up")

    def kill(self):
        self.tell("down")

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def items(self):
        self.tell("count")
        with open(self.copy, encoding="utf-8") as copy:
            return [tuple(line.rstrip("\n").split("\t", 1)) for line in copy]


class Strict:
    """The strict server, as Elasticsearch or an OTLP collector."""

    def __init__(self, kind, faults=(), **settings):
        self.kind, self.faults, self.store, self.wrong = kind, faults, [], []
        self.server = strict.Server(kind, faults, store=self.store)
        self.settings = {"to": kind, "url": self.server.url, **settings}
        if kind == "elasticsearch":
            self.settings["index"] = "logs-vigil-test"

    def start(self):
        before = self.server
        self.server = strict.Server(self.kind, before.faults, port=before.port, store=self.store)
        self.server.ids = before.ids

    def kill(self):
        self.server.close()
        self.wrong += self.server.wrong

    def items(self):
        assert not self.wrong and not self.server.wrong, (self.wrong, self.server.wrong)
        return self.store
