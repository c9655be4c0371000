/* SPDX-License-Identifier: MIT */
/* vigil.c - the handle: takes a source's records, decodes, names, counts and returns them. */
#include <vigil/vigil.h>

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"
#include "core/sized.h"
#include "core/statistics.h"
#include "enrich/enrich.h"
#include "import/open_file.h"
#include "os/os.h"
#include "process/ancestry.h"
#include "process/table.h"
#include "record/decode.h"
#include "record/redact.h"
#include "record/source.h"
#include "users/users.h"

#define TYPES_DEFAULT \
	(VIGIL_TYPE_ALL & ~(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT) | \
			    VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT) | \
			    VIGIL_TYPE_BIT(VIGIL_EVENT_SNAPSHOT_END)))

struct vigil {
	struct source *source;
	struct decoder decoder;
	struct table *table;
	struct vigil_event event;
	struct vigil_error error;
	uint32_t types;
	bool live;    /* has helper processes for names */
	bool started; /* the sensor has reported its host */
	bool is_dry;  /* the source had no record when it was last asked */
	uint64_t seq, mono, late;
	uint64_t delivered[VIGIL_TYPE_MAX], filtered[VIGIL_TYPE_MAX];
	uint64_t machine;
	char host[256];
	uint32_t host_length;
	struct vigil_statistics statistics; /* of the last vigil_get_statistics */
	struct cgroup_loss *losses;         /* of the last vigil_losses_by_cgroup */
	struct redactor *redactor;          /* NULL: secrets are not replaced */
	char *ancestors; /* entity ids, for the current event; NULL: not requested */
};

const char *vigil_version(void)
{
	return VIGIL_VERSION;
}

static enum vigil_code open_redactor(struct vigil *v, const struct vigil_options *wanted)
{
	uint64_t key[2] = { 0 };

	if (wanted->redact == VIGIL_REDACT_OFF)
		return VIGIL_OK;
	if (wanted->redact_key)
		redact_make_key(wanted->redact_key, key);
	else if (!os_random(key, sizeof(key)))
		return VIGIL_ERROR_SYSTEM;
	v->redactor = redactor_new(wanted->redact, wanted->redact_names, key);
	return v->redactor ? VIGIL_OK : VIGIL_ERROR_MEMORY;
}

/* Prepares everything except the source. *wanted: the options with their defaults. */
static enum vigil_code prepare(struct vigil **out, const struct vigil_options *options,
			       struct vigil_options *wanted, struct vigil_error *error)
{
	struct vigil *v;

	*out = NULL;
	if (!sized_read(wanted, sizeof(*wanted), options))
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "vigil_options.size is not set, or the program asks for what "
				  "libvigil " VIGIL_VERSION " does not have");
	if (!wanted->types)
		wanted->types = TYPES_DEFAULT;
	wanted->types |= VIGIL_TYPE_BIT(VIGIL_EVENT_LOST);
	v = calloc(1, sizeof(*v));
	if (v)
		v->table = table_new(wanted->dead_max);
	if (v && v->table && wanted->ancestors) {
		table_keep_ancestors(v->table, wanted->ancestors);
		v->ancestors = malloc(VIGIL_ANCESTORS_MAX * (VIGIL_GUID_LENGTH + 1));
	}
	if (!v || !v->table || decoder_open(&v->decoder) < 0 ||
	    (wanted->ancestors && !v->ancestors)) {
		vigil_close(v);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	v->types = wanted->types;
	if (open_redactor(v, wanted) < 0) {
		vigil_close(v);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory, or no random numbers");
	}
	*out = v;
	return VIGIL_OK;
}

static enum vigil_code opened(struct vigil **out, struct vigil *v, enum vigil_code code)
{
	if (code < 0)
		vigil_close(v);
	*out = code < 0 ? NULL : v;
	return code;
}

enum vigil_code vigil_open(struct vigil **out, const struct vigil_options *options,
			   struct vigil_error *error)
{
	struct vigil_options wanted;
	enum vigil_code code = prepare(out, options, &wanted, error);
	struct lookup *lookup = NULL;
	struct vigil *v = *out;

