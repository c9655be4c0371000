#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""outputs.py - what the outputs of `vigil run` cost beside its log, and how fast they are: events of
threads are made at a stated rate, first with the log alone, then with one output at a time. The
output's engine is stopped meanwhile, so all events wait in the spool; then it is started, and the
time and CPU time are measured until it has acknowledged the last one. The rows rsyslog are what is
usual without an output: rsyslogd reads the log (imfile) and sends it; they end when all has come. Of
several rounds the lowest time counts. Needs root, and the engines: nats-server, clickhouse-server,
librdkafka's mock cluster, rsyslogd with rsyslog-elasticsearch; Elasticsearch, OTLP and syslog are a
server that only reads.

    bench/outputs.py [--events N] [--rate N] [--rounds N] [--outputs NAME,...]
"""
import argparse
import http.server
import multiprocessing
import os
import socketserver
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("VIGIL_BUILD", ROOT + "/build/linux")
for name, program in (("VIGIL", "vigil"), ("THREADS", "tests/fleet/threads"),
                      ("FLEET_KAFKA", "tests/fleet/fleet_kafka")):
    os.environ.setdefault(name, f"{BUILD}/{program}")
os.environ.setdefault("PROGRAM", "")
sys.path.insert(0, ROOT + "/tests/fleet")

import engines  # pylint: disable=wrong-import-position
import fleet_engines  # pylint: disable=wrong-import-position
import outputs as running  # pylint: disable=wrong-import-position
import live  # pylint: disable=wrong-import-position

TICKS = os.sysconf("SC_CLK_TCK")
TYPE = {"type": "thread"}


def cpu_of(pid):
    """Seconds of CPU time of a process and its threads."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Sink:
    """A server that only reads, in a separate process: of HTTP, which acknowledges requests, or of
    lines. Counts the events that came."""

    ANSWERS = {"elasticsearch": b'{"errors":false,"items":[]}', "otlp": b"{}"}

    def __init__(self, kind, **settings):
        self.kind = kind
        self.port = engines.free_port()
        self.process = None
        self.came = multiprocessing.Value("Q", 0)
        scheme = "tcp" if kind == "syslog" else "http"
        self.settings = {"to": kind, "url": f"{scheme}://localhost:{self.port}", **settings}

    def serve_lines(self):
        came = self.came

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                while data := self.request.recv(1 << 20):
                    came.value += data.count(b"\n")

        socketserver.TCPServer(("127.0.0.1", self.port), Handler).serve_forever()

    def serve_http(self):
        answer, came = self.ANSWERS[self.kind], self.came

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.value += body.count(b"\n") // 2  # of _bulk
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler).serve_forever()

    def start(self):
        serve = self.serve_lines if self.kind == "syslog" else self.serve_http
        self.process = multiprocessing.Process(target=serve, daemon=True)
        self.process.start()

    def kill(self):
        if self.process:
            self.process.kill()


class Rsyslog:
    """rsyslogd that reads the log of `vigil run` and sends it."""

    CONFIG = """
global(workDirectory="{folder}" maxMessageSize="1m")
module(load="imfile")
{module}
template(name="line" type="string" string="%msg%")
input(type="imfile" file="{log}" tag="vigil" ruleset="out")
ruleset(name="out") {{ action({action} queue.type="LinkedList" queue.size="50000"
	queue.dequeueBatchSize="2000" action.resumeRetryCount="-1") }}
"""
    ACTIONS = {
        "syslog": ("", 'type="omfwd" target="localhost" protocol="tcp" port="{port}" '
                   'template="RSYSLOG_SyslogProtocol23Format"'),
        "elasticsearch": ('module(load="omelasticsearch")',
                          'type="omelasticsearch" server="localhost" serverport="{port}" '
                          'bulkmode="on" template="line" searchIndex="logs-vigil-default"')}

    def __init__(self, folder, log, sink):
        module, action = self.ACTIONS[sink.kind]
        with open(folder + "/conf", "w", encoding="utf-8") as out:
            out.write(self.CONFIG.format(folder=folder, log=log, module=module,
                                         action=action.format(port=sink.port)))
        self.process = subprocess.Popen(["rsyslogd", "-n", "-f", folder + "/conf", "-i",
                                         folder + "/pid"])


def pid_of(engine):
    """The process of an engine."""
    inner = getattr(engine, "engine", engine)
    return inner.process.pid


def stopped(engine):
    engine.kill()
    return engine


