/* SPDX-License-Identifier: MIT */
/* clock.h - the scheduler's clock for the BPF programs (kernel/linux/cputime.h). */
#ifndef VIGIL_SENSOR_LINUX_CLOCK_H
#define VIGIL_SENSOR_LINUX_CLOCK_H

/*
 * Opens on each of `cpus` CPUs the event that counts the scheduler's clock, and puts it into
 * the BPF map `map`, which keeps it. Where that is not possible, or the CPU is offline now,
 * CPU times of what ends on that CPU are up to one tick behind.
 */
void clock_open(int map, int cpus);

#endif /* VIGIL_SENSOR_LINUX_CLOCK_H */
