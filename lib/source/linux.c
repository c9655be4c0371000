/* SPDX-License-Identifier: MIT */
/*
 * linux.c - the live sensor of Linux: BPF programs for processes and threads,
 * perf's side-band for image loads, an iterator for what already ran, merged
 * into one stream in order of time.
 *
 * Nobody is woken for every record. After the reader has found nothing for a
 * while it says so (bss->sleeping) and the next record wakes it; from then on a
 * timer brings it back every latency_ms until it has found nothing again. With
 * low_latency it sleeps each time that it has found nothing.
 */
#include "linux.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "enrich.h"
#include "error.h"
#include "parts.h"

#define MS 1000000ull /* in ns */
/* A producer may be this long between reading the clock and finishing a record;
 * whoever wants records at once takes the risk that one comes late. */
#define MARGIN      (1 * MS)
#define MARGIN_LOW  (MS / 5)
#define EXEC_MAX    (1000 * MS) /* an exec that has not finished by then failed */
#define IDLE_AFTER  (100 * MS)
#define IDLE_IMAGES (100 * MS) /* perf rings wake nobody: they are looked into */
#define IDLE        (1000 * MS)
#define CHECK_MIN   (20 * MS) /* perf_check wants 10 */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* ---- records that are made here ---- */

/* queue: the one in whose place in the batch the record is made. */
static struct vigil_header *begin(struct linux_source *s, uint32_t queue, uint16_t type,
				  size_t body, size_t parts)
{
	size_t size = (sizeof(struct vigil_header) + body + parts + 7) & ~(size_t)7;
	struct vigil_header *h = merge_reserve(&s->merge, queue, (uint32_t)size);

	if (!h)
		return NULL;
	memset(h, 0, size);
	h->size = (uint32_t)size;
	h->type = type;
	h->fixed = (uint16_t)(sizeof *h + body);
	h->version = VIGIL_RECORD_VERSION;
	h->encoding = VIGIL_BYTES;
	h->cpu = 0xffff;
	return h;
}

static struct vigil_lost_by *begin_lost(struct linux_source *s, uint32_t queue, uint16_t type,
					uint16_t reason, uint64_t count, uint64_t mono)
{
	size_t path = sizeof(struct vigil_part) + VIGIL_LOSS_PATH_MAX;
	struct vigil_header *h = begin(s, queue, VIGIL_LOST, sizeof(struct vigil_lost_by), path);
	struct vigil_lost_by *body;

	if (!h)
		return NULL;
	body = (void *)(h + 1);
	h->size = h->fixed;
	h->mono = mono;
	body->lost.count = count;
	body->lost.type = type;
	body->lost.reason = reason;
	return body;
}

static bool tell_lost(struct linux_source *s, uint32_t queue, uint16_t type, uint16_t reason,
		      uint64_t count, uint64_t mono)
{
	struct vigil_lost_by *body = begin_lost(s, queue, type, reason, count, mono);

	if (!body)
		return false;
	merge_add(&s->merge, queue, mono, (struct vigil_header *)body - 1);
	s->made[VIGIL_LOST]++;
	return true;
}

/* Reports a gap of the ring, and the cgroup whose processes lost most of it. */
static bool report_gap(struct linux_source *s, uint16_t type, const struct losses_gap *gap,
		       uint64_t mono)
{
	struct vigil_lost_by *body =
	    begin_lost(s, LINUX_QUEUE_RING, type, VIGIL_LOSS_QUEUE_FULL, gap->count, mono);
	struct vigil_header *h = (struct vigil_header *)body - 1;
	const char *path;
	uint32_t length;

	if (!body)
		return false;
	body->cgroup = gap->most->cgroup;
	body->cgroup_count = gap->of_most;
	path = losses_path(gap->most, &length);
	if (length) {
		struct vigil_part *part = (void *)(body + 1);

		h->size += (uint32_t)((uint8_t *)part_add(part, VIGIL_CGROUP, VIGIL_SOURCE_KERNEL,
							  path, length) -
				      (uint8_t *)part);
		if (gap->most->path_cut) {
			part->flags = VIGIL_PART_CUT_HEAD;
			part->original = VIGIL_UNKNOWN;
		}
	}
	merge_add(&s->merge, LINUX_QUEUE_RING, mono, h);
	s->made[VIGIL_LOST]++;
	return true;
}