	if (!v)
		return code;
	wanted.types &= ~VIGIL_TYPE_BIT(VIGIL_EVENT_ALERT); /* no sensor makes them */
	/* Fork helpers before the sensor has anything that they could inherit. */
	vigil_users_open(wanted.realtime);
	v->live = true;
	code = lookup_open(&lookup, &wanted, error);
	if (code == VIGIL_OK)
		code = source_open_live(&v->source, &wanted, lookup, error);
	if (code < 0)
		lookup_close(lookup);
	else if (lookup)
		code = enrich_open(&v->source, v->source, lookup, &wanted, error);
	return opened(out, v, code);
}

enum vigil_code vigil_open_file(struct vigil **out, const char *path,
				const struct vigil_options *options, struct vigil_error *error)
{
	struct vigil_options wanted;
	enum vigil_code code = prepare(out, options, &wanted, error);
	struct vigil *v = *out;

	if (!v)
		return code;
	return opened(out, v, source_open_file(&v->source, path, wanted.trust_path, error));
}

bool vigil_at_end(const struct vigil *v)
{
	return v->source->ops->at_end && v->source->ops->at_end(v->source);
}

bool vigil_drain(struct vigil *v)
{
	v->is_dry = false;
	return v->source->ops->stop && v->source->ops->stop(v->source);
}

void vigil_reread_rules(struct vigil *v)
{
	v->is_dry = false;
	if (v->source->ops->reread_rules)
		v->source->ops->reread_rules(v->source);
}

void vigil_close(struct vigil *v)
{
	if (!v)
		return;
	if (v->source)
		v->source->ops->close(v->source);
	decoder_close(&v->decoder);
	table_free(v->table);
	redactor_free(v->redactor);
	free(v->ancestors);
	free(v->losses);
	if (v->live)
		vigil_users_close();
	free(v);
}

/* Numbers the records of a sensor that leaves this to its only reader. A loss takes as many numbers
 * as records are missing, and has the last of them. */
static void number(struct vigil *v, struct vigil_header *record, const struct vigil_event *event)
{
	if (!record->seq)
		record->seq = v->seq + (record->type == VIGIL_EVENT_LOST ? event->lost->count : 1);
	v->seq = record->seq;
}

/* Learns host and boot. In a recording another one may begin: the processes of the previous one are
 * then of no use. */
static enum vigil_code learn_host(struct vigil *v, const struct vigil_event *event)
{
	const struct vigil_string *host = &event->part[VIGIL_PART_HOST];
	size_t length = host->length < sizeof(v->host) - 1 ? host->length : sizeof(v->host) - 1;

	if (v->started) {
		if (!table_restart(&v->table))
			return vigil_fail(&v->error, VIGIL_ERROR_MEMORY, "no memory");
		v->seq = v->mono = 0;
	}
	v->started = true;
	v->machine = event->status->machine;
	memcpy(v->host, host->data, length);
	v->host[length] = '\0';
	v->host_length = (uint32_t)length;
	return VIGIL_OK;
}

static void add_ancestors(struct vigil *v, struct vigil_event *event)
{
	uint32_t length;

	length = (uint32_t)ancestry_text(table_ancestry(event->process), v->machine, v->ancestors,
					 &event->ancestor_names);
	event->ancestors = (struct vigil_string){ v->ancestors, length, length };
}

/* Completes v->event, which is to be returned, and counts it. */
static void complete_event(struct vigil *v, struct vigil_header *record)
{
	struct vigil_event *event = &v->event;

	event->machine = v->machine;
	event->host = (struct vigil_string){ v->host, v->host_length, v->host_length };
	if (v->ancestors && event->process)
		add_ancestors(v, event);
	number(v, record, event);
	if (record->mono < v->mono) {
		record->flags |= VIGIL_RECORD_LATE;
		v->late++;
	} else {
		v->mono = record->mono;
	}
	v->delivered[record->type]++;
}

