/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "core/bytes.h"
#include "core/error.h"
#include "feed.h"
#include "ship/figures.h"
#include "ship/keeper.h"
#include "ship/spool.h"

#define TICK_MS 10 /* the shortest interval of the thread that syncs */

/* One output. */
struct outlet_feed {
	struct output_settings *settings;
	char folder[PATH_MAX];
	char label[OUTPUT_NAME_MAX + 16]; /* for messages */
	struct spool spool;
	struct feed feed;
	struct figures *figures;
	int64_t sync_ms; /* when it is synced next; of the thread */
	uint64_t tokens; /* thousandths of events that may be sent now */
	int64_t tokens_ms;
};

/* What a reload has prepared. */
struct outputs_change {
	struct outlet_feed *added[OUTPUTS_MAX]; /* open */
	size_t count;
	struct lines *lines[OUTPUTS_MAX]; /* the new formats, in the order of output[] */
};

struct outputs {
	struct outlet_feed *output[OUTPUTS_MAX];
	size_t count;
	const char *folder; /* of the spools */
	bool trust_path;
	struct outputs_change change;
	struct keeper keeper;
	struct os_thread thread;
	pthread_mutex_t mutex; /* of `stop` */
	pthread_cond_t changed;
	pthread_mutex_t list; /* of output[] and the settings of each, for the thread */
	bool stop;
};

/* ---- one output ---- */

static size_t put_key(const struct outlet_feed *o, char *to, const struct vigil_event *event)
{
	const struct vigil_process_info *process = event->process;
	size_t length = event->host.length < SPOOL_KEY_MAX ? event->host.length : SPOOL_KEY_MAX;

	if (o->settings->key == OUTPUT_KEY_NONE)
		return 0;
	if (o->settings->key == OUTPUT_KEY_PROCESS && process) {
		vigil_format_entity(to, event->machine, process->id.pid, process->id.start_key);
		return VIGIL_GUID_LENGTH;
	}
	memcpy(to, event->host.data, length);
	return length;
}

/* Puts a frame; the spool fills in the number and the checksum. */
static size_t put_frame(void *context, char *to, size_t room, const struct vigil_event *event,
			const char *line, size_t length)
{
	const struct outlet_feed *o = context;
	char key[SPOOL_KEY_MAX + 1];
	size_t key_length = put_key(o, key, event), size;
	struct spool_frame *frame = (struct spool_frame *)(void *)to;

	while (length > 0 && line[length - 1] == '\n')
		length--;
	size = spool_frame_size(key_length, length);
	if (size > room || size > SPOOL_FRAME_MAX)
		return 0;
	*frame = (struct spool_frame){ .size = (uint32_t)size,
				       .time_ns = (int64_t)event->record->time,
				       .type = event->record->type,
				       .key_length = (uint16_t)key_length,
				       .body_length = (uint32_t)length };
	to += sizeof(*frame);
	memcpy(to, key, key_length);
	to[key_length] = '\0';
	to += key_length + 1;
	memcpy(to, line, length);
	memset(to + length, 0, size - sizeof(*frame) - key_length - 1 - length);
	return size;
}

/* Publishes the figures of the sensor. */
static void publish(struct outlet_feed *o)
{
	struct figures *f = o->figures;

	figures_set(&f->sensor.events, o->feed.account.written);
	figures_set(&f->sensor.lost, o->feed.account.lost);
	figures_set(&f->sensor.withheld, o->feed.account.withheld_all);
	figures_set(&f->sensor.aged, __atomic_load_n(&o->spool.aged, __ATOMIC_RELAXED));
	figures_set(&f->sensor.spool_bytes, __atomic_load_n(&o->spool.bytes, __ATOMIC_RELAXED));
	figures_set(&f->sensor.next, o->spool.next);
	figures_set(&f->sensor.failing, o->feed.failing);
}

