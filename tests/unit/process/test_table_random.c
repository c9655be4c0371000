/* SPDX-License-Identifier: MIT */
/*
 * Compares the table with a model of it: the same rules, written as plain searches in an
 * unsorted list. A million records, in an order that no real system has.
 */
#include "make_record.h"

#define EVENTS   1000000
#define PIDS     40
#define DEAD_MAX 20
#define RECENT   150 /* processes that records refer to */
#define MAX      1024

/* A process of the model; used: the table must know it. */
struct one {
	bool used, alive, listed, exited;
	struct vigil_id id, parent;
	struct one *held; /* parent that is kept for this process */
	uint64_t mono, end, dead_since;
	unsigned image; /* 0: unknown */
};

static struct one all[MAX];
static struct one *ended;
static uint64_t clock_of_dead;
static size_t high; /* higher slots were never used */

static struct one *exact(struct vigil_id id)
{
	for (size_t i = 0; i < high; i++)
		if (all[i].used && all[i].id.pid == id.pid && all[i].id.start_key == id.start_key)
			return &all[i];
	return NULL;
}

/* Returns the youngest process with the PID that had started by then; mono 0: the youngest. */
static struct one *youngest(uint32_t pid, uint64_t mono)
{
	struct one *best = NULL;

	for (size_t i = 0; i < high; i++)
		if (all[i].used && all[i].id.pid == pid && (!mono || all[i].mono <= mono) &&
		    (!best || all[i].id.start_key > best->id.start_key))
			best = &all[i];
	return best;
}

static struct one *lookup(struct vigil_id id, uint64_t mono)
{
	return id.start_key ? exact(id) : youngest(id.pid, mono);
}

static void forget_if_idle(struct one *one)
{
	if (one->alive || one->listed)
		return;
	for (size_t i = 0; i < high; i++)
		if (all[i].used && all[i].held == one)
			return;
	one->used = false;
}

static uint64_t count_listed(struct one **oldest)
{
	uint64_t count = 0;

	*oldest = NULL;
	for (size_t i = 0; i < high; i++)
		if (all[i].used && all[i].listed) {
			count++;
			if (!*oldest || all[i].dead_since < (*oldest)->dead_since)
				*oldest = &all[i];
		}
	return count;
}

static void bury(struct one *one, uint64_t when)
{
	struct one *held = one->held, *oldest;

	if (!one->end)
		one->end = when;
	one->alive = false;
	one->listed = true;
	one->dead_since = ++clock_of_dead;
	one->held = NULL;
	if (held)
		forget_if_idle(held);
	if (count_listed(&oldest) > DEAD_MAX) {
		oldest->listed = false;
		forget_if_idle(oldest);
	}
}

static struct one *add_to_model(struct vigil_id id, struct vigil_id parent, uint64_t mono,
				uint64_t to_wall)
{
	struct one *before = youngest(id.pid, 0), *one = all;

	if (before && before->alive && before->id.start_key < id.start_key)
		bury(before, id.start_key + to_wall);
	while (one->used)
		one++;
	assert_true(one < all + MAX);
	if (one >= all + high)
		high = (size_t)(one - all) + 1;
	*one = (struct one){ .used = true, .alive = true, .id = id, .parent = parent };
	one->mono = mono < id.start_key ? mono : id.start_key;
	if (parent.pid) {
		one->held = lookup(parent, one->mono);
		if (one->held == one)
			one->held = NULL, one->parent.start_key = 0;
		if (one->held)
			one->parent.start_key = one->held->id.start_key;
	}
	return one;
}

static enum table_result model_start(uint32_t type, struct vigil_id id, struct vigil_id parent,
				     unsigned image, uint64_t mono, uint64_t to_wall)
{
	struct one *one = exact(id), *creator, *after;

	if (one && type == VIGIL_EVENT_PROCESS_SNAPSHOT)
		return TABLE_DUPLICATE;
	if (!one)
		one = add_to_model(id, parent, mono, to_wall);
	creator = type == VIGIL_EVENT_PROCESS_CREATE && parent.pid ? lookup(parent, mono) : NULL;
	one->image = !image && creator ? creator->image : image;
	after = youngest(id.pid, 0);
	if (after != one && one->alive)
		bury(one, after->id.start_key + to_wall);
	return TABLE_NEW;
}

static enum table_result model_exit(struct vigil_id id, struct vigil_id parent, uint64_t mono,
				    uint64_t to_wall)
{
	struct one *one = exact(id);

	if (one && one->exited)
		return TABLE_DUPLICATE;
	if (!one)
		one = add_to_model(id, parent, mono, to_wall);
	one->exited = true;
	one->end = mono + to_wall;
	if (one->alive)
		ended = one;
	return TABLE_NEW;
}

/* ---- the comparison ---- */

