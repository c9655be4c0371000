#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - measures the cost of watching: runs loads that generate events at the maximum
rate, alternating without and with a watcher: modes of vigil, peers, and the minimum cost
of any monitor. Needs root. Peers that are not installed are left out.

    bench/run.py [--rounds N] [--loads exec1,...] [--watchers vigil-json,...]
                 [--markdown FILE] [--publish] [--check]
                 [--latency] [--flat] [--crowd] [--list]

--check measures vigil and the minimum again and compares the ratios with those of the last
published run, docs/performance.json. Exit status 1: one is worse by more than the noise;
2: none is, but the machine is too busy to decide about all.
"""
import argparse
import glob
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import published
from startup import end_watcher, startup

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("VIGIL_BUILD", ROOT + "/build/linux")
LOAD = BUILD + "/bench/bench_load"
LIMIT = BUILD + "/bench/bench_limit"
LATENCY = BUILD + "/bench/bench_latency"
TINY = BUILD + "/bench/bench_tiny"
VIGIL = BUILD + "/vigil"
PUBLISHED = ROOT + "/docs/performance.json"
DOCUMENT = ROOT + "/docs/performance.md"
BEGIN, END = "<!-- begin made by bench/run.py --publish -->", "<!-- end -->"

# name: arguments of bench_load, operations, events of processes and threads in each
LOADS = {
    "exec1": (["-w", "1", "exec"], 10000, 3),
    "exec2": (["-w", "2", "exec"], 20000, 3),
    "exec4": (["-w", "4", "exec"], 20000, 3),
    "fork2": (["-w", "2", "fork"], 14000, 2),
    "thread2": (["-w", "2", "thread"], 80000, 2),
    "true2": (["-w", "2", "-t", "/bin/true", "exec"], 3000, 3),
    "map2": (["-w", "2", "map"], 200000, 1),
}

TRACEPOINTS = "sched:sched_process_fork,sched:sched_process_exec,sched:sched_process_exit"
SCRIPT = """
tracepoint:sched:sched_process_fork { printf("FORK %d %d\\n", args->parent_pid, args->child_pid); }
tracepoint:sched:sched_process_exec { printf("EXEC %d %s\\n", pid, str(args->filename)); }
tracepoint:sched:sched_process_exit { printf("EXIT %d %s\\n", pid, comm); }
"""


AUDITED = ["always,exit", "-F", "arch=b64", "-S", "execve,fork,vfork,clone,clone3,exit_group"]
AUDITD_CONF = """log_file = {out}
log_format = RAW
flush = NONE
max_log_file = 4096
max_log_file_action = IGNORE
space_left = 2
space_left_action = IGNORE
admin_space_left = 1
admin_space_left_action = IGNORE
"""


class Watcher:
    """A command; {out}: its output file, {dir}: the directory of that; a pattern for the exec
    of a load in the output; seconds until it is ready; whether it runs the load as its child;
    by how much the operations are divided, for one that is very slow; commands before and
    after it, for one that changes the machine: it is used only if it is named."""

    def __init__(self, command, execs=None, ready=1.0, child=False, divide=1, around=()):
        self.command, self.execs, self.ready, self.child = command, execs, ready, child
        self.divide, self.around = divide, around

    def there(self):
        return shutil.which(self.command[0]) is not None


OF_LOAD = re.compile(rb"tiny|true|bench")
PROCESSES = "create,exec,exit"
JSON_EXEC = rb'"action":"exec".*"(tiny|true|/bin/true)'
TEXT_EXEC = rb" exec .*(tiny|true) "
WATCHERS = {
    "limit-empty": Watcher([LIMIT, "empty"]),
    "limit-wake": Watcher([LIMIT, "wake"]),
    "limit-poll": Watcher([LIMIT, "poll"]),
    "limit-args": Watcher([LIMIT, "arguments", "{out}"]),
    "vigil-json": Watcher([VIGIL, "watch", "-q", "--type", PROCESSES, "-f", "json",
                           "-o", "{out}"], JSON_EXEC),
    "vigil-text": Watcher([VIGIL, "watch", "-q", "--type", PROCESSES, "-o", "{out}"],
                          TEXT_EXEC),
    "vigil-record": Watcher([VIGIL, "record", "-q", "--type", PROCESSES, "{out}"]),
    "vigil-capture": Watcher([VIGIL, "record", "-q", "--no-index", "--type", PROCESSES,
                              "{out}"]),
    "vigil-all-json": Watcher([VIGIL, "watch", "-q", "-f", "json", "-o", "{out}"], JSON_EXEC),
    "vigil-all-record": Watcher([VIGIL, "record", "-q", "{out}"]),
    # A tree without the load: all events are those of other processes.
    "vigil-others": Watcher(["sh", "-c", f"exec {VIGIL} watch -q --type {PROCESSES} -f json "
                             "--children-of $$ -o {out}"]),
    "execsnoop": Watcher(["execsnoop"], rb"(tiny|true) "),
    "forkstat": Watcher(["forkstat", "-l", "-e", "fork,exec,exit"], TEXT_EXEC),
    "bpftrace": Watcher(["bpftrace", "-e", SCRIPT], rb"^EXEC", ready=5.0),
    "perf": Watcher(["perf", "record", "-q", "-N", "-a", "-e", TRACEPOINTS, "-o", "{out}"], ready=2.0),
    "strace": Watcher(["strace", "-f", "-qq", "-e", "trace=process", "-o", "{out}"],
                      rb" execve\(.*(tiny|true)", child=True, divide=10),
    "auditd": Watcher(["auditd", "-n", "-c", "{dir}"], rb"type=EXECVE .*(tiny|true)", ready=3.0,
                      around=(["auditctl", "-a", *AUDITED], ["auditctl", "-d", *AUDITED],
                              ["auditctl", "-e", "0"])),
}
PEERS = ("execsnoop", "forkstat", "bpftrace", "perf", "strace")
OWN = ("limit-args", "vigil-json", "vigil-text", "vigil-record", "vigil-all-json")
QUICK = ("exec2,true2", ",".join(OWN + PEERS))


def cpu_of(pid):
    """CPU time of a process's threads, in nanoseconds."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path, encoding="ascii") as file:
                total += int(file.read().split()[0])
        except (OSError, IndexError):
            pass
    return total


