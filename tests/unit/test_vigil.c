/* SPDX-License-Identifier: MIT */
/* Tests the handle with a fake sensor that is in this file. */
#include "make_record.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "enrich/enrich.h"
#include "record/source.h"

#define RECORDS 64

static struct fake {
	struct source base;
	struct record *record[RECORDS];
	size_t count, next;
	enum vigil_code fail_open, fail_next;
	struct vigil_options options; /* as passed to the source */
	struct vigil_statistics statistics;
	int pipe[2];
	unsigned closed;
	bool endless;
} fake;

static int fake_next(struct source *source, struct vigil_header **record)
{
	(void)source;
	if (fake.endless) /* an endless stream of records that are filtered */
		fake.next = 0;
	if (fake.next < fake.count) {
		*record = &fake.record[fake.next++]->header;
		return 1;
	}
	if (!fake.fail_next)
		return 0;
	return vigil_fail(&fake.base.error, fake.fail_next, "the sensor is gone");
}

static int fake_wait(struct source *source, int timeout_ms)
{
	(void)source;
	return poll(&(struct pollfd){ .fd = fake.pipe[0], .events = POLLIN }, 1, timeout_ms) >= 0;
}

static int fake_fd(struct source *source)
{
	(void)source;
	return fake.pipe[0];
}

static void fake_statistics(struct source *source, struct vigil_statistics *out)
{
	(void)source;
	for (size_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		out->type[type].produced = fake.statistics.type[type].produced;
		memcpy(out->type[type].dropped, fake.statistics.type[type].dropped,
		       sizeof(out->type[type].dropped));
	}
}

static const char *fake_backend(struct source *source)
{
	(void)source;
	return "fake";
}

static void fake_close(struct source *source)
{
	(void)source;
	fake.closed++;
}

static const struct source_ops fake_ops = {
	.next = fake_next,
	.wait = fake_wait,
	.fd = fake_fd,
	.statistics = fake_statistics,
	.backend = fake_backend,
	.close = fake_close,
};

/* Replaces the library's function: nothing is looked up, and the source is the fake. */
enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error)
{
	(void)options;
	(void)error;
	*out = NULL;
	return VIGIL_OK;
}

bool lookup_close(struct lookup *lookup)
{
	assert_null(lookup);
	return true;
}

enum vigil_code enrich_open(struct source **out, struct source *inner, struct lookup *lookup,
			    const struct vigil_options *options, struct vigil_error *error)
{
	(void)inner;
	(void)lookup;
	(void)options;
	*out = NULL;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "not here");
}

enum vigil_code source_open_live(struct source **out, const struct vigil_options *options,
				 struct lookup *lookup, struct vigil_error *error)
{
	(void)lookup;
	fake.base.ops = &fake_ops;
	fake.options = *options;
	if (fake.fail_open)
		return vigil_fail(error, fake.fail_open, "no sensor here");
	*out = &fake.base;
	return VIGIL_OK;
}

static struct vigil *v;
static const struct vigil_event *event;

static int begin(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	return pipe(fake.pipe);
}

static int end(void **state)
{
	(void)state;
	vigil_close(v);
	v = NULL;
	for (size_t i = 0; i < RECORDS; i++)
		free(fake.record[i]);
	close(fake.pipe[0]);
	close(fake.pipe[1]);
	return 0;
}

static void open_for(uint32_t types)
{
	struct vigil_options options = { .size = sizeof(options), .types = types };
	struct vigil_error error;

	assert_int_equal(vigil_open(&v, &options, &error), VIGIL_OK);
	assert_non_null(v);
}

/* Adds a record that the source will return; returns its body. */
static void *coming(uint32_t type, uint64_t mono)
{
	struct record *record = malloc(sizeof(*record));
	void *body;

	assert_non_null(record);
	assert_true(fake.count < RECORDS);
	fake.record[fake.count++] = record;
	fake.statistics.type[type < VIGIL_TYPE_MAX ? type : 0].produced++;
	body = record_begin(record, type);
	record->header.mono = mono;
	record->header.time = mono + 1000000;
	return body;
}

static void coming_lost(uint64_t count, uint32_t type, uint64_t mono)
{
	struct vigil_lost_body *lost = coming(VIGIL_EVENT_LOST, mono);

	lost->count = count;
	lost->type = (uint16_t)type;
	lost->reason = VIGIL_LOSS_QUEUE_FULL;
	fake.statistics.type[type].produced += count;
	fake.statistics.type[type].dropped[VIGIL_LOSS_QUEUE_FULL] += count;
}

static void coming_start(uint32_t type, uint32_t pid)
{
	struct vigil_process_body *body = coming(type, pid);

	body->process = story_id(pid, pid);
}

static void next_is(uint32_t type, uint64_t seq)
{
	assert_int_equal(vigil_next(v, &event, 0), 1);
	assert_int_equal(event->record->type, type);
	assert_int_equal(event->record->seq, seq);
}

