/* SPDX-License-Identifier: MIT */
#include "make_record.h"

#include "process/modules.h"

#define NOBODY ((struct vigil_id){ 0 })
#define TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS))

/* ---- the story of a Windows, as reported to the table ---- */

static struct story s;

static void report_status(uint32_t types)
{
	struct vigil_status_body *status = record_begin(&s.record, VIGIL_EVENT_STATUS);

	s.record.header.encoding = VIGIL_UTF16LE;
	status->state = VIGIL_STATUS_STARTED;
	status->types = types;
	assert_int_equal(story_apply(&s), TABLE_NEW);
}

static int begin_story(void **state)
{
	(void)state;
	story_begin(&s, 0);
	report_status(TYPES);
	return 0;
}

static int end_story(void **state)
{
	(void)state;
	story_end(&s);
	return 0;
}

static void report_start(uint32_t type, struct vigil_id id, struct vigil_id by, uint8_t encoding)
{
	struct vigil_process_body *body = record_begin(&s.record, type);

	s.record.header.encoding = encoding;
	s.record.header.actor = by;
	body->process = id;
	body->parent = by;
	body->start = id.start_key + s.to_wall;
	assert_int_equal(story_apply(&s), TABLE_NEW);
}

static void create(struct vigil_id id)
{
	report_start(VIGIL_EVENT_PROCESS_CREATE, id, story_id(4, 1), VIGIL_UTF16LE);
}

static void image(struct vigil_id id, const char *path, uint64_t base, uint64_t size)
{
	struct vigil_image_body *body = record_begin(&s.record, VIGIL_EVENT_IMAGE_LOAD);
	char wide[256] = "";
	size_t length = strlen(path);

	s.record.header.encoding = VIGIL_UTF16LE;
	body->process = id;
	body->base = base;
	body->size = size;
	for (size_t i = 0; i < length; i++)
		wide[2 * i] = path[i];
	record_part(&s.record, VIGIL_PART_IMAGE, wide, 2 * length, 2 * length);
	assert_int_equal(story_apply(&s), TABLE_NEW);
}

static const struct vigil_event *thread(struct vigil_id id, uint64_t address)
{
	struct vigil_thread_body *body = record_begin(&s.record, VIGIL_EVENT_THREAD_CREATE);

	s.record.header.encoding = VIGIL_UTF16LE;
	body->thread = id;
	body->thread.tid = 77;
	body->start_address = address;
	assert_int_equal(story_apply(&s), TABLE_NEW);
	return &s.event;
}

static void is_in(struct vigil_id id, uint64_t address, const char *module, uint64_t offset)
{
	const struct vigil_event *event = thread(id, address);

	assert_string_equal(event->module.data ? event->module.data : "", module);
	assert_int_equal(event->module.length, strlen(module));
	assert_int_equal(event->module_offset, offset);
	assert_false(event->unbacked);
}

/* Code in memory without a file is in no module: a thread that starts there is unbacked. */
static void anonymous_memory_is_no_module(void **state)
{
	struct vigil_id id = story_id(601, 5);
	struct vigil_image_body *body;
	const struct vigil_event *event;

	(void)state;
	create(id);
	image(id, "C:\\x.exe", 0x10000, 0x1000);
	body = record_begin(&s.record, VIGIL_EVENT_IMAGE_LOAD);
	s.record.header.encoding = VIGIL_UTF16LE;
	body->process = id;
	body->base = 0x20000;
	body->size = 0x1000;
	body->attributes = VIGIL_IMAGE_MEMORY_ONLY | VIGIL_IMAGE_ANONYMOUS;
	assert_int_equal(story_apply(&s), TABLE_NEW);
	event = thread(id, 0x20010);
	assert_int_equal(event->module.length, 0);
	assert_true(event->unbacked);
}

static void threads_begin_in_modules(void **state)
{
	struct vigil_id id = story_id(600, 5);

	(void)state;
	create(id);
	image(id, "C:\\a.exe", 0x140000000, 0x5000);
	image(id, "C:\\Windows\\ntdll.dll", 0x7ff800000000, 0x1f0000);
	is_in(id, 0x140000000, "C:\\a.exe", 0);
	is_in(id, 0x140004fff, "C:\\a.exe", 0x4fff);
	is_in(id, 0x7ff800001234, "C:\\Windows\\ntdll.dll", 0x1234);
	assert_true(thread(id, 0x140005000)->unbacked);
	assert_int_equal(s.event.module.length, 0);
	assert_true(thread(id, 0x13fffffff)->unbacked);
	assert_true(thread(id, UINT64_MAX)->unbacked);
	assert_false(thread(id, 0)->unbacked); /* unknown */
	image(id, "C:\\top.dll", UINT64_MAX - 0xfff, 0x1000);
	is_in(id, UINT64_MAX, "C:\\top.dll", 0xfff);
	image(id, "C:\\beyond.dll", UINT64_MAX - 0xfff, 0x2000); /* impossible */
	is_in(id, UINT64_MAX, "C:\\top.dll", 0xfff);
}

