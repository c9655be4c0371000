/* SPDX-License-Identifier: MIT */
#include "sensor/linux/losses.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "sensor/linux/records.h"

static size_t mapped_size(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (VIGIL_LOSS_SLOTS * sizeof(struct vigil_loss_slot) + page - 1) / page * page;
}

int losses_open(struct losses *losses, int map_fd, int free_fd, const uint64_t *taken)
{
	void *mapped;

	*losses = (struct losses){ .taken = taken };
	losses->reported = calloc(VIGIL_LOSS_SLOTS, sizeof(*losses->reported));
	losses->seen = calloc(VIGIL_LOSS_SLOTS, sizeof(*losses->seen));
	if (!losses->reported || !losses->seen)
		return -ENOMEM;
	mapped = mmap(NULL, mapped_size(), PROT_READ, MAP_SHARED, map_fd, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	losses->slot = mapped;
	for (uint32_t i = 1; i < VIGIL_LOSS_SLOTS; i++) {
		int result = bpf_map_update_elem(free_fd, NULL, &i, BPF_ANY);

		if (result < 0)
			return result;
	}
	return 0;
}

void losses_close(struct losses *losses)
{
	if (losses->slot)
		munmap((void *)(uintptr_t)losses->slot, mapped_size());
	free(losses->reported);
	free(losses->seen);
	*losses = (struct losses){ 0 };
}

/* The number of slots in use. Slots are used in order, and counted before their first use. */
static uint32_t used_slots(const struct losses *losses)
{
	uint64_t taken = __atomic_load_n(losses->taken, __ATOMIC_ACQUIRE);

	return taken < VIGIL_LOSS_SLOTS ? (uint32_t)taken + 1 : VIGIL_LOSS_SLOTS;
}

static uint64_t read_refused(const struct losses *losses, uint32_t slot, uint32_t type)
{
	return __atomic_load_n(&losses->slot[slot].refused[type], __ATOMIC_ACQUIRE);
}

uint64_t losses_of_type(const struct losses *losses, uint32_t type)
{
	uint32_t used = used_slots(losses);
	uint64_t count = 0;

	for (uint32_t slot = 0; slot < used; slot++)
		count += read_refused(losses, slot, type);
	return count;
}

struct losses_gap losses_unreported(struct losses *losses, uint32_t type)
{
	uint32_t used = used_slots(losses);
	struct losses_gap gap = { 0 };

	for (uint32_t slot = 0; slot < VIGIL_LOSS_SLOTS; slot++) {
		uint64_t more;

		losses->seen[slot] =
		    slot < used ? read_refused(losses, slot, type) : losses->reported[slot][type];
		more = losses->seen[slot] - losses->reported[slot][type];
		gap.count += more;
		if (more > gap.of_most) {
			gap.of_most = more;
			gap.most = &losses->slot[slot];
		}
	}
	return gap;
}

void losses_mark_reported(struct losses *losses, uint32_t type)
{
	uint32_t used = used_slots(losses);

	for (uint32_t slot = 0; slot < used; slot++)
		losses->reported[slot][type] = losses->seen[slot];
}

const char *losses_path(const struct vigil_loss_slot *slot, uint32_t *length)
{
	uint32_t known = slot->cgroup ? slot->path_length : 0;

	*length = known <= VIGIL_LOSS_PATH_MAX ? known : 0;
	/* The name is written before the id, but some processors, such as those of arm64, make
	 * the two visible here in any order: then bytes are 0 for a moment. */
	if (memchr(&slot->path[VIGIL_LOSS_PATH_MAX - *length], 0, *length))
		*length = 0;
	return &slot->path[VIGIL_LOSS_PATH_MAX - *length];
}

/* ---- LOST records ---- */

static struct vigil_lost_by_body *begin_lost_record(struct linux_source *s,
						    struct record_builder *builder, uint32_t queue,
						    uint16_t type, uint16_t reason, uint64_t count,
						    uint64_t mono)
{
	struct vigil_lost_by_body *body =
	    linux_begin(s, builder, queue, VIGIL_EVENT_LOST, part_size(VIGIL_LOSS_PATH_MAX));

	if (!body)
		return NULL;
	linux_header(builder)->mono = mono;
	body->lost.count = count;
	body->lost.type = type;
	body->lost.reason = reason;
	return body;
}

bool losses_report(struct linux_source *s, uint32_t queue, uint16_t type, uint16_t reason,
		   uint64_t count, uint64_t mono)
{
	struct record_builder builder;

	if (!begin_lost_record(s, &builder, queue, type, reason, count, mono))
		return false;
	linux_add(s, queue, &builder);
	return true;
}

/* Reports records that the ring refused, with the cgroup that lost most of them. */
static bool report_gap(struct linux_source *s, uint16_t type, const struct losses_gap *gap,
		       uint64_t mono)
{
	struct record_builder builder;
	struct vigil_lost_by_body *body =
	    begin_lost_record(s, &builder, LINUX_QUEUE_RING, type, VIGIL_LOSS_QUEUE_FULL,
			      gap->count, mono);
	struct vigil_part *part;
	const char *path;
	uint32_t length;

	if (!body)
		return false;
	body->cgroup = gap->most->cgroup;
	body->cgroup_count = gap->of_most;
	path = losses_path(gap->most, &length);
	part = length ? builder_add(&builder, VIGIL_PART_CGROUP, VIGIL_PART_ORIGIN_KERNEL, path,
				    length)
		      : NULL;
	if (part && gap->most->path_cut) {
		part->flags = VIGIL_PART_FLAG_CUT_HEAD;
		part->original = VIGIL_UNKNOWN;
	}
	linux_add(s, LINUX_QUEUE_RING, &builder);
	return true;
}

bool losses_report_refused(struct linux_source *s, uint64_t mono)
{
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		struct losses_gap gap = losses_unreported(&s->losses, type);

		if (!gap.count)
			continue;
		if (!report_gap(s, (uint16_t)type, &gap, mono - 1))
			return false;
		losses_mark_reported(&s->losses, type);
		s->refused_all += gap.count;
	}
	return true;
}

