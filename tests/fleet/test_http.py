#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_http.py - the outlets elasticsearch and otlp against a strict server: every item is there once,
whatever the server does.
"""
import base64
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import outlet
import strict
import tap
from certificates import Certificates
from engines import free_port

INDEX = {"index": "logs-vigil-test"}
SMALL = {"batch-size": "64K"}


def once(server, count, repeats=False):
    assert not server.wrong, server.wrong[:3]
    assert len(server.numbers) == count, (len(server.numbers), count)
    if not repeats:
        assert max(server.ids.values()) == 1, "an item came twice"


def run(kind, server, count=3000, own=(), **options):
    settings = {"url": server.url, **(INDEX if kind == "elasticsearch" else {}), **SMALL, **dict(own)}
    try:
        return outlet.send(kind, settings, count=count, **options)
    finally:
        server.close()


def test_plain(_):
    """elasticsearch and otlp: every item is there once, with and without gzip"""
    for kind in "elasticsearch", "otlp":
        for gzip in "yes", "no":
            server = strict.Server(kind)
            run(kind, server, own={"gzip": gzip}).all_acked(3000)
            once(server, 3000)


def test_too_large(_):
    """413: the request is split until it fits, and later requests are small at once"""
    for kind in "elasticsearch", "otlp":
        server = strict.Server(kind, limit=20000)
        run(kind, server, own={"gzip": "no", "batch-size": "4M"}).all_acked(3000)
        once(server, 3000)
        assert 0 < server.statuses.count(413) < 30, server.statuses.count(413)


def test_one_too_large(_):
    """413: an item that is too large alone is refused, the others are there"""
    server = strict.Server("elasticsearch", limit=20000)
    sent = run("elasticsearch", server, own={"gzip": "no"}, large=700, large_size=50000)
    assert sent.acked == 2999 and sent.refused == 1, vars(sent)
    assert "refused 700: HTTP status 413" in sent.err, sent.err
    once(server, 2999)


def test_not_json(_):
    """an item that the server does not understand is refused, the others are there"""
    for kind in "elasticsearch", "otlp":
        server = strict.Server(kind)
        sent = run(kind, server, bad=100, count=500)
        assert sent.acked == 499 and sent.refused == 1, vars(sent)
        assert "refused 100: " in sent.err, sent.err
        server.wrong.clear()
        once(server, 499, repeats=True)


def test_busy(_):
    """429 and 503 with Retry-After: the items are sent again, not before that time"""
    server = strict.Server("elasticsearch", faults=[(429, 1), (503, 2)])
    sent = run("elasticsearch", server, own={"parallel": "1"})
    sent.all_acked(3000)
    once(server, 3000)
    assert "HTTP status 429" in sent.text and "HTTP status 503" in sent.text, sent.text
    assert server.times[1] - server.times[0] >= 0.95 and server.times[2] - server.times[1] >= 1.95


def test_broken(_):
    """500, a connection that is reset, a slow answer: every item is there"""
    for kind in "elasticsearch", "otlp":
        server = strict.Server(kind, faults=[500, "reset", None, "slow", "reset", 502])
        sent = run(kind, server, own={"timeout": "1s"})
        sent.all_acked(3000)
        once(server, 3000, repeats=True)
        assert "imed out" in sent.text and "HTTP status 502" in sent.text, sent.text


def test_items(_):
    """_bulk: items that are rejected for a moment are sent again, and only those"""
    server = strict.Server("elasticsearch", faults=[("items", 429, 7), ("items", 503, 3)])
    sent = run("elasticsearch", server)
    sent.all_acked(3000)
    once(server, 3000)
    assert 0 < sent.again < 200 and "es_rejected_execution_exception" in sent.text, vars(sent)


def test_refused_for_ever(_):
    """an index that takes nothing stops the output after a hundred items, and loses none"""
    server = strict.Server("elasticsearch", faults=[("items", 400, 1)] * 1000)
    sent = run("elasticsearch", server, seconds=2)
    assert sent.acked == 0 and sent.refused == 100, vars(sent)
    assert "100 items in a row were refused" in sent.text, sent.text


def test_partial(_):
    """OTLP: what a collector rejects in part is kept as refused, and not sent again"""
    server = strict.Server("otlp", faults=[("partial", 5)])
    sent = run("otlp", server)
    assert sent.acked + sent.refused == 3000 and sent.refused > 5 and sent.again == 0, vars(sent)
    assert "rejected 5 of a request's" in sent.err and "some were too old" in sent.err, sent.err
    once(server, sent.acked)


def test_password(directory):
    """a wrong password: the message names it, and nothing is lost; the right one and a token work"""
    secret = os.path.join(directory, "secret")
    with open(secret, "w", encoding="ascii") as out:
        out.write("right\n")
    basic = "Basic " + base64.b64encode(b"me:right").decode()
    server = strict.Server("elasticsearch", user=basic)
    run("elasticsearch", server, own={"user": "me", "password-file": secret}).all_acked(3000)
    once(server, 3000)
    server = strict.Server("otlp", user="Bearer right")
    run("otlp", server, own={"token-file": secret}).all_acked(3000)
    server = strict.Server("elasticsearch", user="Basic other")
    sent = run("elasticsearch", server, own={"user": "me", "password-file": secret}, seconds=2)
    assert sent.acked == 0 and sent.refused == 0 and len(server.times) < 20, vars(sent)
    assert "HTTP status 401" in sent.text and "wrong user, password or token" in sent.text, sent.text
    assert "right" not in sent.text


def test_tls(directory):
    """TLS with an own authority and a client certificate; without them the message says why"""
    mine = Certificates(directory + "/mine", wants_client=True)
    other = Certificates(directory + "/other")
    client = {"cert-file": mine.client_cert, "key-file": mine.client_key}
    server = strict.Server("elasticsearch", tls=mine)
    run("elasticsearch", server, own={"ca-file": mine.ca, **client}).all_acked(3000)
    once(server, 3000)
    for own, message in (({"ca-file": other.ca, **client}, "certificate"),
                         ({"ca-file": mine.ca}, "certificate"),
                         ({"ca-file": directory + "/none"}, "/none")):
        server = strict.Server("elasticsearch", tls=mine)
        sent = run("elasticsearch", server, own=own, seconds=1)
        assert sent.acked == 0 and sent.refused == 0 and message in sent.text, vars(sent)


def test_no_server(_):
    """nothing listens: a message, few attempts, and all is sent when the server is there"""
    port = free_port()
    process = outlet.start("otlp", {"url": f"http://localhost:{port}", **SMALL}, count=3000)
    time.sleep(1)
    server = strict.Server("otlp", port=port)
    sent = outlet.end(process)
    server.close()
    sent.all_acked(3000)
    once(server, 3000)
    assert "onnect" in sent.text and sent.cpu_ms < 1500, vars(sent)


def test_settings(_):
    """settings that cannot be used are reported at once"""
    for own, message in (({"url": "ftp://x"}, "begins with http"),
                         ({"url": "http://x", "parallel": "99"}, "from 1 to 16"),
                         ({"url": "http://x", "cert-file": "x"}, "need each other"),
                         ({"url": "http://x", "password-file": "/none"}, "cannot read password-file")):
        sent = outlet.send("elasticsearch", own, count=1)
        assert sent.status == 1 and message in sent.err, (sent.status, sent.err)


tap.run(globals(), at_once=4)
