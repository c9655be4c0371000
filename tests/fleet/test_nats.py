#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_nats.py - the outlet nats against a real nats-server: every item is in the stream once."""
import json
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import engines
import outlet
import tap
from certificates import Certificates
from nats_client import Client
from nats_keys import Key, Operator


def servers(nats, **own):
    return {"servers": f"nats://localhost:{nats.port}",
            **{name.replace("_", "-"): own[name] for name in own}}


def once(port, count, **login):
    """Each of the items is in the stream once, with its id and its subject."""
    numbers = set()
    with Client(port, **login) as client:
        for subject, identity, data in client.read():
            number = json.loads(data)["event"]["sequence"]
            assert identity == f"testhost-77-{number}", identity
            assert number not in numbers, number
            assert subject == "vigil.test_host.exec", subject
            numbers.add(number)
    assert len(numbers) == count, (len(numbers), count)


def sent_over_restarts(nats, settings):
    """20,000 items, while the server is killed and started three times."""
    process = outlet.start("nats", settings, count=20000, rate=6000)
    for _ in range(3):
        time.sleep(0.7)
        nats.kill()
        time.sleep(0.2)
        nats.start()
    sent = outlet.end(process)
    sent.all_acked(20000)
    return sent


def test_plain(directory):
    """every item is there once, and a repeat is not kept"""
    with engines.Nats(directory) as nats:
        with Client(nats.port) as client:
            client.add_stream()
        outlet.send("nats", servers(nats), count=3000).all_acked(3000)
        once(nats.port, 3000)
        outlet.send("nats", servers(nats, stream="VIGIL"), count=3100).all_acked(3100)
        once(nats.port, 3100)


def test_killed(directory):
    """a server that is killed and started again: every item is there once"""
    with engines.Nats(directory) as nats:
        with Client(nats.port) as client:
            client.add_stream()
        sent = sent_over_restarts(nats, servers(nats))
        once(nats.port, 20000)
        assert sent.again > 0 and "connect" in sent.text, vars(sent)


def rows(port):
    """The numbers of all items in the messages of batches, and how many messages there are."""
    numbers, messages = [], 0
    with Client(port) as client:
        for subject, identity, data in client.read():
            lines = [json.loads(line) for line in data.decode().splitlines()]
            first = [line["event"]["sequence"] for line in lines]
            assert subject == "vigil.test_host.batch", subject
            assert identity == f"testhost-77-{first[0]}+{len(first)}", identity
            assert [line["id"] for line in lines] == [f"testhost-77-{n}" for n in first], first
            assert data.startswith(b'{"id":"') and data.endswith(b"}\n"), data
            numbers += first
            messages += 1
    return numbers, messages


def test_batch(directory):
    """several items in a message: each is there once with its id, and a repeat is not kept"""
    with engines.Nats(directory) as nats:
        with Client(nats.port) as client:
            client.add_stream()
        for _ in range(2):
            outlet.send("nats", servers(nats, batch="20k"), count=3000).all_acked(3000)
        numbers, messages = rows(nats.port)
        assert sorted(numbers) == list(range(1, 3001)), len(numbers)
        assert 3000 / 20 <= messages < 3000 / 15, messages


def test_batch_killed(directory):
    """a server that is killed while batches are sent: no item is missing"""
    with engines.Nats(directory) as nats:
        with Client(nats.port) as client:
            client.add_stream()
        sent = sent_over_restarts(nats, servers(nats, batch="20k"))
        assert sent.again > 0, vars(sent)
        assert set(rows(nats.port)[0]) == set(range(1, 20001))


def test_batch_too_large(directory):
    """batches larger than the server or the stream takes become smaller; an item is refused"""
    for extra, options in (("max_payload: 30000", {}), ("", {"max_msg_size": 30000})):
        with engines.Nats(f"{directory}/{len(extra)}", extra) as nats:
            with Client(nats.port) as client:
                client.add_stream(**options)
            sent = outlet.send("nats", servers(nats, batch="200k"), count=500, large=70,
                               large_size=40000)
            assert sent.acked == 499 and sent.refused == 1, vars(sent)
            assert "refused 70: " in sent.err, sent.err
            numbers, messages = rows(nats.port)
            assert sorted(numbers) == [n for n in range(1, 501) if n != 70], len(numbers)
            assert messages < 100, messages


def test_no_stream(directory):
    """no stream: the message says how to make one, and then every item is there"""
    with engines.Nats(directory) as nats:
        process = outlet.start("nats", servers(nats), count=2000)
        time.sleep(0.7)
        with Client(nats.port) as client:
            client.add_stream()
        sent = outlet.end(process)
        sent.all_acked(2000)
        once(nats.port, 2000)
        assert "nats stream add VIGIL --subjects 'vigil.>'" in sent.text, sent.text


