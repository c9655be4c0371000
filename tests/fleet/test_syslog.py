#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_syslog.py - the outlet syslog against a real rsyslogd, by TCP and by TLS: every item is there."""
import json
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import outlet
import tap
from certificates import Certificates
from rsyslog import Rsyslog

NOT_TAKEN = {"count": 1000, "seconds": 3}


def folder(directory, name):
    path = os.path.join(directory, name)
    os.makedirs(path)
    return path


def own(engine, **changes):
    """The settings of the output; those that are None are left out."""
    settings = {**engine.settings, **{name.replace("_", "-"): changes[name] for name in changes}}
    return {name: value for name, value in settings.items() if value is not None and name != "to"}


def assert_all(engine, count):
    """Each of the items is there, whole, with its id. Returns how often items were repeated."""
    for _ in range(100):  # what it has read is written a moment later
        items = engine.items()
        if len({identity for identity, _ in items}) == count:
            break
        time.sleep(0.1)
    numbers = []
    for identity, body in items:
        numbers.append(json.loads(body)["event"]["sequence"])
        assert identity == f"testhost-77-{numbers[-1]}", identity
    assert set(numbers) == set(range(1, count + 1)), (len(set(numbers)), count)
    return len(numbers) - count


def assert_not_taken(sent, *texts):
    """Nothing was acknowledged or given up, it tried a few times only, and said why."""
    assert sent.acked == 0 and sent.refused == 0 and sent.again > 0, vars(sent)
    assert sent.cpu_ms < 500, vars(sent)
    for text in texts:
        assert text in sent.text, (text, sent.text)