static void newer_ones_replace(void **state)
{
	struct vigil_id id = story_id(600, 5);

	(void)state;
	create(id);
	image(id, "C:\\a", 0x1000, 0x1000);
	image(id, "C:\\b", 0x3000, 0x1000);
	image(id, "C:\\c", 0x5000, 0x1000);
	image(id, "C:\\new", 0x1800, 0x2000); /* overlaps two of them */
	is_in(id, 0x1800, "C:\\new", 0);
	is_in(id, 0x37ff, "C:\\new", 0x1fff);
	is_in(id, 0x5000, "C:\\c", 0);
	assert_true(thread(id, 0x1000)->unbacked);
	assert_true(thread(id, 0x3800)->unbacked);
}

/* An address counts as unbacked only if every image was reported. */
static void only_what_is_sure(void **state)
{
	struct vigil_id id = story_id(600, 5), old = story_id(700, 2), unknown = story_id(800, 3);
	struct vigil_lost_body *lost;

	(void)state;
	create(id);
	assert_false(thread(id, 0x1000)->unbacked); /* its first thread: before its images */
	image(id, "C:\\a.exe", 0x100000, 0x1000);
	assert_true(thread(id, 0x1000)->unbacked);
	report_start(VIGIL_EVENT_PROCESS_SNAPSHOT, old, NOBODY, VIGIL_UTF16LE);
	assert_false(thread(old, 0x1000)->unbacked);
	image(old, "C:\\late.dll", 0x1000, 0x1000);
	is_in(old, 0x1000, "C:\\late.dll", 0);
	assert_false(thread(old, 0x9000)->unbacked);
	assert_false(thread(unknown, 0x1000)->unbacked);
	lost = record_begin(&s.record, VIGIL_EVENT_LOST);
	lost->count = 1;
	lost->type = VIGIL_EVENT_THREAD_EXIT;
	story_apply(&s);
	assert_true(thread(id, 0x1000)->unbacked);
	lost = record_begin(&s.record, VIGIL_EVENT_LOST);
	lost->count = 1;
	lost->type = VIGIL_EVENT_IMAGE_LOAD;
	story_apply(&s);
	assert_false(thread(id, 0x1000)->unbacked);
	create(story_id(900, 9));
	image(story_id(900, 9), "C:\\a.exe", 0x100000, 0x1000);
	assert_true(thread(story_id(900, 9), 0x1000)->unbacked);
}

static void not_recorded_is_not_known(void **state)
{
	struct vigil_id id = story_id(600, 5);

	(void)state;
	report_status(TYPES & ~VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD));
	create(id);
	assert_false(thread(id, 0x1000)->unbacked);
	report_status(TYPES);
	assert_false(thread(id, 0x1000)->unbacked); /* it started earlier */
	image(id, "C:\\a", 0x1000, 0x1000);
	is_in(id, 0x1000, "C:\\a", 0);
}

static void it_dies_with_the_process(void **state)
{
	struct vigil_id id = story_id(600, 5), other = story_id(600, 50);

	(void)state;
	create(id);
	image(id, "C:\\a", 0x1000, 0x1000);
	assert_int_equal(story_exit(&s, id, NOBODY), TABLE_NEW);
	is_in(id, 0x1000, "", 0);
	create(other);
	is_in(other, 0x1000, "", 0);
}

/* Linux: a fork has its creator's images, an exec has none; an access is not a thread. */
static void forks_and_execs(void **state)
{
	struct vigil_id parent = story_id(600, 5), child = story_id(601, 6);
	struct vigil_access_body *access;

	(void)state;
	report_start(VIGIL_EVENT_PROCESS_EXEC, parent, parent, VIGIL_BYTES);
	image(parent, "/lib/libc.so.6", 0x10000, 0x1000);
	report_start(VIGIL_EVENT_PROCESS_CREATE, child, parent, VIGIL_BYTES);
	is_in(child, 0x10010, "/lib/libc.so.6", 0x10);
	image(child, "/lib/own.so", 0x20000, 0x1000);
	is_in(child, 0x20010, "/lib/own.so", 0x10);
	is_in(child, 0x10010, "/lib/libc.so.6", 0x10);
	assert_true(thread(parent, 0x20010)->unbacked);
	access = record_begin(&s.record, VIGIL_EVENT_PROCESS_ACCESS);
	access->target = child;
	access->address = 0x20020;
	story_apply(&s);
	assert_string_equal(s.event.module.data, "/lib/own.so");
	access->address = 0x90000; /* possibly the heap: in no image */
	story_apply(&s);
	assert_false(s.event.unbacked);
	report_start(VIGIL_EVENT_PROCESS_EXEC, child, child, VIGIL_BYTES);
	image(child, "/bin/true", 0x30000, 0x1000);
	assert_true(thread(child, 0x10010)->unbacked);
	is_in(parent, 0x10010, "/lib/libc.so.6", 0x10);
}

