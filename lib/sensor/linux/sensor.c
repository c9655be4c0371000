/* SPDX-License-Identifier: MIT */
/*
 * sensor.c - the live sensor on Linux. It merges the records of BPF programs (processes,
 * threads), of perf's side-band (image loads), of an iterator (the snapshot) and of the enforcer
 * into one stream in order of time.
 *
 * The reader is not woken for every record. After it has found nothing for a while it sets
 * bss->sleeping, and the next record wakes it. From then on a timer wakes it every latency_ms
 * until it finds nothing for a while again. With low_latency it sleeps whenever it finds
 * nothing.
 */
#include "sensor/linux/sensor.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "os/boot_clock.h"
#include "os/os.h"
#include "sensor/linux/records.h"

#define MS 1000000ull /* in ns */
/* The time that a producer may take between reading the clock and finishing a record. With
 * low_latency it is shorter, at the risk that a record arrives out of order. */
#define MARGIN      (1 * MS)
#define MARGIN_LOW  (MS / 5)
#define EXEC_MAX    (1000 * MS) /* an exec that takes longer is taken for failed */
#define IDLE_AFTER  (100 * MS)
#define IDLE_IMAGES (100 * MS) /* perf rings do not wake the reader: they are polled */
#define IDLE        (1000 * MS)

/* ---- reading the queues into the batch ---- */

static uint32_t queue_of(const struct linux_source *s, const struct perf_ring *ring)
{
	return LINUX_QUEUE_PERF + (uint32_t)(ring - s->perf.ring);
}

/* Copies the records of a perf ring up to `now`. Returns false if its share of the batch is
 * full. */
static bool drain_perf(struct linux_source *s, struct perf_ring *ring, uint64_t now)
{
	uint32_t queue = queue_of(s, ring);
	struct perf_record record;

	while (perf_peek(&s->perf, ring, &record) && record.mono <= now) {
		bool added = true;

		if (record.what == PERF_IMAGE)
			added = linux_add_image(s, queue, &record);
		else if (record.what == PERF_EXEC)
			added = linux_add_exec_begins(s, queue, &record);
		else if (record.what == PERF_VDSO)
			s->vdsos += record.mono >= s->attached;
		else if (record.what == PERF_LOST &&
			 (!s->images_gap || record.mono < s->images_gap))
			s->images_gap = record.mono;
		if (!added)
			return false;
		perf_advance(ring);
	}
	return true;
}

static bool add_record_copy(struct linux_source *s, uint32_t queue,
			    const struct vigil_header *record)
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

		if (record->seq > s->refused_all && !losses_report_refused(s, mono))
			return false;
		if (!add_record_copy(s, LINUX_QUEUE_RING, record))
			return false;
		ring_advance(&s->ring);
	}
	/* Records were refused and none was written since: the loss belongs here. */
	if (!record && __atomic_load_n(&s->bpf->bss->refused, __ATOMIC_RELAXED) > s->refused_all)
		return losses_report_refused(s, now);
	return true;
}

/* Copies the records of the enforcer: verdicts and STATUS. */
static bool drain_verdicts(struct linux_source *s, uint64_t now)
{
	const struct vigil_header *record;

	for (;;) {
		s->denied_unreported += enforcer_refused(s->enforcer);
		if (s->denied_unreported) {
			if (!losses_report(s, LINUX_QUEUE_VERDICTS, VIGIL_EVENT_PROCESS_DENIED,
					   VIGIL_LOSS_QUEUE_FULL, s->denied_unreported, now))
				return false;
			s->denied_lost += s->denied_unreported;
			s->denied_unreported = 0;
		}
		record = enforcer_peek(s->enforcer);
		if (!record || record->mono > now)
			return true;
		if (!add_record_copy(s, LINUX_QUEUE_VERDICTS, record))
			return false;
		if (record->type == VIGIL_EVENT_STATUS)
			s->made[VIGIL_EVENT_STATUS]++;
		enforcer_advance(s->enforcer);
	}
}

/* Copies the next records of the snapshot. */
static void drain_snapshot(struct linux_source *s)
{
	for (int i = 0; i < 256 && s->snapshot.fd >= 0; i++) {
		const struct vigil_header *record;
		int error;

		/* Check the space first, because a record cannot be returned to the iterator.
		 * */
		if (!merge_reserve(&s->merge, LINUX_QUEUE_OWN, VIGIL_RECORD_MAX))
			return;
		record = snapshot_next(&s->snapshot, &error);
		if (!record) {
			__atomic_store_n(&s->bpf->bss->snapshotting, 0, __ATOMIC_RELAXED);
			if (s->hides && !error)
				__atomic_store_n(&s->bpf->bss->hiding, 1, __ATOMIC_RELAXED);
			linux_report_snapshot_end(s, error);
			return;
		}
		add_record_copy(s, LINUX_QUEUE_OWN, record);
		s->made[record->type]++;
		if (record->type == VIGIL_EVENT_PROCESS_SNAPSHOT)
			s->snapshot_counts.processes++;
		else
			s->snapshot_counts.threads++;
	}
}