/* Tells what the ring has refused since it was told last, just before `mono`. */
static bool tell_refused(struct linux_source *s, uint64_t mono)
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

/* The kernel skips a program that would run inside itself, and counts that. */
static void tell_missed(struct linux_source *s, uint64_t now)
{
	const struct {
		struct bpf_program *program;
		uint16_t type;
	} watched[] = {
		{ s->bpf->progs.on_newtask, VIGIL_PROCESS_CREATE },
		{ s->bpf->progs.on_exec, VIGIL_PROCESS_EXEC },
		{ s->bpf->progs.on_exit, VIGIL_PROCESS_EXIT },
		{ s->bpf->progs.on_ptrace, VIGIL_PROCESS_ACCESS },
		{ s->bpf->progs.on_ptrace_compat, VIGIL_PROCESS_ACCESS },
		{ s->bpf->progs.on_writev, VIGIL_PROCESS_ACCESS },
		{ s->bpf->progs.on_writev_compat, VIGIL_PROCESS_ACCESS },
		{ s->bpf->progs.on_mem_write, VIGIL_PROCESS_ACCESS },
	};
	_Static_assert(sizeof watched / sizeof watched[0] ==
			   sizeof s->missed_by / sizeof s->missed_by[0],
		       "one count for each program");

	for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
		uint16_t type = watched[i].type;
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof info;
		uint64_t more;

		if (bpf_obj_get_info_by_fd(bpf_program__fd(watched[i].program), &info, &size) < 0)
			continue;
		more = info.recursion_misses - s->missed_by[i];
		if (more && tell_lost(s, LINUX_QUEUE_OWN, type, VIGIL_LOSS_MISSED, more, now)) {
			s->missed_by[i] = info.recursion_misses;
			s->missed[type] += more;
		}
	}
}

static uint32_t queue_of(const struct linux_source *s, const struct perf_ring *ring)
{
	return LINUX_QUEUE_PERF + (uint32_t)(ring - s->perf.ring);
}

static void report_warning(struct linux_source *s, uint64_t now, const char *text)
{
	struct vigil_header *h =
	    begin(s, LINUX_QUEUE_OWN, VIGIL_STATUS, sizeof(struct vigil_status),
		  sizeof(struct vigil_part) + strlen(text) + 8);
	struct vigil_part *part;

	if (!h)
		return;
	h->mono = now;
	((struct vigil_status *)(h + 1))->state = VIGIL_STATUS_WARNING;
	part = (void *)((struct vigil_status *)(h + 1) + 1);
	part = part_add(part, VIGIL_TEXT, VIGIL_SOURCE_NONE, text, strlen(text));
	h->size = (uint32_t)((uint8_t *)part - (uint8_t *)h);
	merge_add(&s->merge, LINUX_QUEUE_OWN, h->mono, h);
	s->made[VIGIL_STATUS]++;
}

/* What a ring refused after the last record that it holds, and rings of CPUs that came online.
 * How many images those loaded before is not known: that is counted as one. */
