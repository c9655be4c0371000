#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - measures the cost of watching: runs loads that generate events at the maximum
rate, alternating without and with a watcher: modes of vigil, peers, and the minimum cost
of any monitor. Needs root. Peers that are not installed are left out.

    bench/run.py [--rounds N] [--loads exec1,...] [--watchers vigil-json,...]
                 [--markdown FILE] [--latency] [--flat] [--crowd] [--list]
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

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("VIGIL_BUILD", ROOT + "/build/linux")
LOAD = BUILD + "/bench/bench_load"
LIMIT = BUILD + "/bench/bench_limit"
LATENCY = BUILD + "/bench/bench_latency"
VIGIL = BUILD + "/vigil"

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


class Watcher:
    """A command; {out}: its output file; a pattern for the exec of a load in the output."""

    def __init__(self, command, execs=None, ready=1.0, child=False):
        self.command, self.execs, self.ready, self.child = command, execs, ready, child

    def there(self):
        return shutil.which(self.command[0]) is not None


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
    "execsnoop": Watcher(["execsnoop"], rb"(tiny|true) "),
    "forkstat": Watcher(["forkstat", "-l", "-e", "fork,exec,exit"], TEXT_EXEC),
    "bpftrace": Watcher(["bpftrace", "-e", SCRIPT], rb"^EXEC", ready=5.0),
    "perf": Watcher(["perf", "record", "-q", "-a", "-e", TRACEPOINTS, "-o", "{out}"], ready=2.0),
    "strace": Watcher(["strace", "-f", "-qq", "-e", "trace=process", "-o", "{out}"],
                      rb" execve\(.*(tiny|true)", child=True),
}
QUICK = ("exec2,true2", "vigil-json,vigil-text,vigil-record,vigil-all-json,execsnoop,forkstat")


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
    for _ in range(50):
        before = busy()
        time.sleep(0.2)
        if busy() - before < 0.03:
            return


def run_load(name, before=()):
    arguments, count, _ = LOADS[name]
    wait_for_quiet()
    result = subprocess.run([*before, LOAD, *arguments, str(count)], check=True,
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
        self.out, self.said = directory + "/out", directory + "/said"
        self.command = [word.replace("{out}", self.out) for word in self.watcher.command]

    def run(self):
        return self.around() if self.watcher.child else self.beside()

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
        result = run_load(self.load, self.command)
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
        wait_for_quiet()
        before = cpu_of(child.pid)
        result = run_load(self.load)
        wait_until_idle(child.pid)
        result.update(monitor=(cpu_of(child.pid) - before) / 1e9, memory=memory_of(child.pid))
        child.send_signal(signal.SIGINT)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        return {**result, "execs": self.execs()}


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measure(loads, watchers, rounds, directory):
    """Returns rows of results; each watched round is between two unwatched ones."""
    rows, total = [], len(loads) * len(watchers) * rounds
    for _ in range(rounds):
        for load in loads:
            alone = run_load(load)
            for name in watchers:
                progress(f"{len(rows) + 1}/{total} {load} {name}")
                result = Turn(name, load, directory).run()
                after = run_load(load)
                base = (alone["rate"] + after["rate"]) / 2
                rows.append({"load": load, "watcher": name, "slower": base / result["rate"],
                             **result})
                alone = after
    progress("")
    return rows


def median_of(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    return statistics.median(values) if values else None


def summarize(rows, loads, watchers):
    """The lines of the table, as text."""
    for load in loads:
        arguments, count, events = LOADS[load]
        for name in watchers:
            mine = [row for row in rows if row["load"] == load and row["watcher"] == name]
            slower = [row["slower"] for row in mine]
            execs, memory = median_of(mine, "execs"), median_of(mine, "memory")
            lost = ""
            if execs is not None and "exec" in arguments:
                lost = f"{max(0.0, 100 * (1 - execs / count)):.1f}"
            yield (load, name, f"{statistics.median(slower):.2f}",
                   f"{min(slower):.2f}-{max(slower):.2f}",
                   f"{median_of(mine, 'monitor') / (count * events) * 1e5:.3f}", lost,
                   "" if memory is None else f"{memory:.1f}")


HEADING = ("load", "watcher", "slower", "range", "CPU s/100k events", "lost %", "MiB")


def show(lines, markdown):
    lines = [HEADING, *lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADING))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
    if markdown:
        lines.insert(1, ["---"] * len(HEADING))
        with open(markdown, "w", encoding="utf-8") as out:
            out.writelines("| " + " | ".join(line) + " |\n" for line in lines)


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
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many (3)")
    parser.add_argument("--loads", default=QUICK[0], help=f"of {','.join(LOADS)}; or all")
    parser.add_argument("--watchers", default=QUICK[1], help="see --list; or all")
    parser.add_argument("--latency", action="store_true", help="only how late a line comes")
    parser.add_argument("--markdown", metavar="FILE", help="also write the table there")
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
    loads = list(LOADS) if options.loads == "all" else options.loads.split(",")
    names = list(WATCHERS) if options.watchers == "all" else options.watchers.split(",")
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
    show(summarize(rows, loads, watchers), options.markdown)
    if len(watchers) < len(names):
        print("not installed: " + ", ".join(name for name in names if name not in watchers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