static void check_process(const struct vigil_process_info *proc, const struct one *one, int step)
{
	char image[32] = "";

	if (!proc != !one)
		fail_msg("event %d: %s knows it", step, proc ? "only the table" : "only the model");
	if (!one)
		return;
	if (one->image)
		snprintf(image, sizeof(image), "/i/%u", one->image);
	if (proc->id.pid != one->id.pid || proc->id.start_key != one->id.start_key ||
	    proc->end != one->end || strcmp(proc->image.data, image) != 0)
		fail_msg("event %d: %u/%llu is not %u/%llu", step, proc->id.pid,
			 (unsigned long long)proc->id.start_key, one->id.pid,
			 (unsigned long long)one->id.start_key);
}

static void same_parent(const struct vigil_event *event, const struct one *one, int step)
{
	const struct one *parent;

	if (!one) {
		assert_null(event->parent);
		return;
	}
	assert_int_equal(event->process->parent.pid, one->parent.pid);
	assert_int_equal(event->process->parent.start_key, one->parent.start_key);
	parent = one->held ? one->held : lookup(one->parent, one->mono);
	check_process(event->parent, parent == one ? NULL : parent,
		      step); /* no process is its own parent */
}

static void same_counts(const struct table *table)
{
	uint64_t alive, dead, expected = 0;
	struct one *oldest;

	for (size_t i = 0; i < high; i++)
		expected += all[i].used && all[i].alive;
	table_count(table, &alive, &dead);
	assert_int_equal(alive, expected);
	assert_int_equal(dead, count_listed(&oldest));
	for (uint32_t pid = 1; pid <= PIDS; pid++)
		check_process(table_find(table, pid, 0), youngest(pid, 0), -1);
}

/* ---- chance ---- */

static struct vigil_id recent[RECENT];
static uint64_t seed;

static uint64_t chance(uint64_t of)
{
	return make_random(&seed) % of;
}

static struct vigil_id any_process(void)
{
	struct vigil_id id = recent[chance(RECENT)];

	return id;
}

static struct vigil_id any_mention(void)
{
	struct vigil_id id = any_process();

	if (chance(3) == 0)
		id.start_key = 0;
	return id;
}

/* Mostly now, sometimes earlier. */
static uint64_t any_time(uint64_t now)
{
	return chance(5) ? now : 1 + chance(now);
}

static enum table_result report_start(struct story *s, int step)
{
	static const uint32_t types[] = { VIGIL_EVENT_PROCESS_CREATE, VIGIL_EVENT_PROCESS_CREATE,
					  VIGIL_EVENT_PROCESS_CREATE, VIGIL_EVENT_PROCESS_EXEC,
					  VIGIL_EVENT_PROCESS_SNAPSHOT };
	uint32_t type = types[chance(5)];
	struct vigil_id id = any_process(), parent = any_mention();
	unsigned image = chance(4) ? 0 : (unsigned)step + 1;
	enum table_result expected;
	char name[32];

	if (type == VIGIL_EVENT_PROCESS_CREATE && chance(2)) { /* a new one */
		id = story_id(1 + (uint32_t)chance(PIDS), s->mono);
		recent[chance(RECENT)] = id;
	}
	snprintf(name, sizeof(name), "/i/%u", image);
	expected = model_start(type, id, parent, image, s->mono, s->to_wall);
	assert_int_equal(story_start(s, type, id, parent, image ? name : NULL), expected);
	if (expected == TABLE_NEW) {
		check_process(s->event.process, exact(id), step);
		same_parent(&s->event, exact(id), step);
	}
	return expected;
}

static enum table_result report_exit(struct story *s, int step)
{
	struct vigil_id id = any_process(), parent = any_mention();
	enum table_result expected = model_exit(id, parent, s->mono, s->to_wall);

	assert_int_equal(story_exit(s, id, parent), expected);
	if (expected == TABLE_NEW) {
		check_process(s->event.process, exact(id), step);
		same_parent(&s->event, exact(id), step);
	}
	return expected;
}

static void report_image(struct story *s, int step)
{
	struct vigil_id id = any_mention();
	struct one *one = lookup(id, s->mono);

	assert_int_equal(story_image(s, id), TABLE_NEW);
	check_process(s->event.process, one, step);
	check_process(s->event.actor, one, step);
	same_parent(&s->event, one, step);
}

static void a_million_records(void **state)
{
	struct story s;
	uint64_t now = 1000, known = 0, news = 0;

	(void)state;
	seed = 0x5eed;
	story_begin(&s, DEAD_MAX);
	for (size_t i = 0; i < RECENT; i++)
		recent[i] = story_id(1 + (uint32_t)chance(PIDS), 1 + i);
	for (int step = 0; step < EVENTS; step++) {
		uint64_t what = chance(10);
		enum table_result says = TABLE_NEW;

		now += 1 + chance(3);
		s.mono = what < 4 ? now : any_time(now);
		if (ended)
			bury(ended, 0);
		ended = NULL;
		if (what < 4)
			says = report_start(&s, step);
		else if (what < 7)
			says = report_exit(&s, step);
		else
			report_image(&s, step);
		known += says == TABLE_DUPLICATE;
		news += says == TABLE_NEW;
		if (step % 500 == 0)
			same_counts(s.table);
	}
	assert_true(known > 10000 && news > 500000);
	print_message("%llu news, %llu known\n", (unsigned long long)news,
		      (unsigned long long)known);
	story_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