static enum vigil_code write_frames(void *context, char *data, size_t length, size_t *written)
{
	struct outlet_feed *o = context;
	enum vigil_code code = spool_write(&o->spool, data, length, written);

	if (*written)
		figures_wake(o->figures);
	return code;
}

static void use_spool_reserve(void *context)
{
	struct outlet_feed *o = context;

	o->spool.use_reserve = true;
}

static const struct feed_target spool_target = { put_frame, write_frames, use_spool_reserve };

/* Returns whether the rate limit allows another event. */
static bool is_within_rate(struct outlet_feed *o)
{
	uint64_t most = o->settings->rate * 1000;
	int64_t now;

	if (!most)
		return true;
	if (o->tokens < 1000) {
		now = os_now_ms();
		o->tokens += (uint64_t)(now - o->tokens_ms) * o->settings->rate;
		o->tokens_ms = now;
		if (o->tokens > most)
			o->tokens = most;
	}
	if (o->tokens < 1000)
		return false;
	o->tokens -= 1000;
	return true;
}

static bool is_wanted(const struct outlet_feed *o, const struct vigil_event *event)
{
	const struct detecting_options *detect = &o->settings->options.detect;
	uint32_t type = event->record->type;

	if (!vigil_filter_match(o->settings->options.filter, event))
		return false;
	if (type == VIGIL_EVENT_ALERT)
		return !detect->level ||
		       event->alert->level >= detect->level + VIGIL_LEVEL_INFORMATIONAL;
	return !detect->only || type == VIGIL_EVENT_LOST || type == VIGIL_EVENT_STATUS;
}

static void take_event(struct outlet_feed *o, const struct vigil_event *event)
{
	if (!is_wanted(o, event))
		return;
	if (event->record->type != VIGIL_EVENT_LOST && !is_within_rate(o)) {
		feed_withhold(&o->feed, event);
		return;
	}
	feed_event(&o->feed, event);
}

static struct line_format format_of(const struct output_settings *settings)
{
	return (struct line_format){ .format = settings->format,
				     .choice = settings->options.how.choice };
}

/* Publishes what the settings say. */
static void publish_settings(struct outlet_feed *o)
{
	snprintf(o->figures->name, sizeof(o->figures->name), "%s", o->settings->name);
	snprintf(o->figures->engine, sizeof(o->figures->engine), "%s", o->settings->to);
	figures_set(&o->figures->sensor.spool_max, o->settings->spool_bytes);
}

static enum vigil_code open_output(struct outlet_feed *o, bool trust_path,
				   struct vigil_error *error)
{
	const struct output_settings *settings = o->settings;
	struct spool_options how = { .folder = o->folder,
				     .max_bytes = settings->spool_bytes,
				     .max_age_s = settings->spool_age_s,
				     .trust_path = trust_path };
	struct line_format format = format_of(settings);

	if (spool_open(&o->spool, &how) < 0) {
		*error = o->spool.error;
		return error->code;
	}
	if (o->spool.cut)
		cli_say("output %s: the spool ended in the middle of an event: its last %" PRIu64
			" bytes were cut off.",
			settings->name, o->spool.cut);
	snprintf(o->label, sizeof(o->label), "output %s", settings->name);
	o->feed = (struct feed){ &spool_target, o, .name = o->label, .error = &o->spool.error };
	o->figures = figures_map(o->spool.folder, true);
	if (!o->figures)
		return vigil_fail(error, VIGIL_ERROR_OUTPUT, "cannot write to %.300s: %s",
				  o->folder, strerror(errno));
	if (!feed_open(&o->feed, &format))
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	figures_set(&o->figures->sensor.pid, (uint64_t)getpid());
	figures_set(&o->figures->sensor.started_ns, os_wall_ns());
	publish_settings(o);
	publish(o);
	return VIGIL_OK;
}

