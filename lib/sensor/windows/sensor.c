/* SPDX-License-Identifier: MIT */
/*
 * sensor.c - the live sensor on Windows. It reads batches of records from vigil.sys by several
 * reads that are pending in the driver, and takes the answers in the order in which the reads
 * were sent. It translates paths to Win32 paths and adds the name of the machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "enforce/enforce.h"
#include "os/device.h"
#include "record/builder.h"
#include "record/source.h"
#include "sensor/windows/dospath.h"
#include "sensor/windows/host.h"

#define READS      4
#define READ_BYTES (256u << 10)
#define PATH_UNITS (VIGIL_RECORD_MAX / 2)

struct pended {
	OVERLAPPED overlapped;
	bool sent; /* and its answer not taken */
	uint8_t *data;
};

struct windows_source {
	struct source base;
	struct device device;
	struct pended pended[READS];
	unsigned first; /* the read that was sent first */
	bool stopped;   /* no more reads are sent */
	bool in_hand;   /* the first was answered, and its records are being delivered: */
	uint8_t *at;
	size_t left;
	struct host host;
	struct dospath dospath;
	uint8_t *record; /* the delivered record, if it had to be changed */
	uint16_t *path;  /* PATH_UNITS, of one part of it */
	uint64_t received[VIGIL_TYPE_MAX], lost[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX];
	char backend[64];
};

/* ---- reading ---- */

static int send_read(struct windows_source *s, struct pended *p)
{
	char words[300];

	p->sent = ReadFile(s->device.handle, p->data, READ_BYTES, NULL, &p->overlapped) ||
		  GetLastError() == ERROR_IO_PENDING;
	if (p->sent)
		return VIGIL_OK;
	return vigil_fail(&s->base.error, VIGIL_ERROR_SYSTEM, "cannot read from the driver: %s",
			  os_error_text(GetLastError(), words, sizeof(words)));
}

/* Sends the first read again, as the last one. The next read becomes the first. */
static int send_again(struct windows_source *s)
{
	struct pended *p = &s->pended[s->first];

	s->in_hand = false;
	s->first = (s->first + 1) % READS;
	return s->stopped ? VIGIL_OK : send_read(s, p);
}

/* Checks the records of a batch and counts them. */
static int check_batch(struct windows_source *s)
{
	for (size_t at = 0; at < s->left;) {
		const struct vigil_header *h = (const void *)(s->at + at);
		const struct vigil_lost_body *lost = (const void *)(h + 1);
		size_t left = s->left - at;

		if (left < sizeof(*h) || h->size < sizeof(*h) || h->size > left || h->size % 8)
			return vigil_fail(&s->base.error, VIGIL_ERROR_FORMAT,
					  "the driver has returned a batch whose record at byte "
					  "%zu is damaged. Restart it: `vigil service stop`, "
					  "`vigil service start`.",
					  at);
		at += h->size;
		if (h->type >= VIGIL_TYPE_MAX)
			continue;
		s->received[h->type]++;
		if (h->type == VIGIL_EVENT_LOST && h->size >= sizeof(*h) + sizeof(*lost) &&
		    lost->type < VIGIL_TYPE_MAX && lost->reason < VIGIL_LOSS_MAX)
			s->lost[lost->type][lost->reason] += lost->count;
	}
	return VIGIL_OK;
}

/* Takes the answer of the first read. Returns 1 if there is a batch, which is empty if the read
 * was canceled; 0 if none has arrived, or none will. */
static int take_batch(struct windows_source *s)
{
	struct pended *p = &s->pended[s->first];
	char words[300];
	DWORD bytes, why;

	if (!p->sent)
		return 0;
	if (!GetOverlappedResult(s->device.handle, &p->overlapped, &bytes, FALSE)) {
		why = GetLastError();
		if (why == ERROR_IO_INCOMPLETE)
			return 0;
		if (why != ERROR_OPERATION_ABORTED || !s->stopped)
			return vigil_fail(&s->base.error, VIGIL_ERROR_SYSTEM,
					  "the driver returns no more records: %s. Was it stopped?",
					  os_error_text(why, words, sizeof(words)));
		bytes = 0;
	}
	p->sent = false;
	s->in_hand = true;
	s->at = p->data;
	s->left = bytes;
	return check_batch(s) < 0 ? VIGIL_ERROR_FORMAT : 1;
}

/* ---- translation ---- */

static bool is_path(uint16_t kind)
{
	return kind == VIGIL_PART_IMAGE || kind == VIGIL_PART_FILENAME ||
	       kind == VIGIL_PART_DIRECTORY || kind == VIGIL_PART_ACTOR_IMAGE;
}

/* Adds the part with a translated path. Returns false if there is nothing to translate. */
static bool add_translated(struct windows_source *s, struct record_builder *r,
			   const struct vigil_part *part)
{
	struct vigil_part changed = *part;
	size_t units;

	if (!is_path(part->kind) || part->flags & VIGIL_PART_FLAG_CUT_HEAD ||
	    dospath_here(&s->dospath, (const uint16_t *)(part + 1), part->length / 2, s->path,
			 PATH_UNITS, &units) != DOSPATH_DONE)
		return false;
	changed.length = (uint32_t)(2 * units);
	if (part->original >= part->length && part->original != VIGIL_UNKNOWN)
		changed.original = part->original - part->length + changed.length;
	builder_add_copy(r, &changed, s->path);
	return true;
}