static void check_perf_ring(struct linux_source *s, struct perf_ring *ring, uint64_t now)
{
	uint64_t lost = perf_unreported(&s->perf, ring);
	enum perf_change change;
	char text[160];

	if (lost &&
	    tell_lost(s, queue_of(s, ring), VIGIL_IMAGE_LOAD, VIGIL_LOSS_QUEUE_FULL, lost, now)) {
		ring->lost_reported += lost;
		s->images_lost += lost;
	}
	change = perf_check(&s->perf, ring);
	if (change == PERF_SAME)
		return;
	snprintf(text, sizeof text,
		 "CPU %d came online. Its image loads %s are not known; their number counts as 1.",
		 ring->cpu,
		 change == PERF_OPENED ? "until now, for about a second,"
				       : "cannot be watched and");
	report_warning(s, now, text);
	if (tell_lost(s, LINUX_QUEUE_OWN, VIGIL_IMAGE_LOAD, VIGIL_LOSS_MISSED, 1, now))
		s->missed[VIGIL_IMAGE_LOAD]++;
}

static bool tell_snapshot_end(struct linux_source *s, int error)
{
	struct vigil_header *h =
	    begin(s, LINUX_QUEUE_OWN, VIGIL_SNAPSHOT_END, sizeof(struct vigil_snapshot), 0);

	if (!h)
		return false;
	h->mono = clock_ns(CLOCK_BOOTTIME);
	memcpy(h + 1, &s->told, sizeof s->told);
	merge_add(&s->merge, LINUX_QUEUE_OWN, h->mono, h);
	s->made[VIGIL_SNAPSHOT_END]++;
	if (error)
		tell_lost(s, LINUX_QUEUE_OWN, VIGIL_EXISTING, VIGIL_LOSS_READ_FAILED, 1, h->mono);
	return true;
}

/* Names this machine and this boot, so that an id made of it is unique. */
static uint64_t machine_id(void)
{
	const char *const files[] = { "/etc/machine-id", "/proc/sys/kernel/random/boot_id" };
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		FILE *f = fopen(files[i], "re");
		int c;

		if (!f)
			continue;
		while ((c = getc(f)) != EOF)
			hash = (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
		fclose(f);
	}
	return hash;
}

void linux_tell_started(struct linux_source *s, uint32_t types)
{
	struct utsname name;
	char text[256];
	struct vigil_header *h;
	struct vigil_status *status;
	struct vigil_part *part;

	uname(&name);
	snprintf(text, sizeof text, "vigil %s on %.64s %.96s %.32s", VIGIL_VERSION, name.sysname,
		 name.release, name.machine);
	h = begin(s, LINUX_QUEUE_OWN, VIGIL_STATUS, sizeof *status,
		  3 * 20 + sizeof text + 65 + sizeof s->backend);
	if (!h)
		return;
	status = (void *)(h + 1);
	status->state = VIGIL_STATUS_STARTED;
	status->types = types;
	status->machine = machine_id();
	part = part_add((void *)(status + 1), VIGIL_HOST, VIGIL_SOURCE_KERNEL, name.nodename,
			strlen(name.nodename));
	part = part_add(part, VIGIL_BACKEND, VIGIL_SOURCE_NONE, s->backend, strlen(s->backend));
	part = part_add(part, VIGIL_TEXT, VIGIL_SOURCE_NONE, text, strlen(text));
	h->size = (uint32_t)((uint8_t *)part - (uint8_t *)h);
	h->mono = clock_ns(CLOCK_BOOTTIME);
	h->actor.pid = h->actor.tid = (uint32_t)getpid();
	merge_add(&s->merge, LINUX_QUEUE_OWN, h->mono, h);
	s->made[VIGIL_STATUS]++;
}

/* ---- reading the queues into the batch ---- */

/* Marks in the stream where an exec passes its point of no return; never given out. */
#define EXEC_BEGINS 0xffff

static bool add_exec_begins(struct linux_source *s, uint32_t queue, const struct perf_record *comm)
{
	struct vigil_header *h = begin(s, queue, EXEC_BEGINS, 0, 0);

	if (!h)
		return false;
	h->mono = comm->mono;
	h->actor.pid = comm->pid;
	merge_add(&s->merge, queue, h->mono, h);
	return true;
}

/* The build-id if it is known, or what makes enrich.c ask for it: the file is the
 * subject's, who decides how long it takes to read. */