def send_while_killed(engine, count):
    """The server is killed three times while items are sent. What rsyslogd has read and not written
    when it is killed is lost in it; ack-delay is longer than that takes."""
    process = outlet.start("syslog", own(engine, ack_delay="1s"), count=count, rate=count // 4)
    for _ in range(3):
        time.sleep(0.8)
        engine.kill()
        time.sleep(0.3)
        engine.start()
    sent = outlet.end(process)
    sent.all_acked(count)
    assert sent.again > 0, vars(sent)


def with_engine(check, *arguments, **options):
    engine = Rsyslog(*arguments, **options)
    engine.start()
    try:
        check(engine)
    finally:
        engine.kill()


def test_tcp(directory):
    """by TCP: every item is there, also if the server is killed"""
    def check(engine):
        send_while_killed(engine, 8000)
        assert_all(engine, 8000)
    with_engine(check, directory=directory)


def test_tls(directory):
    """by TLS, with an own authority and a client certificate: every item is there, large ones too"""
    files = Certificates(directory + "/files", wants_client=True)
    for driver in Rsyslog.drivers():
        def check(engine):
            outlet.send("syslog", own(engine), count=5000, large=77,
                        large_size=150000).all_acked(5000)
            assert assert_all(engine, 5000) == 0
        with_engine(check, directory=folder(directory, driver), certificates=files, driver=driver)


def test_tls_killed(directory):
    """by TLS, to a server that is killed and started again: every item is there"""
    files = Certificates(directory + "/files", wants_client=True)
    for driver in Rsyslog.drivers():
        def check(engine):
            send_while_killed(engine, 8000)
            assert_all(engine, 8000)
        with_engine(check, directory=folder(directory, driver), certificates=files, driver=driver)


def test_tls_refused(directory):
    """another authority, another name, no client certificate: nothing is sent, and the message says
    why; then with the right ones every item is there"""
    files = Certificates(directory + "/files", wants_client=True)
    other = Certificates(directory + "/other", wants_client=True)
    wrong = (({"ca_file": other.ca}, ("its certificate is not accepted", "ca-file")),
             ({"ca_file": None}, ("its certificate is not accepted", "ca-file")),
             ({"cert_file": None, "key_file": None}, ("(cert-file)",)),
             ({"cert_file": other.client_cert, "key_file": other.client_key}, ("no TLS with localhost:",)))
    for driver in Rsyslog.drivers():
        def check(engine):
            for changes, texts in wrong:
                assert_not_taken(outlet.send("syslog", own(engine, **changes), **NOT_TAKEN), *texts)
            address = own(engine, url=f"tls://127.0.0.2:{engine.port}")
            assert_not_taken(outlet.send("syslog", address, **NOT_TAKEN),
                             "IP address mismatch: it is not for 127.0.0.2")
            assert not engine.items()
            outlet.send("syslog", own(engine), count=1000).all_acked(1000)
            assert_all(engine, 1000)
        with_engine(check, directory=folder(directory, driver), certificates=files, driver=driver)


def test_other_name(directory):
    """a certificate for another host name is not accepted"""
    files = Certificates(directory + "/files")
    files.server_cert, files.server_key = files.signed("elsewhere", "DNS:elsewhere.example")

    def check(engine):
        assert_not_taken(outlet.send("syslog", own(engine), **NOT_TAKEN), "no TLS with localhost:",
                         "ostname mismatch: it is not for localhost")
        assert not engine.items()
    with_engine(check, directory=folder(directory, "engine"), certificates=files)


def test_no_tls(directory):
    """a server without TLS: a message, nothing lost; rsyslogd does not answer, others do"""
    ca = Certificates(directory + "/files").ca

    def check(engine):
        settings = own(engine, url=f"tls://127.0.0.1:{engine.port}", ca_file=ca)
        assert_not_taken(outlet.send("syslog", settings, count=1000, seconds=12),
                         "no answer to the beginning of TLS")
    with_engine(check, directory=folder(directory, "engine"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            while True:
                client, _ = server.accept()
                client.sendall(b"220 this is something else\r\n")
                client.close()
        threading.Thread(target=answer, daemon=True).start()
        url = f"tls://127.0.0.1:{server.getsockname()[1]}"
        assert_not_taken(outlet.send("syslog", {"url": url, "ca-file": ca}, **NOT_TAKEN),
                         "what it answers is not TLS")


def test_files(directory):
    """files that cannot be used: the message names the setting, the file and the reason"""
    files = Certificates(directory)
    url = "tls://localhost:1"
    pair = {"cert-file": files.client_cert, "key-file": files.client_key}
    for settings, text in (
            ({"ca-file": "/nowhere"}, "cannot use ca-file /nowhere: No such file"),
            (pair | {"key-file": files.server_key}, f"cannot use key-file {files.server_key}: key"),
            (pair | {"cert-file": files.client_key}, f"cannot use cert-file {files.client_key}: no"),
            ({"cert-file": files.client_cert}, "cert-file and key-file need each other")):
        sent = outlet.send("syslog", {"url": url, **settings}, count=1, seconds=1)
        assert sent.status == 1 and text in sent.err, (text, sent.err)


def test_no_library(directory):
    """without libssl: syslog by TCP works, and the message for TLS says what to install"""
    with open(folder(directory, "libraries") + "/libssl.so.3", "wb"):
        pass  # it is found first, and is no library

    def send(url):
        return subprocess.run(
            [outlet.SEND, "syslog", "count=10", "--", f"url={url}", "ack-delay=100ms"],
            env={**os.environ, "LD_LIBRARY_PATH": directory + "/libraries"},
            capture_output=True, text=True, check=False)

    def check(engine):
        assert send(f"tcp://localhost:{engine.port}").returncode == 0
        assert_all(engine, 10)
        done = send(f"tls://localhost:{engine.port}")
        assert done.returncode == 1 and "cannot load libssl.so.3" in done.stderr and \
            "apt install libssl3" in done.stderr, done.stderr
    with_engine(check, directory=folder(directory, "engine"))


if not Rsyslog.there() or not Rsyslog.drivers():
    print("skipped: rsyslogd with TLS is not installed")
    sys.exit(77)
tap.run(globals(), at_once=4)
