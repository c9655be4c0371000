#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""outputs.py - what the outputs of `vigil run` cost beside its log, and how fast they are: events of
threads are made at a stated rate, first with the log alone, then with one output at a time. The
output's engine is stopped meanwhile, so all events wait in the spool; then it is started, and the
time and CPU time are measured until it has acknowledged the last one. Of several rounds the lowest
time counts. Needs root, and the engines: nats-server, clickhouse-server, librdkafka's mock cluster;
Elasticsearch and OTLP are a server that only reads.

    bench/outputs.py [--events N] [--rate N] [--rounds N] [--outputs NAME,...]
"""
import argparse
import http.server
import multiprocessing
import os
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
    """An HTTP server that reads requests and acknowledges them, in a separate process."""

    ANSWERS = {"elasticsearch": b'{"errors":false,"items":[]}', "otlp": b"{}"}

    def __init__(self, kind, **settings):
        self.kind = kind
        self.port = engines.free_port()
        self.process = None
        self.settings = {"to": kind, "url": f"http://localhost:{self.port}", **settings}

    def serve(self):
        answer = self.ANSWERS[self.kind]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler).serve_forever()

    def start(self):
        self.process = multiprocessing.Process(target=self.serve, daemon=True)
        self.process.start()

    def kill(self):
        if self.process:
            self.process.kill()


def pid_of(engine):
    """The process of an engine."""
    inner = getattr(engine, "engine", engine)
    return inner.process.pid


def stopped(engine):
    engine.kill()
    return engine


MAKERS = {
    "nats": lambda folder: stopped(fleet_engines.Stream(folder, **TYPE)),
    "kafka": lambda folder: stopped(fleet_engines.Topic(folder, **TYPE)),
    "kafka zstd": lambda folder: stopped(fleet_engines.Topic(folder, compression="zstd", **TYPE)),
    "clickhouse": lambda folder: stopped(fleet_engines.Table(folder, **TYPE)),
    "clickhouse plain": lambda folder: stopped(fleet_engines.Table(folder, gzip="no", **TYPE)),
    "elasticsearch": lambda _: Sink("elasticsearch", **TYPE),
    "elasticsearch plain": lambda _: Sink("elasticsearch", gzip="no", **TYPE),
    "otlp": lambda _: Sink("otlp", **TYPE),
}


def make_events(outputs, options):
    """Returns the number of events in the log, and the CPU time of the sensor's process for them."""
    pid = outputs.run.process.pid
    before, lines = cpu_of(pid), len(outputs.lines())
    source = running.make_threads(options.events // 2, options.rate // 2)
    assert source.wait() == 0
    time.sleep(1)
    return len(outputs.lines()) - lines, cpu_of(pid) - before


def drain(outputs, engine):
    """Starts the engine. Returns the events, seconds, and seconds of CPU time of the process that
    sends and of the engine, until all is acknowledged."""
    last, first = len(outputs.lines()), outputs.mark("one")
    engine.start()
    pid = outputs.shipper("one")
    begun, sender, other = time.monotonic(), cpu_of(pid), cpu_of(pid_of(engine))
    begun_at = None
    while outputs.mark("one") < last:
        if begun_at is None and outputs.mark("one") > first:
            begun_at = time.monotonic()  # what it waited for the engine is not measured
        time.sleep(0.005)
    took = time.monotonic() - (begun_at or begun)
    return last - first, took, cpu_of(pid) - sender, cpu_of(pid_of(engine)) - other


def measure(name, options):
    """Times for each event in µs: of the sensor; of what sends, of the engine, until it is sent."""
    folder = os.path.join(os.path.dirname(live.temporary("x")), name.replace(" ", "-"))
    os.makedirs(folder)
    engine = MAKERS[name](folder) if name in MAKERS else None
    outputs = running.Outputs({"one": engine} if engine else {}, TYPE)
    try:
        events, sensor = make_events(outputs, options)
        times = [sensor * 1e6 / events]
        if engine:
            events, took, sender, other = drain(outputs, engine)
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
    parser.add_argument("--outputs", default="the log alone," + ",".join(MAKERS))
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