static struct vigil_part *add_build_id(struct linux_source *s, const struct vigil_image *image,
				       struct vigil_part *part)
{
	size_t length;
	const uint8_t *id = lookup_known_build_id(s->lookup, image, &length);
	struct vigil_part *mark = part;

	if (id && length == 0)
		return part;
	part =
	    part_add(part, VIGIL_BUILD_ID, VIGIL_SOURCE_FILE, id ? id : (const void *)"", length);
	if (!id)
		mark->flags = ENRICH_WANTED;
	return part;
}

/* The path as the kernel wrote it down, with what is in doubt about it. */
static struct vigil_part *add_name(struct vigil_image *image, struct vigil_part *part,
				   const struct perf_record *map)
{
	struct vigil_part *name = part;

	if (map->in_memory)
		image->attributes = VIGIL_IMAGE_MEMORY_ONLY;
	else if (map->maybe_deleted)
		image->attributes = VIGIL_IMAGE_MAYBE_DELETED;
	part =
	    part_add(part, VIGIL_IMAGE, VIGIL_SOURCE_PERF, map->path ? map->path : "", map->length);
	if (!map->path)
		name->flags = VIGIL_PART_UNREADABLE;
	return part;
}

static bool add_image(struct linux_source *s, uint32_t queue, const struct perf_record *map)
{
	size_t parts = 2 * sizeof(struct vigil_part) + 16 + map->length + UINT8_MAX + 8;
	struct vigil_header *h =
	    begin(s, queue, VIGIL_IMAGE_LOAD, sizeof(struct vigil_image), parts);
	struct vigil_image *image;
	struct vigil_part *part;

	if (!h)
		return false;
	image = (void *)(h + 1);
	part = (void *)(image + 1);
	h->cpu = (uint16_t)map->cpu;
	h->mono = map->mono;
	h->actor.pid = map->pid;
	h->actor.tid = map->tid;
	image->process.pid = map->pid;
	image->base = map->base;
	image->size = map->size;
	image->offset = map->offset;
	image->device = (uint64_t)map->major << 20 | map->minor;
	image->inode = map->inode;
	image->generation = map->generation;
	image->protection = map->protection;
	image->signature_level = 0xff;
	image->signature_type = 0xff;
	part = add_name(image, part, map);
	part = add_build_id(s, image, part);
	h->size = (uint32_t)((uint8_t *)part - (uint8_t *)h);
	merge_add(&s->merge, queue, map->mono, h);
	s->images_produced++;
	return true;
}

/* What belongs to the time up to `now` of one ring. False: its part of the batch is full. */
static bool drain_perf(struct linux_source *s, struct perf_ring *ring, uint64_t now)
{
	uint32_t queue = queue_of(s, ring);
	struct perf_record record;

	while (perf_peek(&s->perf, ring, &record) && record.mono <= now) {
		bool added = true;

		if (record.what == PERF_IMAGE)
			added = add_image(s, queue, &record);
		else if (record.what == PERF_EXEC)
			added = add_exec_begins(s, queue, &record);
		else if (record.what == PERF_LOST && record.lost)
			added = tell_lost(s, queue, VIGIL_IMAGE_LOAD, VIGIL_LOSS_QUEUE_FULL,
					  record.lost, record.mono);
		if (!added)
			return false;
		s->images_lost += record.lost;
		perf_advance(ring);
	}
	return true;
}

static bool add_copy(struct linux_source *s, uint32_t queue, const struct vigil_header *record)
{
	struct vigil_header *h = merge_reserve(&s->merge, queue, record->size);

	if (!h)
		return false;
	memcpy(h, record, record->size);
	h->seq = 0;
	merge_add(&s->merge, queue, h->mono, h);
	return true;
}

