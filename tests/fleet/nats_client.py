# SPDX-License-Identifier: MIT
"""nats_client.py - what a test asks of NATS: to make a stream and to read what is in it. It speaks the
protocol of the server itself, so it shares nothing with the outlet.
"""
import base64
import json
import re
import socket


class Client:
    def __init__(self, port, user=None, password=None, token=None, signed=None):
        """signed: the key of a user, and the JWT."""
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.file = self.socket.makefile("rb")
        info = json.loads(self.file.readline().split(b" ", 1)[1])
        login = {"user": user, "pass": password, "auth_token": token}
        if signed:
            signature = base64.urlsafe_b64encode(signed[0].sign(info["nonce"].encode()))
            login = {"jwt": signed[1], "sig": signature.decode().rstrip("=")}
        self.send(b"CONNECT " + json.dumps({"verbose": False, "headers": True,
                                            **login}).encode() + b"\r\n")

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def message(self):
        """The next message: its subject, reply, headers and data."""
        while True:
            words = self.file.readline().split()
            if not words:
                raise OSError("the server has closed the connection")
            if words[0] == b"PING":
                self.send(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                count = 2 if words[0] == b"HMSG" else 1
                sizes = [int(word) for word in words[-count:]]
                data = self.file.read(sizes[-1] + 2)[:-2]
                header = sizes[0] if count == 2 else 0
                reply = words[3] if len(words) == 4 + count else b""
                return words[1].decode(), reply.decode(), data[:header].decode(), data[header:]
            elif words[0] == b"-ERR":
                raise OSError(" ".join(word.decode() for word in words))

    def request(self, subject, body=b""):
        self.send(b"SUB answer 1\r\nUNSUB 1 1\r\n" +
                  f"PUB {subject} answer {len(body)}\r\n".encode() + body + b"\r\n")
        return json.loads(self.message()[3])

    def add_stream(self, name="VIGIL", subjects="vigil.>", **options):
        answer = self.request(f"$JS.API.STREAM.CREATE.{name}", json.dumps(
            {"name": name, "subjects": [subjects], "storage": "file", "retention": "limits",
             "num_replicas": 1, "duplicate_window": 600_000_000_000, **options}).encode())
        if "error" in answer:
            raise OSError(answer["error"])

    def count(self, name="VIGIL"):
        return self.request(f"$JS.API.STREAM.INFO.{name}")["state"]["messages"]

    def read(self, name="VIGIL"):
        """Every message of the stream: subject, id, data."""
        left = self.count(name)
        # The consumer of an earlier read lives for a while, and sends to its own subject.
        subject = f"delivered.{self.socket.getsockname()[1]}"
        self.request(f"$JS.API.CONSUMER.CREATE.{name}", json.dumps({
            "stream_name": name, "config": {"deliver_subject": subject, "ack_policy": "none",
                                            "deliver_policy": "all"}}).encode())
        self.send(f"SUB {subject} 2\r\n".encode())
        while left:
            subject, _, headers, data = self.message()
            found = re.search(r"Nats-Msg-Id: ?([^\r]+)", headers)
            yield subject, found.group(1) if found else "", data
            left -= 1