#define NO_RECORD VIGIL_TYPE_MAX /* the program only prepares data for another one */

/* The type that a BPF program reports; 0: several types, or not known here. */
static uint16_t type_of_program(const char *name)
{
	static const struct {
		const char *program;
		uint16_t type;
	} types[] = {
		{ "on_newtask", VIGIL_EVENT_PROCESS_CREATE },
		{ "on_exec", VIGIL_EVENT_PROCESS_EXEC },
		{ "on_exit", VIGIL_EVENT_PROCESS_EXIT },
		{ "on_last_thread", VIGIL_EVENT_PROCESS_EXIT }, /* then on_exit sees no mark */
		{ "on_prepare_exec", NO_RECORD },
		{ "on_module_load", VIGIL_EVENT_DRIVER_LOAD },
		{ "on_ptrace", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_ptrace_compat", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_writev", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_writev_compat", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_mem_write", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_sys_exit", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_signal", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_wait_task", VIGIL_EVENT_PROCESS_ACCESS },
		{ "on_commit_creds", VIGIL_EVENT_CREDENTIALS },
		{ "on_enter_credentials", VIGIL_EVENT_CREDENTIALS },
		{ "on_exit_credentials", VIGIL_EVENT_CREDENTIALS },
		{ "on_execve", VIGIL_EVENT_EXEC_FAILED },
		{ "on_execveat", VIGIL_EVENT_EXEC_FAILED },
		{ "on_execve_compat", VIGIL_EVENT_EXEC_FAILED },
		{ "on_execveat_compat", VIGIL_EVENT_EXEC_FAILED },
		{ "on_exit_exec", VIGIL_EVENT_EXEC_FAILED },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].program, name) == 0)
			return types[i].type;
	return 0;
}

/* Reports runs that the kernel skipped because another of our programs was running on that CPU.
 * */
static void report_missed(struct linux_source *s, uint64_t now)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, s->bpf->obj)
	{
		uint64_t *known = &s->missed_by[i++];
		uint16_t type = type_of_program(bpf_program__name(program));
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);
		uint64_t more;

		if (type == NO_RECORD || bpf_program__fd(program) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) < 0)
			continue;
		more = info.recursion_misses - *known;
		if (more && losses_report(s, LINUX_QUEUE_OWN, type, VIGIL_LOSS_MISSED, more, now)) {
			*known = info.recursion_misses;
			s->missed[type] += more;
		}
	}
}

/* The number of lost mappings of [vdso], which are not image loads: each exec makes one. */
static uint64_t vdsos_lost(const struct linux_source *s)
{
	uint64_t execs = s->missed[VIGIL_EVENT_PROCESS_EXEC];

	if (!getauxval(AT_SYSINFO_EHDR)) /* this kernel has no vDSO */
		return 0;
	for (int cpu = 0; cpu < s->cpus; cpu++)
		execs += __atomic_load_n(&s->counters[cpu].produced[VIGIL_EVENT_PROCESS_EXEC],
					 __ATOMIC_ACQUIRE);
	return execs > s->vdsos ? execs - s->vdsos : 0;
}

