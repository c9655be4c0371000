# SPDX-License-Identifier: MIT
"""strict.py - an HTTP server that takes what Elasticsearch's _bulk and an OTLP collector take, checks
each byte of it, keeps the ids, and fails as it is asked to.
"""
import gzip
import http.server
import json
import re
import socket
import ssl
import struct
import threading
import time


class Wrong(Exception):
    """A request that a real server would not take, or that this one did not expect."""


def keys(value, *names):
    if not isinstance(value, dict) or sorted(value) != sorted(names):
        raise Wrong(f"{value!r:.200} has other members than {names}")
    return [value[name] for name in names]


class Server:
    """faults: one for each request, then none: a status, (status, seconds of Retry-After), 'reset',
    'slow', ('items', status, every): that status for each item whose number is divisible."""

    def __init__(self, kind, faults=(), limit=0, tls=None, user=None, port=0, store=None):
        self.kind, self.faults, self.limit, self.user = kind, list(faults), limit, user
        self.ids = {}        # id: how often it came
        self.numbers = set()
        self.bad = set()     # numbers of items that are not taken
        self.wrong = []
        self.statuses = []
        self.times = []
        self.lock = threading.Lock()
        self.store = store   # a list: items of any kind are put there
        self.closed = False
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def log_message(self, *_):
                pass

            def do_POST(self):
                server.post(self)

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # a client that breaks off is no error
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.server_cert, tls.server_key)
            if tls.wants_client:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(tls.ca)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_address[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()

    def close(self):
        self.closed = True
        self.http.shutdown()
        self.http.server_close()

    def post(self, request):
        raw = request.rfile.read(int(request.headers["Content-Length"]))
        with self.lock:
            fault = self.faults.pop(0) if self.faults else None
            self.times.append(time.monotonic())
        if fault == "reset" or self.closed:
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
            request.connection.close()
            request.close_connection = True
            self.statuses.append("reset")
            return
        if fault == "slow":
            time.sleep(1.5)
        status, headers, body = self.answer(request, raw, fault)
        self.statuses.append(status)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        request.wfile.flush()

    def answer(self, request, raw, fault):
        try:
            if self.user and request.headers.get("Authorization") != self.user:
                return 401, {}, b'{"error":"unauthorized"}'
            if isinstance(fault, tuple) and fault[0] != "items" and fault[0] != "partial":
                return fault[0], {"Retry-After": str(fault[1])}, b"wait"
            if isinstance(fault, int):
                return fault, {}, b"fault"
            if self.limit and len(raw) > self.limit:
                return 413, {}, b"too large"
            text = gzip.decompress(raw) if request.headers.get("Content-Encoding") == "gzip" else raw
            return getattr(self, self.kind)(request, text, fault)
        except (Wrong, ValueError, KeyError, OSError) as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            return 400, {}, str(error).encode()[:200]

    def take(self, identity, text):
        event = json.loads(text)
        if self.store is not None:
            with self.lock:
                self.ids[identity] = self.ids.get(identity, 0) + 1
                self.store.append((identity, text if isinstance(text, str) else text.decode()))
            return
        number = event["event"]["sequence"]
        if identity != f"testhost-77-{number}":
            raise Wrong(f"id {identity} of number {number}")
        if not event["message"].endswith("\u00e9 \"q\" \u00fc"):
            raise Wrong(f"message {event['message']!r}")
        with self.lock:
            self.ids[identity] = self.ids.get(identity, 0) + 1
            self.numbers.add(number)

    # ---- Elasticsearch

    def elasticsearch(self, request, text, fault):
        if request.path != "/_bulk?filter_path=errors,items.*.status,items.*.error":
            raise Wrong(f"path {request.path}")
        if request.headers["Content-Type"] != "application/x-ndjson":
            raise Wrong("content type")
        if not text.endswith(b"\n"):
            raise Wrong("the last line has no end")
        lines = text[:-1].split(b"\n")
        if len(lines) % 2:
            raise Wrong("an action without a document")
        actions = [self.action(line) for line in lines[::2]]
        items = [self.document(identity, line, fault)
                 for identity, line in zip(actions, lines[1::2])]
        errors = any(item["create"]["status"] >= 300 for item in items)
        return 200, {"Content-Type": "application/json"}, json.dumps(
            {"errors": errors, "items": items}).encode()

    @staticmethod
    def action(line):
        index, identity = keys(*keys(json.loads(line), "create"), "_index", "_id")
        if index != "logs-vigil-test":
            raise Wrong(f"index {index}")
        return identity

    def document(self, identity, line, fault):
        try:
            json.loads(line)
        except ValueError:
            self.bad.add(identity)
            return {"create": {"status": 400, "error": {
                "type": "document_parsing_exception", "reason": "not JSON"}}}
        number = int(identity.rsplit("-", 1)[1])
        if isinstance(fault, tuple) and number % fault[2] == 0:
            return {"create": {"status": fault[1], "error": {
                "type": "es_rejected_execution_exception", "reason": "queue is full"}}}
        if self.ids.get(identity):
            self.ids[identity] += 1
            return {"create": {"status": 409, "error": {
                "type": "version_conflict_engine_exception", "reason": "exists"}}}
        self.take(identity, line)
        return {"create": {"status": 201}}

    # ---- OTLP

    def otlp(self, request, text, fault):
        if request.path != "/v1/logs":
            raise Wrong(f"path {request.path}")
        if request.headers["Content-Type"] != "application/json":
            raise Wrong("content type")
        (resources,) = keys(json.loads(text), "resourceLogs")
        records = []
        for entry in resources:
            resource, scopes = keys(entry, "resource", "scopeLogs")
            names = self.attributes(*keys(resource, "attributes"))
            keys(names, "service.name", "host.name")
            if names["service.name"] != "vigil" or \
                    self.store is None and names["host.name"] != "test.host":
                raise Wrong(f"resource {names}")
            for scope in scopes:
                about, logs = keys(scope, "scope", "logRecords")
                keys(about, "name")
                records += logs
        if not records:
            raise Wrong("no records")
        if isinstance(fault, tuple):
            return 200, {"Content-Type": "application/json"}, json.dumps(
                {"partialSuccess": {"rejectedLogRecords": str(fault[1]),
                                    "errorMessage": "some were too old"}}).encode()
        for record in records:
            self.record(record)
        return 200, {"Content-Type": "application/json"}, b"{}"

    @staticmethod
    def attributes(pairs):
        found = {}
        for pair in pairs:
            name, value = keys(pair, "key", "value")
            (found[name],) = keys(value, "stringValue")
        return found

    def record(self, record):
        when, severity, body, attributes = keys(record, "timeUnixNano", "severityNumber", "body",
                                                "attributes")
        if not re.fullmatch("[0-9]{19}", when) or severity not in range(1, 25):
            raise Wrong(f"time {when}, severity {severity}")
        (text,) = keys(body, "stringValue")
        names = self.attributes(attributes)
        keys(names, "event.id", "event.name")
        self.take(names["event.id"], text)