static bool drain_ring(struct linux_source *s, uint64_t now)
{
	const struct vigil_header *record;
	uint32_t length;

	while ((record = ring_peek(&s->ring, &length)) && record->mono <= now) {
		uint64_t mono = record->mono;

		if (record->seq > s->refused_all && !tell_refused(s, mono))
			return false;
		if (!add_copy(s, LINUX_QUEUE_RING, record))
			return false;
		ring_advance(&s->ring);
	}
	/* Refused and nothing written since: the place of the loss is here. */
	if (!record && __atomic_load_n(&s->bpf->bss->refused, __ATOMIC_RELAXED) > s->refused_all)
		return tell_refused(s, now);
	return true;
}

/* Verdicts, and what the rules have to say of themselves. */
static bool drain_verdicts(struct linux_source *s, uint64_t now)
{
	const struct vigil_header *record;

	for (;;) {
		s->denied_untold += enforcer_refused(s->enforcer);
		if (s->denied_untold) {
			if (!tell_lost(s, LINUX_QUEUE_VERDICTS, VIGIL_PROCESS_DENIED,
				       VIGIL_LOSS_QUEUE_FULL, s->denied_untold, now))
				return false;
			s->denied_lost += s->denied_untold;
			s->denied_untold = 0;
		}
		record = enforcer_peek(s->enforcer);
		if (!record || record->mono > now)
			return true;
		if (!add_copy(s, LINUX_QUEUE_VERDICTS, record))
			return false;
		if (record->type == VIGIL_STATUS)
			s->made[VIGIL_STATUS]++;
		enforcer_advance(s->enforcer);
	}
}

/* A part of what already ran. */
static void drain_snapshot(struct linux_source *s)
{
	for (int i = 0; i < 256 && s->snapshot.fd >= 0; i++) {
		const struct vigil_header *record;
		int error;

		/* Room is made sure of first: the iterator cannot take a record back. */
		if (!merge_reserve(&s->merge, LINUX_QUEUE_OWN, VIGIL_RECORD_MAX))
			return;
		record = snapshot_next(&s->snapshot, &error);
		if (!record) {
			__atomic_store_n(&s->bpf->bss->snapshotting, 0, __ATOMIC_RELAXED);
			tell_snapshot_end(s, error);
			return;
		}
		add_copy(s, LINUX_QUEUE_OWN, record);
		s->made[record->type]++;
		if (record->type == VIGIL_EXISTING)
			s->told.processes++;
		else
			s->told.threads++;
	}
}

static void measure_wall(struct linux_source *s)
{
	uint64_t before = clock_ns(CLOCK_BOOTTIME), wall = clock_ns(CLOCK_REALTIME);
	uint64_t after = clock_ns(CLOCK_BOOTTIME);
	uint64_t offset = wall - (before + (after - before) / 2);

	/* Reading two clocks is not exact; only a step of the wall clock counts. */
	if (offset - s->to_wall + 20000 > 40000)
		s->to_wall = offset;
}

static uint64_t margin(const struct linux_source *s)
{
	return s->low_latency ? MARGIN_LOW : MARGIN;
}

/* Up to when everything is in the batch: before what is oldest of all that did not fit in.
 * The records of that queue are not in the batch then, or are older still: so each round
 * gives out some, whatever the other queues hold. */
static uint64_t complete_until(struct linux_source *s, uint64_t until)
{
	const struct vigil_header *left;
	struct perf_record map;
	uint32_t length;

	left = ring_peek(&s->ring, &length);
	if (left && left->mono < until)
		until = left->mono;
	left = s->enforcer ? enforcer_peek(s->enforcer) : NULL;
	if (left && left->mono < until)
		until = left->mono;
	for (size_t i = 0; i < s->perf.rings; i++)
		if (perf_peek(&s->perf, &s->perf.ring[i], &map) && map.mono < until)
			until = map.mono;
	return until;
}

