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
#include <sys/eventfd.h>
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
	const struct output_settings *settings;
	char folder[PATH_MAX];
	char label[OUTPUT_NAME_MAX + 16]; /* for messages */
	struct spool spool;
	struct feed feed;
	struct figures *figures;
	int wake;        /* eventfd, for the shipper */
	int64_t sync_ms; /* when it is synced next; of the thread */
	uint64_t tokens; /* thousandths of events that may be sent now */
	int64_t tokens_ms;
};

struct outputs {
	struct outlet_feed output[OUTPUTS_MAX];
	size_t count;
	struct shipper_options shipper[OUTPUTS_MAX];
	char host[SPOOL_HOST_SIZE];
	bool trust_path;
	struct keeper keeper;
	struct os_thread thread;
	pthread_mutex_t mutex; /* of `stop` */
	pthread_cond_t changed;
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
	uint64_t one = 1;

	if (*written)
		(void)!write(o->wake, &one, sizeof(one));
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

static enum vigil_code open_output(struct outlet_feed *o, bool trust_path,
				   struct vigil_error *error)
{
	const struct output_settings *settings = o->settings;
	struct spool_options how = { .folder = o->folder,
				     .max_bytes = settings->spool_bytes,
				     .max_age_s = settings->spool_age_s,
				     .trust_path = trust_path };
	struct line_format format = { .format = settings->format,
				      .choice = settings->options.how.choice };

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
	snprintf(o->figures->name, sizeof(o->figures->name), "%s", settings->name);
	snprintf(o->figures->engine, sizeof(o->figures->engine), "%s", settings->to);
	figures_set(&o->figures->sensor.pid, (uint64_t)getpid());
	figures_set(&o->figures->sensor.started_ns, os_wall_ns());
	figures_set(&o->figures->sensor.spool_max, settings->spool_bytes);
	publish(o);
	return VIGIL_OK;
}

/* Returns false if something is missing in the spool. */
static bool close_output(struct outlet_feed *o)
{
	uint64_t one = 1;
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
	(void)!write(o->wake, &one, sizeof(one));
	return fine;
}

/* ---- all ---- */

static bool prepare_output(struct outputs *all, const struct output_settings *settings,
			   const char *folder)
{
	struct outlet_feed *o = &all->output[all->count];

	o->settings = settings;
	o->spool = (struct spool){ .folder = -1, .lock = -1, .fd = -1 };
	if ((size_t)snprintf(o->folder, sizeof(o->folder), "%s/%s", folder, settings->name) >=
	    sizeof(o->folder)) {
		errno = ENAMETOOLONG;
		return false;
	}
	o->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->wake < 0 || !spool_make_folder(o->folder))
		return false;
	all->shipper[all->count++] = (struct shipper_options){
		.settings = output_ship_settings(settings, all->host),
		.choice = settings->options.how.choice,
		.folder = o->folder,
		.wake = o->wake,
	};
	return true;
}

struct outputs *outputs_start(const struct output_list *settings, const char *folder,
			      bool trust_path, struct vigil_error *error)
{
	struct outputs *all;
	bool fine;

	error->code = VIGIL_OK;
	if (settings->count == 0)
		return NULL;
	all = calloc(1, sizeof(*all));
	if (!all) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
		return NULL;
	}
	all->trust_path = trust_path;
	spool_host(all->host);
	fine = true;
	for (size_t i = 0; i < settings->count && fine; i++)
		fine = prepare_output(all, settings->output[i], folder);
	if (fine && keeper_start(&all->keeper, all->shipper, all->count, folder))
		return all;
	vigil_fail(error, vigil_code_of(errno, VIGIL_ERROR_OUTPUT),
		   "cannot make the spools in %.300s: %s", folder, strerror(errno));
	for (size_t i = 0; i < all->count; i++)
		close(all->output[i].wake);
	free(all);
	return NULL;
}

enum vigil_code outputs_open(struct outputs *all, struct vigil_error *error)
{
	for (size_t i = 0; all && i < all->count; i++)
		if (open_output(&all->output[i], all->trust_path, error) < 0)
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
		for (size_t i = 0; i < all->count; i++) {
			struct outlet_feed *o = &all->output[i];

			if (o->sync_ms <= now) {
				spool_look(&o->spool);
				o->sync_ms = now + (int64_t)o->settings->sync_ms;
			}
			next = o->sync_ms < next ? o->sync_ms : next;
		}
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
		take_event(&all->output[i], event);
}

void outputs_flush(struct outputs *all)
{
	for (size_t i = 0; all && i < all->count; i++) {
		feed_flush(&all->output[i].feed);
		publish(&all->output[i]);
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
	for (size_t i = 0; all && i < all->count; i++)
		if (all->output[i].figures)
			put_health(&all->output[i],
				   health_output(health, all->output[i].settings->name,
						 all->output[i].settings->to));
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
		fine = close_output(&all->output[i]) && fine;
	keeper_stop(&all->keeper);
	for (size_t i = 0; i < all->count; i++) {
		figures_unmap(all->output[i].figures);
		close(all->output[i].wake);
	}
	free(all);
	return fine ? EXIT_FINE : EXIT_OUTPUT;
}