/* The number of image loads that did not fit in the perf rings; never less than was reported.
 * */
static uint64_t images_lost(const struct linux_source *s)
{
	uint64_t lost = perf_lost(&s->perf), vdsos = lost ? vdsos_lost(s) : 0;

	lost = lost > vdsos ? lost - vdsos : 0;
	return lost > s->images_lost ? lost : s->images_lost;
}

void losses_report_images(struct linux_source *s, uint64_t mono)
{
	uint64_t lost = images_lost(s);

	if (lost == s->images_lost ||
	    losses_report(s, LINUX_QUEUE_OWN, VIGIL_EVENT_IMAGE_LOAD, VIGIL_LOSS_QUEUE_FULL,
			  lost - s->images_lost, mono)) {
		s->images_lost = lost;
		s->images_gap = 0;
	}
}

/* Handles a CPU that came online. The number of its image loads before that is unknown, so it
 * is counted as one loss. */
static void check_perf_ring(struct linux_source *s, struct perf_ring *ring, uint64_t now)
{
	enum perf_change change = perf_check(&s->perf, ring);
	char text[160];

	if (change == PERF_SAME)
		return;
	snprintf(text, sizeof(text),
		 "CPU %d came online. Its image loads %s are unknown; they count as 1 loss.",
		 ring->cpu,
		 change == PERF_OPENED ? "until now, for up to two seconds,"
				       : "cannot be watched and");
	linux_report_warning(s, now, text);
	if (losses_report(s, LINUX_QUEUE_OWN, VIGIL_EVENT_IMAGE_LOAD, VIGIL_LOSS_MISSED, 1, now))
		s->missed[VIGIL_EVENT_IMAGE_LOAD]++;
}

void losses_check(struct linux_source *s, uint64_t now, bool whole)
{
	/* The last call, at the end, may follow another one immediately. */
	whole &= now >= s->last_check + PERF_CHECK_MIN;
	s->last_check = now;
	report_missed(s, now);
	losses_report_images(s, now);
	for (size_t i = 0; whole && i < s->perf.rings; i++)
		check_perf_ring(s, &s->perf.ring[i], now);
}

/* ---- statistics ---- */

void losses_add_statistics(struct linux_source *s, struct vigil_statistics *out)
{
	uint64_t lost = images_lost(s);

	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		out->type[type].dropped[VIGIL_LOSS_QUEUE_FULL] += losses_of_type(&s->losses, type);
		out->type[type].produced += s->missed[type];
		out->type[type].dropped[VIGIL_LOSS_MISSED] += s->missed[type];
	}
	out->type[VIGIL_EVENT_IMAGE_LOAD].produced += lost;
	out->type[VIGIL_EVENT_IMAGE_LOAD].dropped[VIGIL_LOSS_QUEUE_FULL] += lost;
}

static int compare_totals(const void *left, const void *right)
{
	const struct cgroup_loss *a = left, *b = right;

	return a->loss.total > b->loss.total ? -1 : a->loss.total < b->loss.total;
}

static struct cgroup_loss sum_slot(const struct losses *losses, uint32_t slot)
{
	struct cgroup_loss loss = { .loss.cgroup = losses->slot[slot].cgroup };
	uint32_t length;

	loss.loss.path.data = losses_path(&losses->slot[slot], &length);
	loss.loss.path.length = length;
	loss.loss.path.original = losses->slot[slot].path_cut ? VIGIL_UNKNOWN : length;
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		loss.dropped[type] = read_refused(losses, slot, type);
		loss.loss.total += loss.dropped[type];
	}
	return loss;
}

size_t losses_by_cgroup(const struct losses *losses, struct cgroup_loss *out, size_t max)
{
	uint32_t used = used_slots(losses);
	size_t count = 0, kept = 0;

	for (uint32_t slot = 0; slot < used; slot++) {
		struct cgroup_loss loss = sum_slot(losses, slot);

		if (!loss.loss.total)
			continue;
		count++;
		if (kept < max)
			out[kept++] = loss;
		else if (max && loss.loss.total > out[max - 1].loss.total)
			out[max - 1] = loss;
		else
			continue;
		qsort(out, kept, sizeof(*out), compare_totals);
	}
	return count;
}