static void add_host(struct windows_source *s, struct record_builder *r)
{
	struct vigil_status_body *status = (void *)(r->to + sizeof(struct vigil_header));
	struct vigil_part part = { .kind = VIGIL_PART_HOST, .source = VIGIL_PART_ORIGIN_QUERY };

	status->machine = host_machine(&s->host, status->machine);
	part.length = part.original = (uint32_t)(2 * s->host.units);
	if (s->host.units)
		builder_add_copy(r, &part, s->host.name);
}

/* Returns the record with translated paths and the host. If it is damaged or would not fit, it
 * is returned unchanged; the decoder reports that. */
static struct vigil_header *make_readable(struct windows_source *s, struct vigil_header *record)
{
	bool status = record->type == VIGIL_EVENT_STATUS, changed = status;
	const struct vigil_part *part;
	struct vigil_header *made;
	struct record_builder r;
	size_t at = record->fixed;

	if (record->encoding != VIGIL_UTF16LE || at % 8 || at > record->size ||
	    at < sizeof(*record) + (status ? sizeof(struct vigil_status_body) : 0))
		return record;
	builder_begin_copy(&r, s->record, VIGIL_RECORD_MAX, record);
	while ((part = part_next(record, &at)) != NULL) {
		if (status && part->kind == VIGIL_PART_HOST)
			continue;
		if (add_translated(s, &r, part))
			changed = true;
		else
			builder_add_copy(&r, part, part + 1);
	}
	if (!changed || at != record->size)
		return record;
	if (status)
		add_host(s, &r);
	made = builder_end(&r);
	return made ? made : record;
}

/* ---- source_ops ---- */

static int windows_next(struct source *base, struct vigil_header **out)
{
	struct windows_source *s = (struct windows_source *)base;
	struct vigil_header *record;

	while (s->left == 0) {
		int got = s->in_hand ? send_again(s) : VIGIL_OK;

		if (got == VIGIL_OK)
			got = take_batch(s);
		if (got <= 0)
			return got;
	}
	record = (void *)s->at;
	s->at += record->size;
	s->left -= record->size;
	*out = make_readable(s, record);
	return 1;
}

static int windows_wait(struct source *base, int timeout_ms)
{
	struct windows_source *s = (struct windows_source *)base;
	char words[300];

	if (s->stopped)
		return 0;
	if (WaitForSingleObject(s->pended[s->first].overlapped.hEvent,
				timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms) != WAIT_FAILED)
		return 1;
	return vigil_fail(&base->error, VIGIL_ERROR_SYSTEM, "cannot wait: %s",
			  os_error_text(GetLastError(), words, sizeof(words)));
}

static int windows_fd(struct source *base)
{
	(void)base;
	return -1;
}

static void *windows_event(struct source *base)
{
	struct windows_source *s = (struct windows_source *)base;

	return s->pended[s->first].overlapped.hEvent;
}

/* The types of the records that are still in the driver are unknown: they count as type 0. */
static void windows_statistics(struct source *base, struct vigil_statistics *out)
{
	struct windows_source *s = (struct windows_source *)base;
	struct vigil_control request;
	struct vigil_reader reader;

	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		out->type[type].produced += s->received[type];
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++) {
			out->type[type].produced += s->lost[type][reason];
			out->type[type].dropped[reason] += s->lost[type][reason];
		}
	}
	if (device_ask(&s->device, VIGIL_CONTROL_READER, &request, sizeof(request), &reader,
		       sizeof(reader), NULL) == 0)
		out->type[0].produced += reader.queued + reader.unreported;
}

static const char *windows_backend(struct source *base)
{
	return ((struct windows_source *)base)->backend;
}

/* Cancels the reads. A canceled read removes no record from the driver. */
static bool windows_stop(struct source *base)
{
	struct windows_source *s = (struct windows_source *)base;
	DWORD bytes;

	s->stopped = true;
	if (s->device.handle)
		CancelIoEx(s->device.handle, NULL);
	for (unsigned i = 0; i < READS; i++) {
		if (s->pended[i].sent)
			GetOverlappedResult(s->device.handle, &s->pended[i].overlapped, &bytes,
					    TRUE);
		if (s->pended[i].overlapped.hEvent)
			ResetEvent(s->pended[i].overlapped.hEvent);
	}
	return true;
}

static bool windows_at_end(struct source *base)
{
	struct windows_source *s = (struct windows_source *)base;
	bool left = s->left > 0;

	for (unsigned i = 0; i < READS; i++)
		left = left || s->pended[i].sent;
	return s->stopped && !left;
}

