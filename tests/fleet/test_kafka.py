#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_kafka.py - the outlet kafka against a mock cluster of librdkafka: every item is in the topic."""
import os
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import outlet
import tap

KAFKA = os.environ.get("FLEET_KAFKA")
TOO_LARGE, INVALID_RECORD, NOT_LEADER = 10, 87, 6


class Cluster:
    def __init__(self, partitions=2):
        self.process = subprocess.Popen([KAFKA, str(partitions)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.brokers = self.process.stdout.readline().strip()

    def tell(self, command="count"):
        """Messages, different ids, wrong ones, and the greatest sequence."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return [int(word) for word in self.process.stdout.readline().split()]

    def settled(self, count):
        """The same, as soon as there are so many ids, or after some seconds."""
        for _ in range(100):
            found = self.tell()
            if found[1] >= count:
                time.sleep(0.1)
                return self.tell()
            time.sleep(0.1)
        return self.tell()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def settings(cluster, **own):
    return {"brokers": cluster.brokers, **{name.replace("_", "-"): own[name] for name in own}}


def test_plain(_):
    """every item is there once, with id, type, host and key, whatever the compression"""
    for compression in "lz4", "zstd", "gzip", "none":
        with Cluster() as cluster:
            outlet.send("kafka", settings(cluster, compression=compression), count=3000).all_acked(3000)
            assert cluster.settled(3000) == [3000, 3000, 0, 3000], cluster.tell()


def test_down(_):
    """brokers that are down, and answer with errors: every item is there once"""
    with Cluster() as cluster:
        process = outlet.start("kafka", settings(cluster), count=6000, rate=3000)
        time.sleep(0.5)
        cluster.tell("down")
        time.sleep(1)
        cluster.tell("up")
        cluster.tell(f"error {NOT_LEADER} 3")
        sent = outlet.end(process)
        sent.all_acked(6000)
        assert cluster.settled(6000) == [6000, 6000, 0, 6000], cluster.tell()
        assert "Kafka: " in sent.text, sent.text


def test_large(_):
    """an item larger than messages may be is refused, the others are there"""
    with Cluster() as cluster:
        sent = outlet.send("kafka", settings(cluster), count=1000, large=300, large_size=1200000)
        assert sent.acked == 999 and sent.refused == 1, vars(sent)
        assert "refused 300: Broker: Message size too large" in sent.err, sent.err
        assert cluster.settled(999)[:3] == [999, 999, 0]


def test_refused_together(_):
    """brokers that refuse several messages get each alone: only what they refuse then is refused"""
    for code in TOO_LARGE, INVALID_RECORD:
        with Cluster(1) as cluster:
            cluster.tell(f"error {code} 2")
            sent = outlet.send("kafka", settings(cluster), count=2000)
            assert sent.acked + sent.refused == 2000 and sent.refused <= 1 <= sent.again, vars(sent)
            assert cluster.settled(sent.acked)[:3] == [sent.acked, sent.acked, 0], cluster.tell()


def test_passed_on(_):
    """any setting of librdkafka can be given, and what it does not know is reported"""
    with Cluster() as cluster:
        outlet.send("kafka", {"brokers": cluster.brokers, "kafka.linger.ms": "50",
                              "kafka.partitioner": "murmur2_random"}, count=100).all_acked(100)
    sent = outlet.send("kafka", {"brokers": "localhost:1", "kafka.nonsense": "1"}, count=1)
    assert sent.status == 1 and "nonsense" in sent.err, sent.err
    sent = outlet.send("kafka", {"brokers": "localhost:1", "user": "x"}, count=1)
    assert sent.status == 1 and "need each other" in sent.err, sent.err


def test_nobody(_):
    """no broker: a message, nothing lost, little CPU time"""
    sent = outlet.send("kafka", {"brokers": "localhost:1"}, count=1000, seconds=2)
    assert sent.acked == 0 and sent.refused == 0 and sent.cpu_ms < 500, vars(sent)
    assert "refused" in sent.text and "localhost:1" in sent.text, sent.text


def test_wrong_protocol(_):
    """TLS and SASL to brokers without them: a message, nothing lost"""
    with Cluster() as cluster:
        sent = outlet.send("kafka", settings(cluster, tls="yes"), count=100, seconds=2)
        assert sent.acked == 0 and sent.refused == 0 and "SSL" in sent.text, vars(sent)


if not KAFKA:
    print("skipped: built without librdkafka")
    sys.exit(77)
tap.run(globals(), at_once=4)
