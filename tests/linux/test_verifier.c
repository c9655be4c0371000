/* SPDX-License-Identifier: MIT */
/*
 * test_verifier.c - how much the kernel's verifier has to do until the sensor is started: the
 * instructions that it processes, of each program that is loaded. They are most of the time
 * that a start takes, about 1 ms for 1,500. A loop that is verified once for each of its rounds
 * shows here.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include <vigil/vigil.h>

#define PROGRAM_MAX 12000 /* processed instructions of one program */
#define START_MAX   32000 /* of all that are loaded for the default types of `vigil trace` */
#define ALL_MAX     48000 /* of all that can be loaded at once */
/* More, where process access is traced by fexit, in five programs instead of two. */
#define TRACED_MAX 24000

#define ROOTS 8 /* processes that the kernel examines */

#define TRACE_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS))
#define COSTLY_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS) | VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED))

static bool access_is_traced; /* by a program that print_program has seen */

/* Prints what the verifier had to do for the program of this descriptor, and returns it; 0: it
 * is no program. */
static uint32_t print_program(int fd)
{
	struct bpf_prog_info info;
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return 0;
	printf("# %-16s %6u instructions, %6u processed\n", info.name,
	       info.xlated_prog_len / (uint32_t)sizeof(struct bpf_insn), info.verified_insns);
	access_is_traced |= strcmp(info.name, "on_ptrace") == 0;
	/* 0: before Linux 5.16, which does not report it */
	assert_in_range(info.verified_insns, 0, PROGRAM_MAX);
	return info.verified_insns;
}

/* The programs that this process has loaded. */
static uint32_t print_programs(uint32_t *count)
{
	DIR *folder = opendir("/proc/self/fd");
	uint32_t processed = 0;
	struct dirent *entry;

	*count = 0;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		char path[300], target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0 || !strstr(target, "bpf-prog"))
			continue;
		processed += print_program(atoi(entry->d_name));
		++*count;
	}
	closedir(folder);
	return processed;
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* roots: how many processes whose descendants alone are watched. */
static void start(uint32_t types, uint32_t costly, const char *environment, uint32_t roots,
		  uint32_t max)
{
	const uint32_t pids[ROOTS] = { 2, 3, 4, 5, 6, 7, 8, 9 };
	struct vigil_options options = { .size = sizeof(options),
					 .types = types,
					 .full_access_types = costly,
					 .environment = environment,
					 .children_of = pids,
					 .children_of_count = roots };
	double before = cpu_ms(), after;
	struct vigil_error error;
	uint32_t processed, count;
	struct vigil *v;

	if (vigil_open(&v, &options, &error) < 0)
		fail_msg("%s", error.text);
	after = cpu_ms();
	access_is_traced = false;
	processed = print_programs(&count);
	max += access_is_traced ? TRACED_MAX : 0;
	printf("# %u programs, %u processed of %u at most; CPU time of the start %.1f ms\n", count,
	       processed, max, after - before);
	vigil_close(v);
	assert_in_range(count, 4, 20);
	assert_in_range(processed, 0, max);
}

static void what_trace_loads(void **state)
{
	(void)state;
	start(TRACE_TYPES, 0, NULL, 0, START_MAX);
}

static void all_that_can_be_loaded(void **state)
{
	(void)state;
	start(VIGIL_TYPE_ALL, COSTLY_TYPES, "PATH,HOME,LD_PRELOAD", 0, ALL_MAX);
}

static void what_leaves_out_other_processes(void **state)
{
	const uint32_t types =
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED);

	(void)state;
	start(types, 0, NULL, ROOTS, START_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_trace_loads),
		cmocka_unit_test(all_that_can_be_loaded),
		cmocka_unit_test(what_leaves_out_other_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