def memory_of(pid):
    """Largest resident size in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s*(\d+)", file.read()).group(1)) / 1024


def busy():
    """CPU seconds of the whole machine so far."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(n) for n in file.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet():
    """Waits until the machine is idle, for at most ten seconds."""
    for _ in range(wait_for_quiet.tries):
        before = busy()
        time.sleep(0.2)
        if busy() - before < 0.03:
            return


wait_for_quiet.tries = 50


def run_load(name, before=(), divide=1):
    arguments, count, _ = LOADS[name]
    wait_for_quiet()
    result = subprocess.run([*before, LOAD, *arguments, str(count // divide)], check=True,
                            stdout=subprocess.PIPE, text=True)
    _, _, rate, cpu = result.stdout.split()
    return {"rate": float(rate), "cpu": float(cpu)}


def wait_until_idle(pid):
    """Waits until the watcher uses less than 2 % of a CPU for a while: some do part of
    their work only after the load has ended."""
    seen, quiet = cpu_of(pid), 0
    for _ in range(300):
        time.sleep(0.2)
        now = cpu_of(pid)
        quiet = quiet + 1 if now - seen < 4_000_000 else 0
        if quiet == 4:
            return
        seen = now


class Turn:
    """One load under one watcher."""

    def __init__(self, name, load, directory):
        self.watcher, self.load = WATCHERS[name], load
        for path in glob.glob(directory + "/*"):
            os.unlink(path)
        self.directory, self.out, self.said = directory, directory + "/out", directory + "/said"
        self.command = [word.replace("{out}", self.out).replace("{dir}", directory)
                        for word in self.watcher.command]
        if name == "auditd":
            with open(directory + "/auditd.conf", "w", encoding="ascii") as file:
                file.write(AUDITD_CONF.format(out=self.out))

    def run(self):
        _, count, events = LOADS[self.load]
        for command in self.watcher.around[:1]:
            subprocess.run(command, check=True)
        try:
            result = self.around() if self.watcher.child else self.beside()
        finally:
            for command in self.watcher.around[1:]:
                subprocess.run(command, check=True)
        count //= self.watcher.divide
        return {**result, "monitor": result["monitor"] / (count * events) * 1e5,
                "bytes": self.bytes(count * events), "operations": count}

    def bytes(self, events):
        """Bytes for each event: of a text the mean line about the load, since other programs
        are watched too; otherwise the whole output."""
        if self.watcher.execs is not None:
            with open(self.out, "rb") as file:
                lengths = [len(line) for line in file if OF_LOAD.search(line)]
            return statistics.mean(lengths) if lengths else None
        size = sum(os.path.getsize(path) for path in glob.glob(self.out + "*"))
        return size / events if size else None

    def startup(self):
        """Milliseconds until it reports; None: it runs the load, or changes the machine."""
        if self.watcher.child or self.watcher.around:
            return None
        return startup(self.command, self.out, TINY, self.directory, self.watcher.ready)

    def execs(self):
        """The number of execs in the output; None: not counted."""
        if self.watcher.execs is None:
            return None
        pattern = re.compile(self.watcher.execs)
        with open(self.out, "rb") as file:
            return sum(1 for line in file if pattern.search(line))

    def around(self):
        """strace runs the load: its CPU time is that of both minus that of the load."""
        before = os.times()
        result = run_load(self.load, self.command, self.watcher.divide)
        after = os.times()
        both = (after.children_user + after.children_system -
                before.children_user - before.children_system)
        return {**result, "monitor": both - result["cpu"], "memory": None, "execs": self.execs()}

    def start(self):
        with open(self.said, "wb") as said:
            # Some write to standard output, the others create the file.
            out = subprocess.DEVNULL
            if not any("{out}" in word for word in self.watcher.command):
                out = open(self.out, "wb")  # pylint: disable=consider-using-with
            child = subprocess.Popen(self.command, stdout=out, stderr=said)
        time.sleep(self.watcher.ready)
        if child.poll() is not None:
            with open(self.said, encoding="utf-8", errors="replace") as said:
                sys.exit(f"{' '.join(self.command)} ended: {said.read()[:300]}")
        return child

    def beside(self):
        child = self.start()
        try:
            wait_for_quiet()
            before = cpu_of(child.pid)
            result = run_load(self.load)
            wait_until_idle(child.pid)
            result.update(monitor=(cpu_of(child.pid) - before) / 1e9, memory=memory_of(child.pid))
        finally:
            end_watcher(child)
        return {**result, "execs": self.execs()}


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measure(loads, watchers, rounds, directory):
    """Returns rows of results; each watched round is between two unwatched ones."""
    rows, total = [], len(loads) * len(watchers) * rounds
    for turn in range(rounds):
        starts = {name: Turn(name, None, directory).startup() for name in watchers}
        for load in loads:
            alone = run_load(load)
            for name in watchers:
                progress(f"{len(rows) + 1}/{total} {load} {name}")
                result = Turn(name, load, directory).run()
                after = run_load(load)
                base = (alone["rate"] + after["rate"]) / 2
                rows.append({"load": load, "watcher": name, "round": turn,
                             "slower": base / result["rate"], "start": starts[name], **result})
                alone = after
    progress("")
    return rows


def median_of(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    return statistics.median(values) if values else None


def text_of(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def summarize(rows):
    """The lines of the table, as text."""
    for load, name in dict.fromkeys((row["load"], row["watcher"]) for row in rows):
        mine = [row for row in rows if row["load"] == load and row["watcher"] == name]
        slower = [row["slower"] for row in mine]
        lost = None
        if "exec" in LOADS[load][0] and mine[0]["execs"] is not None:
            lost = statistics.median(max(0.0, 100 * (1 - row["execs"] / row["operations"]))
                                     for row in mine)
        yield (load, name, f"{statistics.median(slower):.2f}",
               f"{min(slower):.2f}-{max(slower):.2f}", text_of(median_of(mine, "monitor"), 3),
               text_of(lost, 1), text_of(median_of(mine, "memory"), 1),
               text_of(median_of(mine, "start"), 0), text_of(median_of(mine, "bytes"), 0))


HEADING = ("load", "watcher", "slower", "range", "CPU s/100k events", "lost %", "MiB", "start ms",
           "bytes/event")


def show(lines):
    lines = [HEADING, *lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADING))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())


def markdown(lines):
    return "".join("| " + " | ".join(line) + " |\n"
                   for line in [HEADING, ["---"] * len(HEADING), *lines])


def publish(rows, rounds):
    """Writes the published figures, and their table into the document."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    about = (f"{os.cpu_count()} processors ({model.group(1) if model else os.uname().machine}), "
             f"Linux {os.uname().release}, {time.strftime('%Y-%m-%d')}, "
             f"medians of {rounds} rounds, load average {os.getloadavg()[2]:.1f} at the end")
    published.write(PUBLISHED, rows, about)
    with open(DOCUMENT, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    table = f"{BEGIN}\n\n{about}:\n\n{markdown(summarize(rows))}\n{END}"
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + table + rest.split(END, 1)[1])


def latency():
    """From before the start of a program to its line, idle and beside a load."""
    for words in ([], ["--low-latency"]):
        command = [LATENCY, "300", VIGIL, "watch", "-q", "--type", "exec", "-f", "json", *words]
        for load in (None, [LOAD, "-w", "2", "exec", "10000000"]):
            beside = None
            if load:
                beside = subprocess.Popen(load, stdout=subprocess.DEVNULL, process_group=0)
            try:
                result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            finally:
                if beside:
                    os.killpg(beside.pid, signal.SIGKILL)
                    beside.wait()
            print(f"latency {' '.join(words) or '(default)'}, {'loaded' if load else 'idle'}: "
                  f"{result.stdout.strip()}")


class Watching:
    """vigil beside several loads, its cost and its memory in between."""

    def __init__(self):
        command = [VIGIL, "watch", "-q", "--type", PROCESSES, "-f", "json"]
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(1)

    def cost(self, count):
        """CPU seconds for 100,000 events of a load of `count` execs."""
        wait_for_quiet()
        before = cpu_of(self.child.pid)
        subprocess.run([LOAD, "-w", "2", "exec", str(count)], check=True,
                       stdout=subprocess.DEVNULL)
        wait_until_idle(self.child.pid)
        return (cpu_of(self.child.pid) - before) / 1e9 / (3 * count) * 1e5

    def stop(self):
        self.child.send_signal(signal.SIGINT)
        self.child.wait()


def flat():
    """Whether the last of many events cost what the first did."""
    watching = Watching()
    for hundred in range(50):
        cost = watching.cost(33334)
        if hundred in (0, 1, 2, 9, 24, 47, 48, 49):
            print(f"{(hundred + 1) * 100000:8} events: {cost:.3f} CPU s for the last 100,000, "
                  f"{memory_of(watching.child.pid):.1f} MiB")
        progress(f"{hundred + 1}/50")
    progress("")
    watching.stop()


def crowd():
    """Whether many living processes make each event dearer."""
    for count in (200, 1000, 20000, 200):
        living = subprocess.Popen([LOAD, "live", str(count)], stdout=subprocess.PIPE)
        living.stdout.readline()
        watching = Watching()
        costs = [watching.cost(10000) for _ in range(3)]
        print(f"{count:6} processes live: {statistics.median(costs):.3f} CPU s for 100,000 events, "
              f"{memory_of(watching.child.pid):.1f} MiB")
        watching.stop()
        living.kill()
        living.wait()


def main():
    # Ending by a signal also undoes what was done to the machine.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many (3)")
    parser.add_argument("--loads", default=QUICK[0], help=f"of {','.join(LOADS)}; or all")
    parser.add_argument("--watchers", default=QUICK[1], help="see --list; or all")
    parser.add_argument("--latency", action="store_true", help="only how late a line comes")
    parser.add_argument("--markdown", metavar="FILE", help="also write the table there")
    parser.add_argument("--publish", action="store_true",
                        help="also write docs/performance.json and the table in docs/performance.md")
    parser.add_argument("--check", action="store_true",
                        help="compare with docs/performance.json; see above")
    parser.add_argument("--hurry", action="store_true",
                        help="do not wait until the machine is idle: figures only to try this with")
    parser.add_argument("--flat", action="store_true", help="only 5 million events in a row")
    parser.add_argument("--crowd", action="store_true", help="only beside many processes")
    parser.add_argument("--list", action="store_true", help="the watchers there are")
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if options.list:
        for name, watcher in WATCHERS.items():
            print(f"{name:17} {'' if watcher.there() else '(not installed) '}"
                  f"{os.path.basename(watcher.command[0])} {' '.join(watcher.command[1:2])}")
        return 0
    if options.hurry:
        wait_for_quiet.tries = 1
    loads = list(LOADS) if options.loads == "all" else options.loads.split(",")
    names = options.watchers.split(",")
    if options.watchers == "all":
        names = [name for name, watcher in WATCHERS.items() if not watcher.around]
    if options.check:
        names = [name for name in OWN if options.watchers == QUICK[1] or name in names]
    for wrong in [*(set(loads) - set(LOADS)), *(set(names) - set(WATCHERS))]:
        parser.error(f"there is no load or watcher {wrong}; see --help and --list")
    if os.geteuid() != 0:
        print("Watching the kernel takes root: sudo bench/run.py", file=sys.stderr)
        return 3
    for wanted, show_it in ((options.latency, latency), (options.flat, flat),
                            (options.crowd, crowd)):
        if wanted:
            show_it()
            return 0
    if not os.path.exists("/sys/kernel/tracing/events"):
        subprocess.run(["mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing"], check=False)
    watchers = [name for name in names if WATCHERS[name].there()]
    with tempfile.TemporaryDirectory() as directory:
        rows = measure(loads, watchers, options.rounds, directory)
    show(summarize(rows))
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as file:
            file.write(markdown(summarize(rows)))
    if options.publish:
        publish(rows, options.rounds)
    if options.check:
        return published.check(PUBLISHED, rows)
    if len(watchers) < len(names):
        print("not installed: " + ", ".join(name for name in names if name not in watchers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