static void windows_close(struct source *base)
{
	struct windows_source *s = (struct windows_source *)base;

	windows_stop(base); /* Windows writes into the buffers until each read has ended */
	device_close(&s->device);
	dospath_clear(&s->dospath.map);
	free(s->record);
	free(s->path);
	for (unsigned i = 0; i < READS; i++) {
		if (s->pended[i].overlapped.hEvent)
			CloseHandle(s->pended[i].overlapped.hEvent);
		free(s->pended[i].data);
	}
	free(s);
}

static const struct source_ops windows_ops = {
	.next = windows_next,
	.wait = windows_wait,
	.fd = windows_fd,
	.event = windows_event,
	.statistics = windows_statistics,
	.backend = windows_backend,
	.close = windows_close,
	.at_end = windows_at_end,
	.stop = windows_stop,
};

/* ---- opening ---- */

static enum vigil_code driver_failed(DWORD why, const char *what, struct vigil_error *error)
{
	char words[300];

	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "the driver %s: %s", what,
			  os_error_text(why, words, sizeof(words)));
}

/* Lowers the latency of the driver, which all handles share. It is never raised. */
static enum vigil_code set_latency(struct windows_source *s, uint32_t ms, struct vigil_error *error)
{
	struct vigil_control request;
	struct vigil_settings settings;
	DWORD why = device_ask(&s->device, VIGIL_CONTROL_SETTINGS, &request, sizeof(request),
			       &settings, sizeof(settings), NULL);

	if (!why && ms < settings.value[VIGIL_SETTING_BATCH_MS]) {
		settings.count = VIGIL_SETTING_MAX;
		settings.mask = 1u << VIGIL_SETTING_BATCH_MS;
		settings.keep = 0;
		settings.value[VIGIL_SETTING_BATCH_MS] = ms;
		why = device_ask(&s->device, VIGIL_CONTROL_SETTINGS_SET, &settings.head,
				 sizeof(settings), NULL, 0, NULL);
	}
	return why ? driver_failed(why, "does not accept the latency", error) : VIGIL_OK;
}

static enum vigil_code start_reading(struct windows_source *s, const struct vigil_options *options,
				     struct vigil_error *error)
{
	struct vigil_seek seek = { .to = options->resume ? VIGIL_SEEK_UNREAD : VIGIL_SEEK_NOW };
	struct vigil_control request;
	enum vigil_code code = VIGIL_OK;
	DWORD why;

	if (options->low_latency || options->latency_ms)
		code = set_latency(s, options->low_latency ? 1 : options->latency_ms, error);
	if (code < 0)
		return code;
	why = device_ask(&s->device, VIGIL_CONTROL_SEEK, &seek.head, sizeof(seek), NULL, 0, NULL);
	if (why)
		return driver_failed(why, "does not set the read position", error);
	for (unsigned i = 0; i < READS; i++)
		if (send_read(s, &s->pended[i]) < 0) {
			if (error)
				*error = s->base.error;
			return s->base.error.code;
		}
	/* The snapshot names running processes. One that another client has started also
	 * serves. */
	why = device_ask(&s->device, VIGIL_CONTROL_SNAPSHOT, &request, sizeof(request), NULL, 0,
			 NULL);
	return why && why != ERROR_BUSY
		   ? driver_failed(why, "cannot report running processes", error)
		   : VIGIL_OK;
}

/* Puts rules in force in the driver, which keeps them until they are replaced or it is
 * restarted. */
static enum vigil_code install_rules(const char *path, struct vigil_error *error)
{
	struct vigil_rules *rules;
	enum vigil_code code = vigil_rules_load(&rules, path, error);

	if (code == VIGIL_OK)
		code = vigil_rules_install(path, rules, false, error);
	vigil_rules_free(rules);
	return code;
}

enum vigil_code source_open_live(struct source **out, const struct vigil_options *options,
				 struct lookup *lookup, struct vigil_error *error)
{
	struct windows_source *s = calloc(1, sizeof(*s));
	enum vigil_code code;
	bool memory;

	(void)lookup;
	if (options->environment) {
		free(s);
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "environment variables are recorded on Linux only; omit --env");
	}
	if (!s)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the sensor");
	s->base.ops = &windows_ops;
	s->record = malloc(VIGIL_RECORD_MAX);
	s->path = malloc(PATH_UNITS * sizeof(*s->path));
	memory = s->record && s->path;
	for (unsigned i = 0; i < READS; i++) {
		s->pended[i].data = malloc(READ_BYTES);
		s->pended[i].overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
		memory = memory && s->pended[i].data && s->pended[i].overlapped.hEvent;
	}
	host_read(&s->host);
	code = memory ? device_open(&s->device, true, error)
		      : vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the driver's records");
	if (code == VIGIL_OK && options->rules)
		code = install_rules(options->rules, error);
	if (code == VIGIL_OK)
		code = start_reading(s, options, error);
	if (code < 0) {
		windows_close(&s->base);
		return code;
	}
	snprintf(s->backend, sizeof(s->backend), "driver %u.%u.%u",
		 s->device.hello.driver_version >> 24, s->device.hello.driver_version >> 16 & 0xff,
		 s->device.hello.driver_version & 0xffff);
	*out = &s->base;
	return VIGIL_OK;
}