/* 1: v->event is to be returned; 0: not; negative: failed. */
static int process_record(struct vigil *v, struct vigil_header *record)
{
	struct vigil_event *event = &v->event;
	enum vigil_code code = decode(&v->decoder, record, record->size, event, &v->error);
	enum table_result says;

	if (code == VIGIL_OK && v->redactor) {
		struct vigil_header *redacted = redact_record(v->redactor, record);

		if (redacted != record || redacted->size == redacted->fixed)
			code = decode(&v->decoder, redacted, redacted->size, event, &v->error);
		record = redacted;
	}

	if (code < 0)
		return code;
	if (record->type == VIGIL_EVENT_STATUS && event->status->state == VIGIL_STATUS_STARTED)
		code = learn_host(v, event);
	if (code < 0)
		return code;
	says = table_apply(v->table, event, record);
	if (says == TABLE_NO_MEMORY)
		return vigil_fail(&v->error, VIGIL_ERROR_MEMORY, "no memory for the process table");
	if (record->type >= VIGIL_TYPE_MAX)
		return 0;
	if (says == TABLE_DUPLICATE || !(v->types & VIGIL_TYPE_BIT(record->type)) ||
	    (record->flags & VIGIL_RECORD_CONTEXT)) {
		v->filtered[record->type]++;
		return 0;
	}
	complete_event(v, record);
	return 1;
}

/* 1: v->event is to be returned; 0: nothing is available; negative: failed. Filtered records must
 * not make the call exceed the caller's timeout: OVERDUE. */
#define OVERDUE 2

static int look(struct vigil *v, int64_t deadline)
{
	struct vigil_header *record;
	int got;

	while ((got = v->source->ops->next(v->source, &record)) > 0) {
		got = process_record(v, record);
		if (got != 0)
			return got;
		if (deadline && os_now_ms() >= deadline)
			return OVERDUE;
	}
	if (got < 0)
		v->error = v->source->error;
	return got;
}

/* If the last call found nothing and this one may wait, it waits first. Callers write what they have
 * buffered in between; the few records that arrive meanwhile would become another batch, and
 * again while that is written. They are read after the latency instead, with all others. */
int vigil_next(struct vigil *v, const struct vigil_event **event, int timeout_ms)
{
	int64_t deadline = timeout_ms > 0 ? os_now_ms() + timeout_ms : 0, left = timeout_ms;

	for (;;) {
		int got = v->is_dry && timeout_ms != 0 ? 0 : look(v, deadline);

		v->is_dry = got == 0 && timeout_ms == 0;
		if (got == 1)
			*event = &v->event;
		if (got != 0)
			return got == OVERDUE ? 0 : got;
		if (deadline)
			left = deadline - os_now_ms();
		if (timeout_ms == 0 || (deadline && left <= 0))
			return 0;
		got = v->source->ops->wait(v->source, (int)left);
		if (got < 0)
			v->error = v->source->error;
		if (got <= 0)
			return got;
	}
}

int vigil_fd(struct vigil *v)
{
	return v->source->ops->fd(v->source);
}

const struct vigil_error *vigil_last_error(const struct vigil *v)
{
	return &v->error;
}

const struct vigil_process_info *vigil_lookup_process(struct vigil *v, uint32_t pid, uint64_t when)
{
	return table_find(v->table, pid, when);
}

const struct vigil_statistics *vigil_get_statistics(struct vigil *v)
{
	struct vigil_statistics *out = &v->statistics;

	*out = (struct vigil_statistics){ .late = v->late };
	v->source->ops->statistics(v->source, out);
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		uint64_t done = v->delivered[type] + v->filtered[type];

		out->type[type].delivered = v->delivered[type];
		out->type[type].filtered = v->filtered[type];
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
			done += out->type[type].dropped[reason];
		out->type[type].queued = out->type[type].produced - done;
	}
	table_count(v->table, &out->processes, &out->remembered);
	return out;
}

size_t vigil_losses_by_cgroup(struct vigil *v, const struct vigil_cgroup_loss **out, size_t max)
{
	const struct source_ops *ops = v->source->ops;
	size_t count;

	free(v->losses);
	v->losses = max ? calloc(max, sizeof(*v->losses)) : NULL;
	if (!ops->losses_by_cgroup || (max && !v->losses))
		return 0;
	count = ops->losses_by_cgroup(v->source, v->losses, max);
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = &v->losses[i].loss;
	return count;
}

const char *vigil_backend(const struct vigil *v)
{
	return v->source->ops->backend(v->source);
}