static void measure_wall(struct linux_source *s)
{
	uint64_t before = boot_clock_ns(), wall = os_wall_ns();
	uint64_t after = boot_clock_ns();

	wall_note(&s->wall, after, wall - (before + (after - before) / 2));
}

static uint64_t margin_ns(const struct linux_source *s)
{
	return s->low_latency ? MARGIN_LOW : MARGIN;
}

/* Lowers `until` to the time of the oldest record that did not fit in the batch. The batch has
 * only older records of that queue, or none, so each round delivers some records, whatever the
 * other queues contain. */
static uint64_t limit_horizon(struct linux_source *s, uint64_t until)
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

/* Whether losses_check() is due: once a second, and once IDLE_AFTER after a burst. Not whenever
 * nothing is found: under load that is every latency_ms, and reading a perf event interrupts
 * its CPU. */
static bool is_check_due(const struct linux_source *s, uint64_t now)
{
	bool over = s->last_check < s->last_active && now - s->last_active >= IDLE_AFTER;

	return over || now - s->last_check > IDLE;
}

/* Fills the batch with the records of all queues up to now, and sets the horizon. If a queue
 * does not fit, the horizon is before the oldest record that did not fit. */
static void refill_batch(struct linux_source *s)
{
	uint64_t now = boot_clock_ns(), until = now - margin_ns(s);
	size_t before = s->merge.count - s->merge.next;
	bool whole = true;

	s->now_ms = os_now_ms();
	if (s->bpf->bss->sleeping)
		__atomic_store_n(&s->bpf->bss->sleeping, 0, __ATOMIC_RELAXED);
	measure_wall(s);
	for (size_t i = 0; i < s->perf.rings; i++)
		whole &= drain_perf(s, &s->perf.ring[i], now);
	if (s->images_gap)
		losses_report_images(s, s->images_gap);
	whole &= drain_ring(s, now);
	if (s->enforcer)
		whole &= drain_verdicts(s, now);
	if (!whole)
		until = limit_horizon(s, until);
	drain_snapshot(s);
	if (s->merge.count - s->merge.next > before)
		s->last_active = now;
	if (s->stop && until >= s->stop) {
		until = s->stop;
		s->complete = true;
	}
	if (s->complete || is_check_due(s, now))
		losses_check(s, s->complete ? until : now, whole);
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

/* Makes the next record wake the reader. */
static void sleep_until_woken(struct linux_source *s)
{
	s->woken = true;
	__atomic_store_n(&s->bpf->bss->sleeping, 1, __ATOMIC_SEQ_CST);
	/* A program that began before this may not wake the reader for its record. */
	if (!ring_is_empty(&s->ring))
		set_timer(s, margin_ns(s));
}

/* Makes the descriptor readable when the reader must continue. */
static void arm_wakeup(struct linux_source *s)
{
	uint64_t idle = !s->images ? IDLE : s->low_latency ? s->latency : IDLE_IMAGES;
	uint64_t now = boot_clock_ns();
	struct epoll_event old[4];
	bool pending = merge_pending(&s->merge);

	epoll_wait(s->epoll, old, 4, 0); /* wake-ups for what has been read since */
	if (s->snapshot.fd >= 0 || (pending && (s->woken || s->low_latency))) {
		/* The first record after a pause is newer than the horizon: deliver it as soon
		 * as possible. Under load, newer records come with the next batch. */
		set_timer(s, margin_ns(s));
		if (s->low_latency)
			sleep_until_woken(s);
	} else if (!s->low_latency && (now - s->last_active < IDLE_AFTER || pending)) {
		set_timer(s, s->latency);
	} else {
		set_timer(s, idle);
		sleep_until_woken(s);
	}
}

static void set_wall_times(struct linux_source *s, struct vigil_header *record)
{
	record->time = wall_at(&s->wall, record->mono);
	switch (record->type) {
	case VIGIL_EVENT_PROCESS_CREATE:
	case VIGIL_EVENT_PROCESS_EXEC:
	case VIGIL_EVENT_PROCESS_SNAPSHOT: {
		struct vigil_process_body *body = (void *)(record + 1);

		body->start = wall_at(&s->wall, body->process.start_key);
		break;
	}
	case VIGIL_EVENT_PROCESS_EXIT: {
		struct vigil_exit_body *body = (void *)(record + 1);

		body->start = wall_at(&s->wall, body->process.start_key);
		break;
	}
	default:
		break;
	}
}

/* An exec that began before this time has failed, or the stream ends. */
static uint64_t exec_expiry(const struct linux_source *s)
{
	if (s->complete)
		return UINT64_MAX;
	return s->horizon > EXEC_MAX ? s->horizon - EXEC_MAX : 0;
}

/* The next record, with image loads after their exec; NULL: none now. */
static struct vigil_header *take_in_order(struct linux_source *s)
{
	struct vigil_header *record;

	for (;;) {
		record = exec_reorder_next(&s->reorder);
		if (record)
			return record;
		if (exec_reorder_expire(&s->reorder, exec_expiry(s)))
			continue;
		record = merge_take(&s->merge, s->horizon);
		if (!record)
			return NULL;
		if (record->type == LINUX_EXEC_BEGINS) {
			exec_reorder_begin(&s->reorder, record->actor.pid, record->mono);
			continue;
		}
		if (record->type == VIGIL_EVENT_IMAGE_LOAD &&
		    exec_reorder_hold(&s->reorder, record))
			continue;
		if (record->type == VIGIL_EVENT_PROCESS_EXEC ||
		    record->type == VIGIL_EVENT_PROCESS_EXIT)
			exec_reorder_end(&s->reorder, record->actor.pid, record->mono);
		return record;
	}
}

/* The next record to be delivered; NULL: none now. */
static struct vigil_header *take_record(struct linux_source *s)
{
	struct vigil_header *record = take_in_order(s);

	while (record && anonymous_is_repeated(&s->anonymous, record))
		record = take_in_order(s);
	s->images_produced += record && anonymous_is(record);
	return record;
}

static int linux_next(struct source *base, struct vigil_header **out)
{
	struct linux_source *s = (struct linux_source *)base;
	struct vigil_header *record = take_record(s);

	if (!record && !s->complete) {
		refill_batch(s);
		record = take_record(s);
	}
	if (!record) {
		s->at_end = s->complete;
		arm_wakeup(s);
		return 0;
	}
	s->woken = false;
	set_wall_times(s, record);
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

static bool linux_stop(struct source *base)
{
	((struct linux_source *)base)->stop = boot_clock_ns();
	return true;
}

static bool linux_at_end(struct source *base)
{
	return ((struct linux_source *)base)->at_end;
}

static int linux_fd(struct source *base)
{
	return ((struct linux_source *)base)->epoll;
}

static void linux_statistics(struct source *base, struct vigil_statistics *out)
{
	struct linux_source *s = (struct linux_source *)base;

	losses_add_statistics(s, out);
	for (int cpu = 0; cpu < s->cpus; cpu++) {
		for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
			out->type[type].produced +=
			    __atomic_load_n(&s->counters[cpu].produced[type], __ATOMIC_ACQUIRE);
		out->unreadable += s->counters[cpu].unreadable;
	}
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		out->type[type].produced += s->made[type];
	out->type[VIGIL_EVENT_IMAGE_LOAD].produced += s->images_produced;
	if (s->enforcer) {
		out->type[VIGIL_EVENT_PROCESS_DENIED].produced += enforcer_produced(s->enforcer);
		out->type[VIGIL_EVENT_PROCESS_DENIED].dropped[VIGIL_LOSS_QUEUE_FULL] +=
		    s->denied_lost;
	}
}

static size_t linux_losses_by_cgroup(struct source *base, struct cgroup_loss *out, size_t max)
{
	return losses_by_cgroup(&((struct linux_source *)base)->losses, out, max);
}

static const char *linux_backend(struct source *base)
{
	return ((struct linux_source *)base)->backend;
}

static void linux_reread_rules(struct source *source)
{
	struct linux_source *s = (struct linux_source *)source;

	if (s->enforcer)
		enforcer_reread(s->enforcer);
}

const struct source_ops linux_ops = {
	.next = linux_next,
	.wait = linux_wait,
	.fd = linux_fd,
	.statistics = linux_statistics,
	.losses_by_cgroup = linux_losses_by_cgroup,
	.backend = linux_backend,
	.close = linux_close,
	.at_end = linux_at_end,
	.stop = linux_stop,
	.reread_rules = linux_reread_rules,
};
