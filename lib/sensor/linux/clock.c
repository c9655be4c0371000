/* SPDX-License-Identifier: MIT */
#include "sensor/linux/clock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include <bpf/bpf.h>

void clock_open(int map, int cpus)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.size = sizeof(attr),
	};

	for (int cpu = 0; cpu < cpus; cpu++) {
		int fd =
		    (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0)
			continue;
		bpf_map_update_elem(map, &cpu, &fd, BPF_ANY);
		close(fd);
	}
}