/* Returns false if something is missing in the spool. */
static bool close_output(struct outlet_feed *o)
{
	bool fine = true;

	if (o->spool.folder >= 0 && o->feed.data) {
		fine = feed_finish(&o->feed) == VIGIL_OK && !o->feed.account.lost;
		publish(o);
		cli_say("output %s: %" PRIu64 " events, %" PRIu64 " not written, %" PRIu64
			" withheld",
			o->settings->name, o->feed.account.written, o->feed.account.lost,
			o->feed.account.withheld_all);
		options_say_excluded(&o->settings->options);
	}
	feed_free(&o->feed);
	if (spool_close(&o->spool) < 0) {
		cli_fail(&o->spool.error);
		fine = false;
	}
	if (o->figures)
		figures_wake(o->figures);
	return fine;
}

static void free_output(struct outlet_feed *o)
{
	figures_unmap(o->figures);
	free(o);
}

/* Returns an output that is not open; NULL with errno. */
static struct outlet_feed *make_output(struct output_settings *settings, const char *folder)
{
	struct outlet_feed *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->settings = settings;
	o->spool = (struct spool){ .folder = -1, .lock = -1, .fd = -1 };
	if ((size_t)snprintf(o->folder, sizeof(o->folder), "%s/%s", folder, settings->name) <
	    sizeof(o->folder))
		return o;
	free(o);
	errno = ENAMETOOLONG;
	return NULL;
}

/* ---- all ---- */

struct outputs *outputs_start(const struct output_list *settings, const char *sections,
			      const char *folder, bool trust_path, struct vigil_error *error)
{
	struct outputs *all;
	size_t made = 0;

	error->code = VIGIL_OK;
	if (settings->count == 0)
		return NULL;
	all = calloc(1, sizeof(*all));
	if (!all) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
		return NULL;
	}
	all->folder = folder;
	all->trust_path = trust_path;
	pthread_mutex_init(&all->list, NULL);
	while (all->count < settings->count &&
	       (all->output[all->count] = make_output(settings->output[all->count], folder)) &&
	       spool_make_folder(all->output[all->count++]->folder))
		made++;
	if (made == settings->count && keeper_start(&all->keeper, sections, folder))
		return all;
	vigil_fail(error, vigil_code_of(errno, VIGIL_ERROR_OUTPUT),
		   "cannot make the spools in %.300s: %s", folder, strerror(errno));
	while (all->count > 0)
		free_output(all->output[--all->count]);
	free(all);
	return NULL;
}

enum vigil_code outputs_open(struct outputs *all, struct vigil_error *error)
{
	for (size_t i = 0; all && i < all->count; i++)
		if (open_output(all->output[i], all->trust_path, error) < 0)
			return error->code;
	return VIGIL_OK;
}

/* The thread that may wait for the disk. */
static void sync_outputs(void *context)
{
	struct outputs *all = context;

	pthread_mutex_lock(&all->mutex);
	while (!all->stop) {
		int64_t now = os_now_ms(), next = now + 1000;
		struct timespec until;

		pthread_mutex_unlock(&all->mutex);
		pthread_mutex_lock(&all->list);
		for (size_t i = 0; i < all->count; i++) {
			struct outlet_feed *o = all->output[i];

			if (o->sync_ms <= now) {
				spool_look(&o->spool);
				o->sync_ms = now + (int64_t)o->settings->sync_ms;
			}
			next = o->sync_ms < next ? o->sync_ms : next;
		}
		pthread_mutex_unlock(&all->list);
		next -= os_now_ms();
		until = os_wall_after(next > TICK_MS ? (unsigned)next : TICK_MS);
		pthread_mutex_lock(&all->mutex);
		if (!all->stop)
			pthread_cond_timedwait(&all->changed, &all->mutex, &until);
	}
	pthread_mutex_unlock(&all->mutex);
}

