#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scale.py - how many processors one BPF ring serves: a simulation from measured times.

    bench/scale.py [--service NS] [--exec RATE] [--thread RATE] [--reader SECONDS] [--far FACTOR]

Each processor alternates between work (exponentially distributed) and a record, for which it
waits for the ring's lock in the order of arrival, as the kernel's queued spin locks do. The
service time is half of what a record costs each of two processors that write all the time
(bench_ring): moving the lock and the ring's positions from one cache to the other is in it.
While the ring is full, records are refused without taking the lock, so it is used no more than
the reader frees space for.
--far multiplies it, for processors in several sockets. The rates are those of bench_load:
programs that do nothing but start others, and never idle. Needs root for what is not given.
"""
import argparse
import heapq
import os
import random
import subprocess

BUILD = os.environ.get("VIGIL_BUILD",
                       os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/build/linux")
PROCESSORS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RECORDS = 200000  # simulated
RING_MIB, PERF_MIB_MOST = 8, 32
PERF_KIB = 128  # of a perf ring, least (lib/sensor/linux/perf.c)


def output_of(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def measure_service():
    """Of five measurements the median."""
    times = sorted([float(time) for time in output_of([BUILD + "/bench/bench_ring"])][::-1]
                   for _ in range(5))
    beside, alone = times[2]
    print(f"measured: a record takes {alone:.0f} ns alone, {beside:.0f} ns on each of two "
          "processors that write at the same time")
    return beside / 2


def measure_rate(mode, count):
    """Operations in a second of CPU time, the best of three: the worst for the lock."""
    return max(count / float(output_of([BUILD + "/bench/bench_load", "-w", "1", mode,
                                        str(count)])[3]) for _ in range(3))


def simulate(processors, think, service):
    """Returns (utilization of the lock, mean time that a record waits for it), in ns."""
    draw = random.Random(processors)
    arrivals = [(draw.expovariate(1 / think), cpu) for cpu in range(processors)]
    heapq.heapify(arrivals)
    free, busy, waited = 0.0, 0.0, 0.0
    for _ in range(RECORDS):
        time, cpu = heapq.heappop(arrivals)
        begin = max(time, free)
        waited += begin - time
        busy += service
        free = begin + service
        heapq.heappush(arrivals, (free + draw.expovariate(1 / think), cpu))
    return busy / free, waited / RECORDS


def show_load(name, rate, records, service, reader):
    think = 1e9 / (rate * records)
    print(f"\n{name}: {rate:.0f} a second on one processor, {records} records each; one every "
          f"{think / 1000:.1f} us\n"
          f"The lock is saturated from {1 + think / service:.0f} processors on; one reader that takes "
          f"{reader:.2f} s for 100,000 records from {1e5 / reader / (rate * records):.1f} on.\n")
    print("| processors | lock used % | a record waits ns | work takes longer % | reader used % | "
          "lock used while the ring is full % |")
    print("| --- | --- | --- | --- | --- | --- |")
    most = 1e5 / reader * service / 1e9  # a record that is refused does not take the lock
    for processors in PROCESSORS:
        used, wait = simulate(processors, think, service)
        needed = used / most
        print(f"| {processors} | {100 * used:.0f} | {wait:.0f} | {100 * wait / think:.1f} | "
              f"{100 * needed:.0f} | {f'{100 * most:.0f}' if needed > 1 else ''} |")


def show_memory():
    print("\nMiB of one ring, of a ring for each processor that holds the same burst there, and of "
          "the perf rings\n")
    print("| processors | one ring | a ring each | perf rings |")
    print("| --- | --- | --- | --- |")
    for processors in PROCESSORS:
        perf = max(RING_MIB, min(processors * PERF_KIB / 1024, PERF_MIB_MOST))
        print(f"| {processors} | {RING_MIB} | {RING_MIB * processors} | {perf:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--service", type=float, metavar="NS", help="measured by bench_ring")
    parser.add_argument("--exec", type=float, metavar="RATE", help="execs a second")
    parser.add_argument("--thread", type=float, metavar="RATE", help="threads a second")
    parser.add_argument("--reader", type=float, metavar="SECONDS", default=0.15,
                        help="CPU time of the reader for 100,000 records (0.15)")
    parser.add_argument("--far", type=float, metavar="FACTOR", default=1.0)
    options = parser.parse_args()
    service = (options.service or measure_service()) * options.far
    print(f"service time of the lock: {service:.0f} ns, {1e3 / service:.1f} million records a second")
    show_load("exec", options.exec or measure_rate("exec", 10000), 3, service, options.reader)
    show_load("thread", options.thread or measure_rate("thread", 80000), 2, service,
              options.reader)
    show_memory()


if __name__ == "__main__":
    main()