/* Once a second, and at the end of each burst: what it has lost then is reported at once. */
static bool is_check_due(const struct linux_source *s, uint64_t now, bool quiet)
{
	uint64_t since = now - s->last_check;

	return since > IDLE || (quiet && s->last_check < s->last_active && since > CHECK_MIN);
}

/* Looks into what is counted elsewhere. whole: the queues are empty. */
static void check_counters(struct linux_source *s, uint64_t now, bool whole)
{
	s->last_check = now;
	tell_missed(s, now);
	for (size_t i = 0; whole && i < s->perf.rings; i++)
		check_perf_ring(s, &s->perf.ring[i], now);
}

/* Fills the batch. What all queues hold up to `now` is in it afterwards, unless
 * one did not fit in: then only what came before the oldest record left behind. */
static void refill(struct linux_source *s)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME), until = now - margin(s);
	size_t before = s->merge.count - s->merge.next;
	bool whole = true, quiet;

	if (s->bpf->bss->sleeping)
		__atomic_store_n(&s->bpf->bss->sleeping, 0, __ATOMIC_RELAXED);
	measure_wall(s);
	for (size_t i = 0; i < s->perf.rings; i++)
		whole &= drain_perf(s, &s->perf.ring[i], now);
	whole &= drain_ring(s, now);
	if (s->enforcer)
		whole &= drain_verdicts(s, now);
	if (!whole)
		until = complete_until(s, until);
	drain_snapshot(s);
	quiet = s->merge.count - s->merge.next <= before;
	if (!quiet)
		s->last_active = now;
	if (is_check_due(s, now, quiet))
		check_counters(s, now, whole);
	merge_sort(&s->merge);
	s->horizon = until;
}

/* ---- source_ops ---- */

static void set_timer(struct linux_source *s, uint64_t ns)
{
	struct itimerspec at = { .it_value = { .tv_sec = (time_t)(ns / 1000000000ull),
					       .tv_nsec = (long)(ns % 1000000000ull) } };

	timerfd_settime(s->timer, 0, &at, NULL);
}

/* From now on the next record wakes the reader. */
static void sleep_until_woken(struct linux_source *s)
{
	s->woken = true;
	__atomic_store_n(&s->bpf->bss->sleeping, 1, __ATOMIC_SEQ_CST);
	/* A program that began before this may not announce its record. */
	if (!ring_is_empty(&s->ring))
		set_timer(s, margin(s));
}

/* Sees to it that the descriptor becomes readable in time. */
static void arm(struct linux_source *s)
{
	uint64_t idle = !s->images ? IDLE : s->low_latency ? s->latency : IDLE_IMAGES;
	uint64_t now = clock_ns(CLOCK_BOOTTIME);
	struct epoll_event old[3];
	bool pending = merge_pending(&s->merge);

	epoll_wait(s->epoll, old, 3, 0); /* wake-ups for what has been read since */
	if (s->snapshot.fd >= 0 || (pending && (s->woken || s->low_latency))) {
		/* The first record after a rest, too young to be given out: as soon as
		 * it may. Under load, younger records come with the next batch. */
		set_timer(s, margin(s));
		if (s->low_latency)
			sleep_until_woken(s);
	} else if (!s->low_latency && (now - s->last_active < IDLE_AFTER || pending)) {
		set_timer(s, s->latency);
	} else {
		set_timer(s, idle);
		sleep_until_woken(s);
	}
}

static void complete(struct linux_source *s, struct vigil_header *record)
{
	record->time = record->mono + s->to_wall;
	switch (record->type) {
	case VIGIL_PROCESS_CREATE:
	case VIGIL_PROCESS_EXEC:
	case VIGIL_EXISTING: {
		struct vigil_process *body = (void *)(record + 1);

		body->start = body->process.start_key + s->to_wall;
		break;
	}
	case VIGIL_PROCESS_EXIT: {
		struct vigil_exit *body = (void *)(record + 1);

		body->start = body->process.start_key + s->to_wall;
		break;
	}
	default:
		break;
	}
}