void outputs_begin(struct outputs *all)
{
	int reason;

	if (!all)
		return;
	pthread_mutex_init(&all->mutex, NULL);
	pthread_cond_init(&all->changed, NULL);
	reason =
	    os_thread_start(&all->thread, "vigil-spool", OS_PRIORITY_NORMAL, sync_outputs, all);
	if (reason)
		cli_say("cannot start a thread that syncs the spools: %s. They are synced at the "
			"end.",
			strerror(reason));
}

uint32_t output_list_types(const struct output_list *settings)
{
	uint32_t types = 0;

	for (size_t i = 0; i < settings->count; i++)
		types |= vigil_filter_types(settings->output[i]->options.filter);
	return types;
}

void outputs_event(struct outputs *all, const struct vigil_event *event)
{
	for (size_t i = 0; all && i < all->count; i++)
		take_event(all->output[i], event);
}

void outputs_flush(struct outputs *all)
{
	for (size_t i = 0; all && i < all->count; i++) {
		feed_flush(&all->output[i]->feed);
		publish(all->output[i]);
	}
	if (all)
		keeper_look(&all->keeper);
}

static void put_health(const struct outlet_feed *o, struct health_output *to)
{
	const struct figures *f = o->figures;
	uint64_t state = figures_get(&f->shipper.state), starts = figures_get(&f->shipper.starts);
	const struct account *account = &o->feed.account;
	char text[FIGURES_TEXT];

	to->written = account->written;
	to->lost = account->lost;
	to->withheld = account->withheld_all;
	to->aged = figures_get(&f->sensor.aged);
	to->acked = figures_get(&f->shipper.acked);
	to->refused = figures_get(&f->shipper.refused);
	to->restarts = starts > 0 ? starts - 1 : 0;
	to->waiting = o->feed.length + figures_get(&f->sensor.spool_bytes);
	to->oldest_ns = figures_get(&f->shipper.event_ns);
	if (!to->oldest_ns) /* nothing was acknowledged since the start */
		to->oldest_ns = f->sensor.started_ns;
	if (state == FIGURES_IDLE)
		to->oldest_ns = 0;
	to->error_ns = figures_get(&f->shipper.failed_ns);
	to->failing = o->feed.failing || state == FIGURES_WAITING;
	figures_get_text(f, text);
	snprintf(to->error, sizeof(to->error), "%.*s", (int)sizeof(to->error) - 1,
		 o->feed.failing ? o->spool.error.text : text);
}

void outputs_health(const struct outputs *all, struct health *health)
{
	if (all)
		health->keeper_restarts = side_process_restarts(&all->keeper.process);
	for (size_t i = 0; all && i < all->count; i++)
		if (all->output[i]->figures)
			put_health(all->output[i],
				   health_output(health, all->output[i]->settings->name,
						 all->output[i]->settings->to));
}

static void stop_thread(struct outputs *all)
{
	if (!all->thread.handle)
		return;
	pthread_mutex_lock(&all->mutex);
	all->stop = true;
	pthread_cond_signal(&all->changed);
	pthread_mutex_unlock(&all->mutex);
	os_thread_join(&all->thread);
}

int outputs_close(struct outputs *all)
{
	bool fine = true;

	if (!all)
		return EXIT_FINE;
	stop_thread(all);
	for (size_t i = 0; i < all->count; i++)
		fine = close_output(all->output[i]) && fine;
	keeper_stop(&all->keeper);
	while (all->count > 0)
		free_output(all->output[--all->count]);
	free(all);
	return fine ? EXIT_FINE : EXIT_OUTPUT;
}

/* ---- other settings ---- */

/* Returns the section of an output in a list; NULL: it has none. */
static struct output_settings *find_settings(const struct output_list *list, const char *name)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (strcmp(list->output[i]->name, name) == 0)
			return list->output[i];
	return NULL;
}

static bool has_output(const struct outputs *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->output[i]->settings->name, name) == 0)
			return true;
	return false;
}

/* Opens the output of a section that is new. */
static bool add_output(struct outputs *all, struct output_settings *settings,
		       struct vigil_error *error)
{
	struct outlet_feed *o = make_output(settings, all->folder);

