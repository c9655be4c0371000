/* SPDX-License-Identifier: MIT */
/* clock.h - the scheduler's clock for the BPF programs (kernel/linux/cputime.h). */
#ifndef VIGIL_SENSOR_LINUX_CLOCK_H
#define VIGIL_SENSOR_LINUX_CLOCK_H

/*
 * Opens the event that counts the scheduler's clock on each of `cpus` CPUs, and stores it in the
 * BPF map with the descriptor `map`, which keeps it open. If that fails, or a CPU is offline,
 * the CPU times of tasks that end on it are up to one tick too small.
 */
void clock_open(int map, int cpus);

#endif /* VIGIL_SENSOR_LINUX_CLOCK_H */