/* The next record in the order in which it is to be told; NULL: none now. */
static struct vigil_header *take(struct linux_source *s)
{
	struct vigil_header *record;

	for (;;) {
		record = hold_next(&s->hold);
		if (record)
			return record;
		if (s->horizon > EXEC_MAX && hold_expire(&s->hold, s->horizon - EXEC_MAX))
			continue;
		record = merge_take(&s->merge, s->horizon);
		if (!record)
			return NULL;
		if (record->type == EXEC_BEGINS) {
			hold_begin(&s->hold, record->actor.pid, record->mono);
			continue;
		}
		if (record->type == VIGIL_IMAGE_LOAD && hold_keep(&s->hold, record))
			continue;
		if (record->type == VIGIL_PROCESS_EXEC || record->type == VIGIL_PROCESS_EXIT)
			hold_end(&s->hold, record->actor.pid, record->mono);
		return record;
	}
}

static int linux_next(struct source *base, struct vigil_header **out)
{
	struct linux_source *s = (struct linux_source *)base;
	struct vigil_header *record = take(s);

	if (!record) {
		refill(s);
		record = take(s);
	}
	if (!record) {
		arm(s);
		return 0;
	}
	s->woken = false;
	complete(s, record);
	*out = record;
	return 1;
}

static int linux_wait(struct source *base, int timeout_ms)
{
	struct linux_source *s = (struct linux_source *)base;

	if (poll(&(struct pollfd){ .fd = s->epoll, .events = POLLIN }, 1, timeout_ms) >= 0)
		return 1;
	if (errno == EINTR)
		return 0;
	return vigil_fail(&base->error, VIGIL_ERROR_SYSTEM, "cannot wait: %s", strerror(errno));
}

static int linux_fd(struct source *base)
{
	return ((struct linux_source *)base)->epoll;
}

static void linux_statistics(struct source *base, struct vigil_statistics *out)
{
	struct linux_source *s = (struct linux_source *)base;
	uint64_t lost = s->images_lost;

	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		/* Read first: a refused record is counted after produced. */
		out->type[type].dropped[VIGIL_LOSS_QUEUE_FULL] += losses_of_type(&s->losses, type);
		for (int cpu = 0; cpu < s->cpus; cpu++)
			out->type[type].produced +=
			    __atomic_load_n(&s->counters[cpu].produced[type], __ATOMIC_ACQUIRE);
		out->type[type].produced += s->missed[type] + s->made[type];
		out->type[type].dropped[VIGIL_LOSS_MISSED] += s->missed[type];
	}
	for (int cpu = 0; cpu < s->cpus; cpu++)
		out->unreadable += s->counters[cpu].unreadable;
	for (size_t i = 0; i < s->perf.rings; i++)
		lost += perf_unreported(&s->perf, &s->perf.ring[i]);
	out->type[VIGIL_IMAGE_LOAD].produced += s->images_produced + lost;
	out->type[VIGIL_IMAGE_LOAD].dropped[VIGIL_LOSS_QUEUE_FULL] += lost;
	if (s->enforcer) {
		out->type[VIGIL_PROCESS_DENIED].produced += enforcer_produced(s->enforcer);
		out->type[VIGIL_PROCESS_DENIED].dropped[VIGIL_LOSS_QUEUE_FULL] += s->denied_lost;
	}
}

static size_t linux_losses_by_cgroup(struct source *base, struct vigil_cgroup_loss *out, size_t max)
{
	return losses_by_cgroup(&((struct linux_source *)base)->losses, out, max);
}

static const char *linux_backend(struct source *base)
{
	return ((struct linux_source *)base)->backend;
}

const struct source_ops linux_ops = {
	.next = linux_next,
	.wait = linux_wait,
	.fd = linux_fd,
	.statistics = linux_statistics,
	.losses_by_cgroup = linux_losses_by_cgroup,
	.backend = linux_backend,
	.close = linux_close,
};