	if (o)
		all->change.added[all->change.count++] = o;
	if (!o || !keeper_make_folder(&all->keeper, settings->name, o->folder)) {
		vigil_fail(error, vigil_code_of(errno, VIGIL_ERROR_OUTPUT),
			   "cannot make the spool %.300s/%s: %s", all->folder, settings->name,
			   strerror(errno));
		return false;
	}
	return open_output(o, all->trust_path, error) == VIGIL_OK;
}

bool outputs_prepare(struct outputs *all, const struct output_list *list, struct vigil_error *error)
{
	bool fine = true;

	all->change = (struct outputs_change){ .count = 0 };
	for (size_t i = 0; i < all->count && fine; i++) {
		const struct output_settings *settings =
		    find_settings(list, all->output[i]->settings->name);
		struct line_format format;

		if (!settings)
			continue;
		format = format_of(settings);
		all->change.lines[i] = lines_open(&format);
		fine = all->change.lines[i];
		if (!fine)
			vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	for (size_t i = 0; list && i < list->count && fine; i++)
		if (!has_output(all, list->output[i]->name))
			fine = add_output(all, list->output[i], error);
	if (!fine)
		outputs_discard(all);
	return fine;
}

void outputs_discard(struct outputs *all)
{
	for (size_t i = 0; i < all->count; i++)
		lines_close(all->change.lines[i]);
	for (size_t i = 0; i < all->change.count; i++) {
		struct outlet_feed *o = all->change.added[i];

		feed_free(&o->feed);
		if (o->spool.folder >= 0)
			spool_close(&o->spool);
		free_output(o);
	}
	all->change = (struct outputs_change){ .count = 0 };
}

static bool is_same(const struct output_settings *a, const struct output_settings *b)
{
	return a->hash == b->hash && a->options.files_hash == b->options.files_hash;
}

/* Puts a section in force for an open output: numbers and what waits in memory stay. If the section
 * is the same, the filter stays as well: it counts, and follows descendants. */
static void change_output(struct outlet_feed *o, struct output_settings *settings,
			  struct lines *lines)
{
	if (is_same(o->settings, settings)) {
		struct vigil_filter *filter = settings->options.filter;

		settings->options.filter = o->settings->options.filter;
		o->settings->options.filter = filter;
	} else {
		options_say_excluded(&o->settings->options);
	}
	lines_close(o->feed.lines);
	o->feed.lines = lines;
	o->settings = settings;
	spool_set_limits(&o->spool, settings->spool_bytes, settings->spool_age_s);
	publish_settings(o);
}

/* The spool stays: what the shipper has not sent when it ends is sent if the output comes back. */
static void remove_output(struct outlet_feed *o, struct health *health)
{
	close_output(o);
	cli_say("output %s was removed. What is not sent within a few seconds stays in %s: a "
		"section with this name sends it; remove the folder if it is not wanted.",
		o->settings->name, o->folder);
	health_remove(health, o->settings->name);
	free_output(o);
}

void outputs_commit(struct outputs *all, const struct output_list *list, const char *sections,
		    struct health *health)
{
	size_t count = 0;

	pthread_mutex_lock(&all->list);
	for (size_t i = 0; i < all->count; i++) {
		struct outlet_feed *o = all->output[i];
		struct output_settings *settings = find_settings(list, o->settings->name);

		if (settings) {
			change_output(o, settings, all->change.lines[i]);
			all->output[count++] = o;
		} else {
			remove_output(o, health);
		}
	}
	for (size_t i = 0; i < all->change.count; i++)
		all->output[count++] = all->change.added[i];
	all->count = count;
	pthread_mutex_unlock(&all->list);
	all->change = (struct outputs_change){ .count = 0 };
	keeper_change(&all->keeper, sections);
}

void outputs_look_again(struct outputs *all)
{
	if (all)
		keeper_change(&all->keeper, NULL);
}
