/* SPDX-License-Identifier: MIT */
/* test_losses.c - runs of the sensor's programs that the kernel skipped. */
#include "make_event.h"

#include <bpf/bpf.h>

#include "sensor/linux/sensor.h"

#define SKIPPED 3 /* runs of each program */

/* Replacements for libbpf's functions, with the kernel's counters of a program. */
int __wrap_bpf_program__fd(const struct bpf_program *program);
int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, uint32_t *size);

static bool is_iterator(const struct bpf_program *program)
{
	return strcmp(bpf_program__name(program), "snapshot") == 0;
}

/* The iterator is only run on request, so the kernel counts no skipped runs; on_prepare_exec
 * only prepares data for a program that reports. */
static bool reports_nothing(const struct bpf_program *program)
{
	return is_iterator(program) || strcmp(bpf_program__name(program), "on_prepare_exec") == 0;
}

int __wrap_bpf_program__fd(const struct bpf_program *program)
{
	return is_iterator(program) ? -1 : 0;
}

int __wrap_bpf_obj_get_info_by_fd(int fd, void *info, uint32_t *size)
{
	(void)fd;
	assert_int_equal(*size, sizeof(struct bpf_prog_info));
	((struct bpf_prog_info *)info)->recursion_misses = SKIPPED;
	return 0;
}

static uint64_t count_lost(struct linux_source *s, uint64_t *lost)
{
	struct vigil_header *record;
	uint64_t count = 0;

	merge_sort(&s->merge);
	while ((record = merge_take(&s->merge, UINT64_MAX)) != NULL) {
		const struct vigil_lost_body *body = (const void *)(record + 1);

		assert_int_equal(record->type, VIGIL_EVENT_LOST);
		assert_int_equal(body->reason, VIGIL_LOSS_MISSED);
		lost[body->type] += body->count;
		count += body->count;
	}
	return count;
}

/* Skipped runs of every program that reports are counted and reported once. */
static void missed_runs(void **state)
{
	const size_t capacity[] = { 1u << 20, 4096, 4096 };
	struct linux_source *s = calloc(1, sizeof(*s));
	uint64_t lost[VIGIL_TYPE_MAX] = { 0 }, programs = 0;
	const struct vigil_loss_slot refused = { 0 };
	const uint64_t taken = 0;
	struct vigil_statistics statistics = { 0 };
	struct bpf_program *program = NULL;

	(void)state;
	assert_non_null(s);
	s->bpf = vigil_bpf__open();
	assert_non_null(s->bpf);
	assert_int_equal(merge_open(&s->merge, capacity, 3), 0);
	while ((program = bpf_object__next_program(s->bpf->obj, program)) != NULL)
		programs += !reports_nothing(program);
	assert_true(programs > 10);
	losses_check(s, 1000, true);
	assert_int_equal(count_lost(s, lost), programs * SKIPPED);
	assert_int_equal(lost[VIGIL_EVENT_PROCESS_CREATE], SKIPPED);
	assert_int_equal(lost[VIGIL_EVENT_PROCESS_EXEC], SKIPPED);
	assert_int_equal(lost[VIGIL_EVENT_PROCESS_EXIT], 2 * SKIPPED); /* on_last_thread, too */
	assert_int_equal(lost[VIGIL_EVENT_DRIVER_LOAD], SKIPPED);
	assert_true(lost[VIGIL_EVENT_PROCESS_ACCESS] >= 7 * SKIPPED);
	assert_int_equal(lost[0], 0); /* each program has a type */
	losses_check(s, 2000, true);
	assert_int_equal(count_lost(s, lost), 0);
	s->losses.slot = &refused;
	s->losses.taken = &taken;
	losses_add_statistics(s, &statistics);
	assert_int_equal(statistics.type[VIGIL_EVENT_DRIVER_LOAD].dropped[VIGIL_LOSS_MISSED],
			 SKIPPED);
	merge_close(&s->merge);
	vigil_bpf__destroy(s->bpf);
	free(s);
}

/* A name is returned when all of it is visible here. */
static void half_a_name(void **state)
{
	static struct vigil_loss_slot slot;
	char *end = &slot.path[VIGIL_LOSS_PATH_MAX];
	uint32_t length = 1;

	(void)state;
	memcpy(end - 8, "/a.slice", 8);
	slot.path_length = 8;
	losses_path(&slot, &length);
	assert_int_equal(length, 0); /* no id yet */
	slot.cgroup = 1;
	assert_memory_equal(losses_path(&slot, &length), "/a.slice", 8);
	assert_int_equal(length, 8);
	end[-5] = 0;
	losses_path(&slot, &length);
	assert_int_equal(length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(missed_runs),
					    cmocka_unit_test(half_a_name) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