MAKERS = {
    "nats": lambda folder: stopped(fleet_engines.Stream(folder, **TYPE)),
    "nats batch": lambda folder: stopped(fleet_engines.Stream(folder, batch="64k", **TYPE)),
    "kafka": lambda folder: stopped(fleet_engines.Topic(folder, **TYPE)),
    "kafka zstd": lambda folder: stopped(fleet_engines.Topic(folder, compression="zstd", **TYPE)),
    "clickhouse": lambda folder: stopped(fleet_engines.Table(folder, **TYPE)),
    "clickhouse plain": lambda folder: stopped(fleet_engines.Table(folder, gzip="no", **TYPE)),
    "elasticsearch": lambda _: Sink("elasticsearch", **TYPE),
    "elasticsearch plain": lambda _: Sink("elasticsearch", gzip="no", **TYPE),
    "otlp": lambda _: Sink("otlp", **TYPE),
    "syslog": lambda _: Sink("syslog", **TYPE),
}
AGENTS = {"rsyslog to " + kind: kind for kind in Rsyslog.ACTIONS}


def make_events(outputs, options):
    """Returns the number of events in the log, and the CPU time of the sensor's process for them."""
    pid = outputs.run.process.pid
    before, lines = cpu_of(pid), len(outputs.lines())
    source = running.make_threads(options.events // 2, options.rate // 2)
    assert source.wait() == 0
    time.sleep(1)
    return len(outputs.lines()) - lines, cpu_of(pid) - before


def drain(sender, engine, sent, last):
    """Starts the engine. Returns the events, seconds, and seconds of CPU time of the process that
    sends and of the engine, until sent() is at `last`."""
    first, before = sent(), cpu_of(sender)
    engine.start()
    begun, other, from_here = time.monotonic(), cpu_of(pid_of(engine)), first
    while (now := sent()) < last:
        if from_here == first and now > first:  # what it waited for the engine is not measured
            begun, from_here = time.monotonic(), now
        time.sleep(0.005)
    took = (time.monotonic() - begun) * (last - first) / (last - from_here)
    return last - first, took, cpu_of(sender) - before, cpu_of(pid_of(engine)) - other


def drain_output(outputs, engine):
    last = len(outputs.lines())
    return drain(outputs.shipper("one"), engine, lambda: outputs.mark("one"), last)


def drain_log(outputs, folder, kind):
    """By rsyslog."""
    sink = Sink(kind)
    last = len(outputs.lines())
    agent = Rsyslog(folder, outputs.run.log, sink)
    try:
        return drain(agent.process.pid, sink, lambda: sink.came.value, last)
    finally:
        agent.process.kill()
        agent.process.wait()
        sink.kill()


def measure(name, options):
    """Times for each event in µs: of the sensor; of what sends, of the engine, until it is sent."""
    folder = os.path.join(os.path.dirname(live.temporary("x")), name.replace(" ", "-"))
    os.makedirs(folder)
    engine = MAKERS[name](folder) if name in MAKERS else None
    outputs = running.Outputs({"one": engine} if engine else {}, TYPE)
    try:
        events, sensor = make_events(outputs, options)
        times, drained = [sensor * 1e6 / events], None
        if engine:
            drained = drain_output(outputs, engine)
        elif name in AGENTS:
            drained = drain_log(outputs, folder, AGENTS[name])
        if drained:
            events, took, sender, other = drained
            times += [seconds * 1e6 / events for seconds in (sender, other, took)]
        return times
    finally:
        outputs.stop()
        if engine:
            engine.kill()
            if hasattr(engine, "close"):
                engine.close()


def print_row(name, times):
    cells = [f"{time_us:.1f}" for time_us in times[:3]]
    cells += [f"{1e6 / times[3]:,.0f}", f"{1e6 / times[1]:,.0f}"] if len(times) > 1 else [""] * 4
    print("| " + " | ".join([name] + cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--events", type=int, default=200000)
    parser.add_argument("--rate", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--outputs", default="the log alone," + ",".join([*MAKERS, *AGENTS]))
    options = parser.parse_args()
    names = options.outputs.split(",")
    found = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            found[name].append(measure(name, options))
    print("| output | sensor, µs | sender, µs | engine, µs | events/s | sender alone, events/s |")
    print("|---|---|---|---|---|---|")
    for name in names:
        print_row(name, [min(times) for times in zip(*found[name])])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="vigil-") as live.run.directory:
        os.chmod(live.run.directory, 0o755)
        main()