static void more_than_is_kept(void **state)
{
	struct vigil_id id = story_id(600, 5);

	(void)state;
	create(id);
	for (uint64_t i = 1; i <= MODULES_PROCESS_MAX; i++)
		image(id, "C:\\many.dll", i << 20, 0x1000);
	is_in(id, (uint64_t)MODULES_PROCESS_MAX << 20, "C:\\many.dll", 0);
	assert_true(thread(id, 0x10)->unbacked);
	image(id, "C:\\one.too", 0x10, 0x100);
	assert_false(thread(id, 0x10)->unbacked); /* no longer certain */
	image(id, "C:\\instead", 1 << 20, 0x100);
	is_in(id, 1 << 20, "C:\\instead", 0);
}

/* ---- at random, against a plain model: an owner for each of 200 pages ---- */

#define PAGES 200
#define PROCS 12
#define PAGE  4096u

struct plain {
	unsigned owner[PAGES]; /* 0: none */
	bool whole;
};

static struct plain plain[PROCS];
static struct images images[PROCS];
static struct modules modules;
static struct maker m;

static void random_image(uint64_t *seed, unsigned p, unsigned number)
{
	unsigned first = (unsigned)(make_random(seed) % PAGES);
	unsigned count = 1 + (unsigned)(make_random(seed) % 9);
	char name[16];
	int length = snprintf(name, sizeof(name), "%u", number);

	count = count > PAGES - first ? PAGES - first : count;
	make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
	m.image->base = (first + 1) * PAGE;
	m.image->size = count * PAGE;
	m.parts.value[VIGIL_PART_IMAGE] =
	    (struct vigil_string){ name, (uint32_t)length, (uint32_t)length };
	modules_apply(&modules, &images[p], NULL, &m.event);
	for (unsigned i = first; i < first + count; i++)
		for (unsigned j = 0, old = plain[p].owner[i]; old && j < PAGES; j++)
			if (plain[p].owner[j] == old)
				plain[p].owner[j] = 0;
	for (unsigned i = first; i < first + count; i++)
		plain[p].owner[i] = number;
}

static void random_start(uint64_t *seed, unsigned p)
{
	unsigned creator = (unsigned)(make_random(seed) % PROCS);
	bool forked = make_random(seed) % 2;

	make_event(&m, forked ? VIGIL_EVENT_PROCESS_CREATE : VIGIL_EVENT_PROCESS_EXEC);
	if (forked && creator == p)
		return;
	modules_start(&modules, &images[p], forked ? &images[creator] : NULL, &m.event);
	if (forked)
		plain[p] = plain[creator];
	else
		plain[p] = (struct plain){ .whole = true };
}

static void random_look(uint64_t *seed, unsigned p)
{
	uint64_t address = PAGE + make_random(seed) % (PAGES * PAGE);
	unsigned owner = plain[p].owner[address / PAGE - 1], first = 0, owned = 0;

	make_event(&m, VIGIL_EVENT_THREAD_CREATE);
	m.thread->start_address = address;
	modules_apply(&modules, &images[p], NULL, &m.event);
	if (!owner) {
		assert_int_equal(m.event.module.length, 0);
		for (unsigned i = 0; i < PAGES; i++)
			owned += plain[p].owner[i] != 0;
		assert_int_equal(m.event.unbacked, plain[p].whole && owned > 0);
		return;
	}
	while (plain[p].owner[first] != owner)
		first++;
	assert_int_equal(atoi(m.event.module.data), owner);
	assert_int_equal(m.event.module_offset, address - (first + 1) * PAGE);
	assert_false(m.event.unbacked);
}