static void opening(void **state)
{
	struct vigil_options options = { .size = sizeof(options.size) - 1 };
	struct vigil_error error = { 0 };

	(void)state;
	v = (void *)&options;
	assert_int_equal(vigil_open(&v, &options, &error), VIGIL_ERROR_USAGE);
	assert_null(v);
	assert_int_equal(error.code, VIGIL_ERROR_USAGE);
	assert_int_equal(vigil_open(&v, &options, NULL), VIGIL_ERROR_USAGE);
	fake.fail_open = VIGIL_ERROR_PRIVILEGE;
	assert_int_equal(vigil_open(&v, NULL, &error), VIGIL_ERROR_PRIVILEGE);
	assert_null(v);
	assert_string_equal(error.text, "no sensor here");
	assert_int_equal(fake.closed, 0);
	fake.fail_open = VIGIL_OK;
	assert_int_equal(vigil_open(&v, NULL, NULL), VIGIL_OK);
	assert_int_equal(fake.options.types,
			 VIGIL_TYPE_ALL & ~(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT) |
					    VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT) |
					    VIGIL_TYPE_BIT(VIGIL_EVENT_SNAPSHOT_END) |
					    VIGIL_TYPE_BIT(VIGIL_EVENT_ALERT)));
	assert_string_equal(vigil_backend(v), "fake");
	assert_int_equal(vigil_fd(v), fake.pipe[0]);
	vigil_close(v);
	assert_int_equal(fake.closed, 1);
	vigil_close(NULL);
	v = NULL;
	open_for(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC)); /* losses are always reported */
	assert_int_equal(fake.options.types, VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
						 VIGIL_TYPE_BIT(VIGIL_EVENT_LOST));
}

static void numbers_have_gaps_where_records_are_missing(void **state)
{
	(void)state;
	open_for(0);
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 10);
	coming_start(VIGIL_EVENT_PROCESS_EXEC, 10);
	coming_lost(5, VIGIL_EVENT_PROCESS_EXEC, 20);
	coming_start(VIGIL_EVENT_PROCESS_SNAPSHOT, 30); /* filtered: gets no number */
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 40);
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 50);
	fake.record[5]->header.seq = 100; /* a sensor that numbers its records */
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 60);
	next_is(VIGIL_EVENT_PROCESS_CREATE, 1);
	next_is(VIGIL_EVENT_PROCESS_EXEC, 2);
	next_is(VIGIL_EVENT_LOST, 7); /* 3 to 7 are missing: it has the last of those numbers */
	next_is(VIGIL_EVENT_PROCESS_CREATE, 8);
	next_is(VIGIL_EVENT_PROCESS_CREATE, 100);
	next_is(VIGIL_EVENT_PROCESS_CREATE, 101);
	assert_int_equal(vigil_next(v, &event, 0), 0);
}

static void what_was_not_asked_for_teaches_all_the_same(void **state)
{
	const struct vigil_statistics *s;

	(void)state;
	open_for(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT));
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 10);
	((struct vigil_exit_body *)coming(VIGIL_EVENT_PROCESS_EXIT, 20))->process =
	    story_id(10, 10);
	((struct vigil_exit_body *)coming(VIGIL_EVENT_PROCESS_EXIT, 20))->process =
	    story_id(10, 10);
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 30);
	next_is(VIGIL_EVENT_PROCESS_EXIT, 1);
	assert_int_equal(event->process->id.pid, 10);
	assert_int_equal(vigil_next(v, &event, 0), 0);
	assert_non_null(vigil_lookup_process(v, 30, 0));
	assert_null(vigil_lookup_process(v, 31, 0));
	s = vigil_get_statistics(v);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_FILTERED,
						VIGIL_EVENT_PROCESS_CREATE),
			 2);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_DELIVERED, VIGIL_EVENT_PROCESS_EXIT),
			 1);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_FILTERED, VIGIL_EVENT_PROCESS_EXIT),
			 1);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_PROCESSES, VIGIL_ANY_TYPE), 1);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_REMEMBERED, VIGIL_ANY_TYPE), 1);
}

static void late_records_say_so(void **state)
{
	static const struct {
		uint64_t mono;
		bool late;
	} steps[] = { { 10, false }, { 10, false }, { 9, true },  { 10, false },
		      { 30, false }, { 20, true },  { 29, true }, { 31, false } };
	const struct vigil_statistics *s;

	(void)state;
	open_for(0);
	for (size_t i = 0; i < 8; i++)
		coming(VIGIL_EVENT_STATUS, steps[i].mono);
	for (size_t i = 0; i < 8; i++) {
		next_is(VIGIL_EVENT_STATUS, i + 1);
		assert_int_equal((event->record->flags & VIGIL_RECORD_LATE) != 0, steps[i].late);
	}
	s = vigil_get_statistics(v);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE), 3);
}

