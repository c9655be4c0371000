#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""detect.py - the cost of detection rules: on events of a recorded build, and live.

    bench/detect.py SIGMA [--recording FILE] [--rounds N] [--live]

SIGMA is a checkout of the rules of SigmaHQ. The sets of rules are: none; 100 rules for process
creation on Linux; all of those for Windows, more than a thousand, which are made into rules for
Linux here: fields that Linux does not have become CommandLine, and rules that then match more
than one start in fifty (because no path there ends with .exe) are left out. Without --recording (made by
`vigil record` beside a build), a build of this project is recorded, which takes root; --live, which
takes root too, runs the load exec2 of bench/run.py beside `vigil watch` without and with --detect.
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import run

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
ONLY_WINDOWS = re.compile(r"\b(OriginalFileName|Description|Product|Company|FileVersion|Hashes|"
                          r"IntegrityLevel|LogonId|CurrentDirectory|Imphash|md5|sha1|sha256)(?=[|:])")
TARGETS = {"us": 5, "ratio": 1.5, "load_ms": 500, "mib": 40}


def rules_of(sigma, product):
    """The texts of all rules for process creation."""
    found = []
    for folder in FOLDERS:
        for path in sorted(glob.glob(f"{sigma}/{folder}/**/*.yml", recursive=True)):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            if re.search(r"^\s+category: process_creation", text, re.M) and \
                    re.search(rf"^\s+product: {product}", text, re.M):
                found.append(text)
    return found


def for_linux(text):
    """A rule for Windows as one for Linux; its title and other metadata stay."""
    head, detection, rest = text.partition("\ndetection:")
    return head.replace("product: windows", "product: linux") + detection + \
        ONLY_WINDOWS.sub("CommandLine", rest)


def make_sets(sigma, directory):
    """{name: folder}; None: no rules."""
    linux, windows = rules_of(sigma, "linux"), rules_of(sigma, "windows")
    if len(linux) < 100 or len(windows) < 1000:
        sys.exit(f"{sigma} is no checkout of the rules of SigmaHQ")
    sets = {"none": None}
    for name, texts in (("100", linux[:100]), ("all", [for_linux(text) for text in windows])):
        sets[name] = os.path.join(directory, name)
        os.mkdir(sets[name])
        for number, text in enumerate(texts):
            with open(f"{sets[name]}/{number}.yml", "w", encoding="utf-8") as file:
                file.write(text)
    return sets


def drop_frequent(rules, recording):
    """Removes the rules that match too often: their alerts would be measured."""
    done = subprocess.run([run.VIGIL, "detect", "stats", "--json", rules, recording], check=True,
                          capture_output=True, text=True)
    events = int(re.search(r"(\d+) events", done.stderr).group(1))
    often = {row["id"] for row in map(json.loads, done.stdout.splitlines())
             if row["hits"] * 50 > events}
    for path in glob.glob(rules + "/*.yml"):
        with open(path, encoding="utf-8") as file:
            identity = re.search(r"^id: (\S+)", file.read(), re.M)
        if identity and identity.group(1) in often:
            os.unlink(path)


def record_build(directory):
    """A recording of a build of this project."""
    path, build = os.path.join(directory, "build.vigil"), os.path.join(directory, "build")
    recorder = subprocess.Popen([run.VIGIL, "record", "-q", path])
    time.sleep(2)
    subprocess.run(["cmake", "-S", run.ROOT, "-B", build], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", build, "--target", "vigil"], check=True,
                   stdout=subprocess.DEVNULL)
    recorder.send_signal(signal.SIGINT)
    if recorder.wait():
        sys.exit("the recording failed")
    shutil.rmtree(build)
    return path


def replay(recording, rules):
    """(CPU seconds, what was said) of a replay as JSON."""
    command = [run.VIGIL, "replay", "--format", "json", "--output", "/dev/null"]
    command += ["--detect", rules] if rules else []
    child = subprocess.Popen(command + [recording], stderr=subprocess.PIPE, text=True)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(said)
    return usage.ru_utime + usage.ru_stime, said


def measure(sets, recording, tiny, rounds):
    """{name: (CPU seconds of each round, and of one event: of loading)}, in alternation."""
    results = {name: ([], []) for name in sets}
    for _ in range(rounds):
        for name, rules in sets.items():
            results[name][0].append(replay(recording, rules)[0])
            results[name][1].append(replay(tiny, rules)[0])
    return results


def stats(rules, recording):
    """What `vigil detect stats` says of the events that the rules are about."""
    done = subprocess.run([run.VIGIL, "detect", "stats", "--json", rules, recording], check=True,
                          capture_output=True, text=True)
    numbers = re.search(r"(\d+) events, .*median (\d+), 99 % below (\d+), mean (\d+).* (\d+) rules, "
                        r"(\d+) KiB", done.stderr).groups()
    hits = sum(json.loads(line)["hits"] for line in done.stdout.splitlines())
    return [int(number) for number in numbers] + [hits]


def report(results, sets, recording, events):
    base, nothing = min(results["none"][0]), min(results["none"][1])
    print("rules  CPU ms  events/s    x JSON  load ms  MiB   us an exec: median  99 %   mean   hits")
    good = True
    for name, (used, load) in results.items():
        loading = min(load) - nothing
        cpu = min(used) - loading
        line = f"{{:5}}  {cpu * 1000:6.0f}  {events / cpu:8.0f}  {cpu / base:8.2f}"
        if sets[name] is None:
            print(line.format(0))
            continue
        _, median, most, mean, rules, kib, hits = stats(sets[name], recording)
        mib = kib / 1024
        print(line.format(rules) + f"  {loading * 1000:7.0f}  {mib:4.1f}  "
              f"{median / 1000:18.2f}  {most / 1000:4.1f}  {mean / 1000:5.2f}  {hits:5}")
        good = good and median / 1000 <= TARGETS["us"] and cpu / base < TARGETS["ratio"] and \
            loading * 1000 < TARGETS["load_ms"] and mib < TARGETS["mib"]
    return good


def live(sets, rounds, directory):
    """exec2 beside `vigil watch`, without and with rules."""
    names = []
    for name, rules in sets.items():
        names.append("detect-" + name)
        command = run.WATCHERS["vigil-json"].command + (["--detect", rules] if rules else [])
        run.WATCHERS[names[-1]] = run.Watcher(command, run.JSON_EXEC)
    run.show(run.summarize(run.measure(["exec2"], names, rounds, directory)))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sigma")
    parser.add_argument("--recording")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--live", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        sets = make_sets(options.sigma, directory)
        recording = options.recording or record_build(directory)
        drop_frequent(sets["all"], recording)
        tiny = os.path.join(directory, "tiny")
        with open(tiny, "w", encoding="utf-8") as file:
            file.write('{"@timestamp":"2026-11-20T20:14:01.000000000Z","event":{"sequence":1},'
                       '"host":{"name":"h","os":{"type":"linux"}},"process":{"pid":1,"name":"x",'
                       '"executable":"/x","entity_id":"00000001-0000-0001-0000-000000000001"},'
                       '"vigil":{"type":"exec"}}\n')
        events = int(re.search(r"(\d+) events shown", replay(recording, None)[1]).group(1))
        good = report(measure(sets, recording, tiny, options.rounds), sets, recording, events)
        if options.live:
            work = os.path.join(directory, "live")
            os.mkdir(work)
            live(sets, options.rounds, work)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