static void against_a_model(void **state)
{
	uint64_t seed = 88172645463325252u;

	(void)state;
	memset(plain, 0, sizeof(plain));
	make_event(&m, VIGIL_EVENT_STATUS);
	m.status->types = TYPES;
	modules_apply(&modules, NULL, NULL, &m.event);
	for (unsigned i = 1; i <= 300000; i++) {
		unsigned p = (unsigned)(make_random(&seed) % PROCS);
		unsigned what = (unsigned)(make_random(&seed) % 1000);

		if (what < 400)
			random_image(&seed, p, i % 5000 + 1);
		else if (what < 440)
			random_start(&seed, p);
		else if (what < 450)
			modules_drop(&modules, &images[p]), plain[p] = (struct plain){ 0 };
		else
			random_look(&seed, p);
		if (what == 999) { /* images were lost */
			make_event(&m, VIGIL_EVENT_LOST);
			m.lost->type = VIGIL_EVENT_IMAGE_LOAD;
			modules_apply(&modules, NULL, NULL, &m.event);
			for (unsigned j = 0; j < PROCS; j++)
				plain[j].whole = false;
		}
	}
	for (unsigned p = 0; p < PROCS; p++)
		modules_drop(&modules, &images[p]);
	assert_int_equal(modules.bytes, 0);
	modules_free(&modules);
}

/* New names all the time: memory stays within its bound, and later modules are found. */
static void memory_is_bounded(void **state)
{
	struct images one = { 0 };
	char name[20000];

	(void)state;
	make_event(&m, VIGIL_EVENT_STATUS);
	m.status->types = TYPES;
	modules_apply(&modules, NULL, NULL, &m.event);
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	modules_start(&modules, &one, NULL, &m.event);
	memset(name, 'x', sizeof(name));
	for (unsigned i = 1; i < 8000; i++) {
		int length = snprintf(name, sizeof(name), "%u", i);

		name[length] = 'x';
		make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
		m.image->base = i * PAGE;
		m.image->size = PAGE;
		m.parts.value[VIGIL_PART_IMAGE] =
		    (struct vigil_string){ name, sizeof(name), sizeof(name) };
		modules_apply(&modules, &one, NULL, &m.event);
		assert_true(modules.bytes + modules.names.bytes < MODULES_BYTES_MAX + 30000);
		make_event(&m, VIGIL_EVENT_THREAD_CREATE);
		m.thread->start_address = i * PAGE + 1;
		modules_apply(&modules, &one, NULL, &m.event);
		assert_int_equal(atoi(m.event.module.data), i);
	}
	m.thread->start_address = PAGE; /* forgotten: not counted as unbacked */
	m.event.module.length = 0;
	modules_apply(&modules, &one, NULL, &m.event);
	assert_int_equal(m.event.module.length, 0);
	assert_false(m.event.unbacked);
	modules_drop(&modules, &one);
	modules_free(&modules);
}

/* Many processes, each with a separate large map. */
static void memory_of_many_is_bounded(void **state)
{
	static struct images each[1000];

	(void)state;
	make_event(&m, VIGIL_EVENT_STATUS);
	m.status->types = TYPES;
	modules_apply(&modules, NULL, NULL, &m.event);
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	modules_start(&modules, &each[0], NULL, &m.event);
	for (unsigned i = 1; i < MODULES_PROCESS_MAX; i++) {
		make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
		m.image->base = i * PAGE;
		m.image->size = PAGE;
		modules_apply(&modules, &each[0], NULL, &m.event);
	}
	for (unsigned i = 1; i < 1000; i++) {
		make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
		modules_start(&modules, &each[i], &each[0], &m.event);
		make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
		m.image->base = (MODULES_PROCESS_MAX + i) * PAGE;
		m.image->size = PAGE;
		modules_apply(&modules, &each[i], NULL, &m.event);
		assert_true(modules.bytes + modules.names.bytes < MODULES_BYTES_MAX + 300000);
	}
	for (unsigned i = 0; i < 1000; i++)
		modules_drop(&modules, &each[i]);
	modules_free(&modules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(anonymous_memory_is_no_module, begin_story,
						end_story),
		cmocka_unit_test_setup_teardown(threads_begin_in_modules, begin_story, end_story),
		cmocka_unit_test_setup_teardown(newer_ones_replace, begin_story, end_story),
		cmocka_unit_test_setup_teardown(only_what_is_sure, begin_story, end_story),
		cmocka_unit_test_setup_teardown(not_recorded_is_not_known, begin_story, end_story),
		cmocka_unit_test_setup_teardown(it_dies_with_the_process, begin_story, end_story),
		cmocka_unit_test_setup_teardown(forks_and_execs, begin_story, end_story),
		cmocka_unit_test_setup_teardown(more_than_is_kept, begin_story, end_story),
		cmocka_unit_test(against_a_model),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(memory_of_many_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