/* At all times produced = delivered + filtered + dropped + queued. */
static void statistics_are_conserved(void **state)
{
	uint64_t seed = 17, queued;

	(void)state;
	open_for(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
		 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT));
	for (uint32_t i = 0; i < RECORDS; i++)
		switch (make_random(&seed) % 4) {
		case 0:
			coming_lost(make_random(&seed) % 9, VIGIL_EVENT_PROCESS_CREATE, i);
			break;
		case 1:
			coming_start(VIGIL_EVENT_PROCESS_SNAPSHOT, 1 + i % 8); /* many twice */
			break;
		case 2:
			coming(VIGIL_EVENT_STATUS, i);
			break;
		default:
			coming_start(VIGIL_EVENT_PROCESS_CREATE, 100 + i);
		}
	do {
		const struct vigil_statistics *s = vigil_get_statistics(v);

		queued = 0;
		for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
			uint64_t queued_now = vigil_statistics_count(s, VIGIL_COUNT_QUEUED, type);

			assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_PRODUCED, type),
					 vigil_statistics_count(s, VIGIL_COUNT_DELIVERED, type) +
					     vigil_statistics_count(s, VIGIL_COUNT_FILTERED, type) +
					     vigil_statistics_dropped(s, type,
								      VIGIL_LOSS_QUEUE_FULL) +
					     queued_now);
			queued += queued_now;
		}
		assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_QUEUED, VIGIL_ANY_TYPE),
				 queued);
		assert_int_equal(queued, fake.count - fake.next);
	} while (vigil_next(v, &event, 0) == 1);
	assert_int_equal(queued, 0);
}

static void the_host_is_learned(void **state)
{
	struct vigil_status_body *status;
	char long_name[400];

	(void)state;
	open_for(0);
	memset(long_name, 'h', sizeof(long_name));
	status = coming(VIGIL_EVENT_STATUS, 1);
	status->state = VIGIL_STATUS_STARTED;
	status->machine = 4711;
	record_part(fake.record[0], VIGIL_PART_HOST, "box", 3, 3);
	coming_start(VIGIL_EVENT_PROCESS_CREATE, 10);
	status = coming(VIGIL_EVENT_STATUS, 20); /* a warning names no host */
	status->state = VIGIL_STATUS_WARNING;
	status = coming(VIGIL_EVENT_STATUS, 30);
	status->state = VIGIL_STATUS_STARTED;
	record_part(fake.record[3], VIGIL_PART_HOST, long_name, sizeof(long_name),
		    sizeof(long_name));
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(vigil_next(v, &event, 0), 1);
		assert_string_equal(event->host.data, "box");
		assert_int_equal(event->host.length, 3);
		assert_int_equal(event->host.original, 3);
		assert_int_equal(event->machine, 4711);
	}
	assert_int_equal(vigil_next(v, &event, 0), 1);
	assert_int_equal(event->host.length, 255);
	assert_int_equal(event->host.data[255], '\0');
}

static void failures_say_why(void **state)
{
	(void)state;
	open_for(0);
	coming(VIGIL_EVENT_STATUS, 1);
	fake.record[0]->header.version = 99;
	coming(200, 2); /* of a later version: skipped */
	coming(VIGIL_EVENT_STATUS, 3);
	assert_int_equal(vigil_next(v, &event, 0), VIGIL_ERROR_FORMAT);
	assert_non_null(strstr(vigil_last_error(v)->text, "version 99"));
	next_is(VIGIL_EVENT_STATUS, 1);
	fake.fail_next = VIGIL_ERROR_SYSTEM;
	assert_int_equal(vigil_next(v, &event, -1), VIGIL_ERROR_SYSTEM);
	assert_int_equal(vigil_last_error(v)->code, VIGIL_ERROR_SYSTEM);
	assert_string_equal(vigil_last_error(v)->text, "the sensor is gone");
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void withheld_records_do_not_hold_up(void **state)
{
	struct timespec before, after;

	(void)state;
	open_for(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT));
	coming(VIGIL_EVENT_DRIVER_LOAD, 1);
	fake.endless = true;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(vigil_next(v, &event, 50), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true((after.tv_sec - before.tv_sec) * 1000 +
			(after.tv_nsec - before.tv_nsec) / 1000000 >=
		    49);
}

static void on_alarm(int number)
{
	(void)number;
}

static void waiting(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value = { .tv_usec = 50000 } };
	int64_t before = now_ms();

	(void)state;
	open_for(0);
	assert_int_equal(vigil_next(v, &event, 0), 0);
	assert_true(now_ms() - before < 1000); /* a loaded machine is slow */
	assert_int_equal(vigil_next(v, &event, 60), 0);
	assert_in_range(now_ms() - before, 60, 2000);
	before = now_ms();
	assert_int_equal(write(fake.pipe[1], "x", 1), 1); /* ready, but without a record */
	assert_int_equal(vigil_next(v, &event, 60), 0);
	assert_in_range(now_ms() - before, 60, 2000);
	assert_int_equal(read(fake.pipe[0], &(char){ 0 }, 1), 1);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	assert_int_equal(vigil_next(v, &event, -1), 0); /* a signal came */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opening),
		TEST(numbers_have_gaps_where_records_are_missing),
		TEST(what_was_not_asked_for_teaches_all_the_same),
		TEST(late_records_say_so),
		TEST(statistics_are_conserved),
		TEST(the_host_is_learned),
		TEST(failures_say_why),
		TEST(waiting),
		TEST(withheld_records_do_not_hold_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