def test_too_large(directory):
    """an item larger than the server or the stream takes is refused, the others are there"""
    for extra, options in (("max_payload: 30000", {}), ("", {"max_msg_size": 30000})):
        with engines.Nats(f"{directory}/{len(extra)}", extra) as nats:
            with Client(nats.port) as client:
                client.add_stream(**options)
            sent = outlet.send("nats", servers(nats), count=500, large=70, large_size=40000)
            assert sent.acked == 499 and sent.refused == 1, vars(sent)
            assert "refused 70: " in sent.err, sent.err
            once(nats.port, 499)


def test_full(directory):
    """a stream that is full refuses for the time being: nothing is given up"""
    with engines.Nats(directory) as nats:
        with Client(nats.port) as client:
            client.add_stream(max_msgs=100, discard="new")
        sent = outlet.send("nats", servers(nats), count=500, seconds=2)
        assert sent.acked == 100 and sent.refused == 0 and "maximum messages" in sent.text, vars(sent)
        assert sent.cpu_ms < 500, vars(sent)
        with Client(nats.port) as client:
            assert client.count() == 100


def test_password(directory):
    """a wrong password: the message says so; the right one works"""
    secret = os.path.join(directory, "secret")
    for word, works in ("right", True), ("wrong", False):
        with open(secret, "w", encoding="ascii") as out:
            out.write(word + "\n")
        with engines.Nats(f"{directory}/{word}", 'authorization { user: me, password: right }') as nats:
            with Client(nats.port, "me", "right") as client:
                client.add_stream()
            sent = outlet.send("nats", servers(nats, user="me", password_file=secret), count=500,
                               seconds=20 if works else 1)
            if works:
                sent.all_acked(500)
                once(nats.port, 500, user="me", password="right")
            else:
                assert sent.acked == 0 and sent.refused == 0, vars(sent)
                assert "uthorization" in sent.text and "wrong" not in sent.text, sent.text


def test_token(directory):
    """a token in a file: the right one works, another one is refused, and no message has it"""
    secret = os.path.join(directory, "secret")
    with engines.Nats(directory + "/nats", "authorization { token: right }") as nats:
        with Client(nats.port, token="right") as client:
            client.add_stream()
        for word, works in ("wrong", False), ("right", True):
            with open(secret, "w", encoding="ascii") as out:
                out.write(word + "\n")
            sent = outlet.send("nats", servers(nats, token_file=secret), count=500,
                               seconds=20 if works else 1)
            if works:
                sent.all_acked(500)
            else:
                assert sent.acked == 0 and sent.refused == 0, vars(sent)
                assert "uthorization" in sent.text and "wrong" not in sent.text, sent.text
        once(nats.port, 500, token="right")


def test_credentials(directory):
    """a file of credentials: that of a user of the account works, that of a stranger is refused"""
    operator = Operator(directory)
    stranger = Key(directory, "account", "stranger")
    right, wrong = operator.credentials("sender"), operator.credentials("other", stranger)
    with engines.Nats(directory + "/nats", operator.config) as nats:
        reader = operator.user("reader")
        with Client(nats.port, signed=reader) as client:
            client.add_stream()
        for path in wrong, directory + "/none":
            sent = outlet.send("nats", servers(nats, creds_file=path), count=500, seconds=1)
            assert sent.acked == 0 and sent.refused == 0, vars(sent)
            assert "uthorization" in sent.text or "/none" in sent.text, sent.text
        outlet.send("nats", servers(nats, creds_file=right), count=500).all_acked(500)
        once(nats.port, 500, signed=reader)


def test_tls(directory):
    """TLS with an own authority and a client certificate; without them the message says why"""
    mine, other = Certificates(directory + "/mine"), Certificates(directory + "/other")
    client = {"cert_file": mine.client_cert, "key_file": mine.client_key}
    tls = (f"tls {{ cert_file: {mine.server_cert}, key_file: {mine.server_key}, "
           f"ca_file: {mine.ca}, verify: true }}")
    with engines.Nats(directory + "/nats", tls) as nats:
        sent = outlet.send("nats", servers(nats, ca_file=mine.ca, **client), count=100, seconds=2)
        assert "nats stream add" in sent.text, sent.text  # it is connected
        for own in {"ca_file": other.ca, **client}, {"ca_file": mine.ca}, {}:
            sent = outlet.send("nats", servers(nats, **own), count=100, seconds=1)
            assert sent.acked == 0 and sent.refused == 0, vars(sent)
            assert "tls" in sent.text.lower() or "SSL" in sent.text or \
                "certificate" in sent.text or "ecure" in sent.text, sent.text


def test_nobody(_):
    """nothing listens: a message, nothing lost, few attempts"""
    sent = outlet.send("nats", {"servers": "nats://localhost:1"}, count=1000, seconds=2)
    assert sent.acked == 0 and sent.refused == 0 and sent.cpu_ms < 300, vars(sent)
    assert "cannot connect to nats://localhost:1" in sent.text and sent.again < 20, vars(sent)


if not engines.Nats.there():
    print("skipped: nats-server is not installed")
    sys.exit(77)
tap.run(globals(), at_once=4)
