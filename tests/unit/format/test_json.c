/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"
#include "make_event.h"
#include "record/implied.h"
#include "record/names.h"
#include "record/subject.h"

static struct maker m;

static struct vigil_printer *printer(void)
{
	static struct vigil_printer *one;
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = VIGIL_FORMAT_JSON };

	if (!one)
		one = vigil_printer_new(&options);
	assert_non_null(one);
	return one;
}

static int free_printer(void **state)
{
	(void)state;
	vigil_printer_free(printer());
	return 0;
}

static const char *print(void)
{
	static char line[4 * 1024 * 1024];
	size_t length;
	const char *text = vigil_print(printer(), &m.event, &length);

	assert_non_null(text);
	assert_true(length < sizeof(line));
	memcpy(line, text, length);
	line[length] = '\0';
	return line;
}

#define SHOWS(part) assert_non_null(strstr(print(), part))
#define HIDES(part) assert_null(strstr(print(), part))

static void an_exec(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.start->process = (struct vigil_id){ 4713, 4713, 5713 };
	m.start->uid = m.start->euid = 0;
	m.start->inode = 123;
	SHOWS("{\"@timestamp\":\"2025-11-20T20:14:22.123456789Z\",\"ecs\":{\"version\":");
	SHOWS("\"event\":{\"kind\":\"event\",\"category\":[\"process\"],\"type\":[\"start\"],"
	      "\"action\":\"exec\",");
	SHOWS("\"process\":{\"pid\":4713,");
	SHOWS("\"command_line\":\"make -j2\",");
	SHOWS("\"args_count\":2,");
	HIDES("\"args\":");
	SHOWS("\"parent\":{\"pid\":4712,");
	SHOWS("\"user\":{\"id\":\"0\",\"name\":\"root\"},");
	SHOWS("\"vigil\":{\"type\":\"exec\",\"format\":2,");
	SHOWS("\"inode\":\"123\"");
	SHOWS("}\n");
	HIDES("null");
	HIDES("\"-\"");
	HIDES("\"raw\"");
	HIDES("\"cut\"");
}

/* Each rule: what the line implies is left out, another value is written, and null stands for an
 * unknown value where a value would be implied. */
static void what_is_implied(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.start->uid = 0;
	m.start->euid = 65534;
	SHOWS("\"name\":\"root\",\"effective\":{\"id\":\"65534\"");
	m.start->euid = m.process.euid = VIGIL_UNKNOWN;
	SHOWS("\"effective\":{\"id\":null,\"name\":null}");
	m.process.args = TEXT("sh\0-c\0exit 1\0");
	m.process.command = TEXT("sh -c exit 1");
	SHOWS("\"args_count\":3,");
	SHOWS("\"args_lengths\":\"2 2 6\"");
	HIDES("\"args\":");
	m.process.command = TEXT("sh -c Exit 1");
	SHOWS("\"args\":[\"sh\",\"-c\",\"exit 1\"]");
	HIDES("args_lengths");
	m.process.session_leader = (struct vigil_id){ 4000, 0, 5000 };
	m.process.group_leader = m.process.entry_leader = m.process.session_leader;
	SHOWS("\"session_leader\":{\"entity_id\":");
	HIDES("\"group_leader\"");
	m.process.group_leader = m.process.id;
	SHOWS("\"group_leader\":{\"pid\":4713},");
	m.process.group_leader = (struct vigil_id){ 0 };
	SHOWS("\"group_leader\":{\"pid\":null},");
	m.start->process = m.process.id;
	m.process.start = m.start->start = m.header->time - 7;
	m.header->mono = m.process.id.start_key + 7;
	HIDES("monotonic");
	m.header->mono++;
	SHOWS("monotonic");
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	make_known(&m);
	m.header->actor = (struct vigil_id){ 4712, 4712, 5712 };
	m.event.actor = &m.parent;
	HIDES("\"actor\":");
	m.header->actor.tid = 4799;
	SHOWS("\"actor\":{\"thread\":{\"id\":4799}}");
	m.header->actor = (struct vigil_id){ 4711, 4711, 5711 };
	SHOWS("\"actor\":{\"pid\":4711,\"entity_id\":");
}

static const char *print_chosen(const char *fields, const char *omit, bool compact)
{
	static char line[8192];
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = VIGIL_FORMAT_JSON,
						       .fields = fields,
						       .omit = omit,
						       .compact = compact };
	struct vigil_printer *chosen = vigil_printer_new(&options);
	const char *text;
	size_t length;

	if (!chosen)
		return NULL;
	text = vigil_print(chosen, &m.event, &length);
	assert_non_null(text);
	assert_true(length < sizeof(line));
	memcpy(line, text, length);
	line[length] = '\0';
	vigil_printer_free(chosen);
	return line;
}

static void chosen_fields(void **state)
{
	struct vigil_error error;

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.start->uid = m.start->euid = 0;
	assert_string_equal(print_chosen("process.pid, process.parent.name", NULL, false),
			    "{\"process\":{\"pid\":4713,\"parent\":{\"name\":\"make\"}}}\n");
	assert_string_equal(print_chosen("process.parent,user",
					 "process.parent.start,user.name,"
					 "process.parent.executable,process.parent.entity_id,"
					 "user.effective.group",
					 false),
			    "{\"process\":{\"parent\":{\"pid\":4712,\"name\":\"make\","
			    "\"command_line\":\"make -j2\"}},\"user\":{\"id\":\"0\","
			    "\"effective\":{\"id\":\"0\",\"name\":\"root\"}}}\n");
	assert_non_null(strstr(print_chosen("all", NULL, false), "\"args\":[\"make\",\"-j2\"]"));
	assert_null(strstr(print_chosen("all", NULL, false), "\"format\""));
	assert_null(strstr(print_chosen(NULL, "process", false), "\"process\":{\"pid\""));
	assert_non_null(strstr(print_chosen(NULL, NULL, true), "\"command_line\":\"make -j2\""));
	assert_null(strstr(print_chosen(NULL, NULL, true), "\"start\""));
	assert_non_null(strstr(print_chosen("process.start", NULL, true), "\"start\""));
	assert_null(strstr(print_chosen(NULL, "process.command_line", true), "command_line"));
	assert_string_equal(print_chosen("dll.path", NULL, false), "");
	make_event(&m, VIGIL_EVENT_LOST);
	m.lost->count = 3;
	assert_non_null(strstr(print_chosen("dll.path", NULL, false), "\"lost\":{\"count\":3"));
	assert_null(print_chosen("proces", NULL, false));
	assert_null(print_chosen(NULL, "process.", false));
	assert_null(print_chosen("", NULL, false));
	assert_int_equal(vigil_fields_check("vigil.type,all", &error), VIGIL_OK);
	assert_int_equal(vigil_fields_check("user.nam", &error), VIGIL_ERROR_USAGE);
	assert_string_equal(error.text, "there is no field `user.nam`; the nearest is `user.name`");
	assert_int_equal(vigil_fields_check("process.parents", &error), VIGIL_ERROR_USAGE);
	assert_non_null(strstr(error.text, "`process.parent`"));
	assert_int_equal(vigil_fields_check("a,,b", &error), VIGIL_ERROR_USAGE);
}

static void strings_are_escaped(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.args =
	    TEXT("a\"b\\c\0\x01\x1f\b\f\n\r\t\0\x7f\xc2\x9b\0\0\xc3\xa9 \xf0\x9f\x92\xa9\0");
	SHOWS("\"args\":[\"a\\\"b\\\\c\",\"\\u0001\\u001f\\b\\f\\n\\r\\t\",\"\\u007f\\u009b\",\"\","
	      "\"\xc3\xa9 \xf0\x9f\x92\xa9\"],\"args_count\":5");
	HIDES("\"raw\"");
}

static void ill_formed_bytes_are_kept(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.args = TEXT("x\0\xff\xfe\0");
	m.process.name = TEXT("\xc3");
	SHOWS("\"args\":[\"x\",\"\xef\xbf\xbd\xef\xbf\xbd\"]");
	SHOWS("\"raw\":{\"process.name\":\"ww==\",\"process.args\":\"eAD//gA=\"}}}\n");
}

static void what_was_cut_is_reported(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.args = (struct vigil_string){ "abc\0de", 6, 70000 };
	SHOWS("\"args\":[\"abc\",\"de\"]");
	HIDES("args_count");
	SHOWS("\"cut\":{\"process.args\":70000}}}\n");
	m.process.args.original = VIGIL_UNKNOWN;
	SHOWS("\"cut\":{\"process.args\":null}}}\n");
}

static void a_huge_argument(void **state)
{
	static char huge[65536];
	size_t n = 0;

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	memset(huge, '\x01', sizeof(huge) - 1);
	m.process.args = (struct vigil_string){ huge, sizeof(huge), sizeof(huge) };
	for (const char *at = print(); (at = strstr(at, "\\u0001")) != NULL; at++)
		n++;
	assert_int_equal(n, sizeof(huge) - 1);
}

static void every_type_with_nothing_known(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_event(&m, type);
		assert_int_equal(print()[0], '{');
		memset(m.parts.value, 0, sizeof(m.parts.value));
		m.event.body = NULL;
		m.event.host.data = NULL;
		assert_int_equal(print()[0], '{');
	}
	make_event(&m, VIGIL_TYPE_MAX);
	assert_string_equal(print(), "");
}

/* Text that is cached for the next event must not be used for a different value. */
static void times_and_numbers(void **state)
{
	uint64_t seed = 1234567;

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	for (int i = 0; i < 5000; i++) {
		uint64_t ns = i % 3 != 0 ? make_random(&seed) : make_random(&seed) % 400000000000u;
		uint32_t inode = (uint32_t)make_random(&seed) >> make_random(&seed) % 32;
		struct vigil_buffer b = { 0 };
		char number[40];

		m.header->time = ns != 0 ? ns : 1;
		m.start->ns_net = inode != 0 ? inode : 1;
		vigil_put_utc(&b, m.header->time, 'T', 9);
		assert_int_equal(strncmp(print() + 15, b.data, b.length), 0);
		vigil_buffer_free(&b);
		snprintf(number, sizeof(number), "\"net\":%u}", m.start->ns_net);
		SHOWS(number);
	}
}

/* Writes the types of each field; the last item is null if the field may be null. */
static void write_fields(FILE *out)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	fputc('{', out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s\"%s\":[", i > 0 ? "," : "", fields[i].name);
		for (uint32_t type = 1, n = 0; type < VIGIL_TYPE_MAX; type++)
			if ((fields[i].types & VIGIL_TYPE_BIT(type)) != 0)
				fprintf(out, "%s\"%s\"%s", n++ > 0 ? "," : "",
					vigil_type_name(type),
					implied_rule_of((uint16_t)i, type) ? ",null" : "");
		fputc(']', out);
	}
	fputs("}\n", out);
}

/* Removes some of the known values at random. */
static void forget_some(uint64_t *seed)
{
	uint64_t chance = make_random(seed);

	if ((chance & 1) != 0)
		m.event.process = NULL;
	if ((chance & 2) != 0)
		m.event.parent = NULL;
	if ((chance & 4) != 0)
		m.event.actor = NULL;
	if ((chance & 8) != 0)
		m.event.target = NULL;
	if ((chance & 16) != 0)
		m.process.args.original += 100;
	if ((chance & 32) != 0)
		m.header->encoding = VIGIL_UTF16LE;
	for (int kind = 0; kind < VIGIL_PART_MAX; kind++)
		if ((chance >> (8 + kind) & 1) != 0)
			m.parts.value[kind].length = m.parts.value[kind].original = 0;
}

/* An independent parser reads thousands of events. */
static void another_parser_agrees(void **state)
{
	static char text[3000];
	FILE *judge;
	uint64_t seed = 88172645463325252u;

	(void)state;
	if (system("command -v python3 >/dev/null") != 0)
		skip();
	judge = popen("python3 " VIGIL_TESTS "/format/check_json.py", "w");
	assert_non_null(judge);
	write_fields(judge);
	for (int i = 0; i < 6000; i++) {
		uint32_t type = 1 + (uint32_t)i % (VIGIL_TYPE_MAX - 1);
		size_t length = make_hostile(text, i % 50 == 0 ? sizeof(text) : 60, &seed);

		make_full(&m, type, text, length);
		if (i >= 100)
			forget_some(&seed);
		fprintf(judge, "%s\n%s", vigil_type_name(type), print());
	}
	assert_int_equal(pclose(judge), 0);
}

static uint32_t one_of(uint64_t *seed, uint32_t count)
{
	return (uint32_t)(make_random(seed) % count);
}

static const char *const NAMES[] = { "make", "", "c\"c", "\xff", "a much longer name" };

static void vary_namespaces(uint64_t *seed)
{
	uint32_t *const numbers[] = { &m.start->ns_mnt,    &m.start->ns_pid_ns, &m.start->ns_net,
				      &m.start->ns_user,   &m.start->ns_uts,    &m.start->ns_ipc,
				      &m.start->ns_cgroup, &m.start->ns_time };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i] = one_of(seed, 8) ? 0 : 17;
}

/* Varies each part of what a start or its process contains, with few different values. */
static void vary_subject(uint64_t *seed)
{
	struct vigil_process_info *process = &m.process;
	uint32_t program = one_of(seed, 5);
	struct vigil_string name = { NAMES[program], (uint32_t)strlen(NAMES[program]), 0 };

	name.original = name.length;
	process->image = process->name = process->command = process->directory = name;
	if (program == 4) {
		process->name.length = 0;
		process->image = TEXT("/usr/bin\\sh"); /* its base name depends on the system */
	}
	process->program = program;
	process->id.pid = 7 + one_of(seed, 2);
	process->id.start_key = 9 + one_of(seed, 2);
	process->parent.pid = 3 + one_of(seed, 2);
	process->parent.start_key = 5 + one_of(seed, 2);
	process->ns_pid = one_of(seed, 2) ? VIGIL_UNKNOWN : 7;
	process->start += one_of(seed, 2);
	process->tty = one_of(seed, 2) << 20;
	process->session = one_of(seed, 2) ? VIGIL_UNKNOWN : one_of(seed, 2);
	process->attributes = 1u << one_of(seed, 12);
	process->integrity = one_of(seed, 2) ? VIGIL_UNKNOWN : 0x2000;
	process->login_uid = one_of(seed, 2) ? VIGIL_UNKNOWN : 0;
	process->uid = one_of(seed, 3);
	process->gid = one_of(seed, 3);
	process->egid = one_of(seed, 3);
	if (!(VIGIL_TYPE_BIT(m.header->type) & VIGIL_TYPES_START))
		return;
	m.start->ns_pid = one_of(seed, 2) ? VIGIL_UNKNOWN : 8;
	m.start->start *= one_of(seed, 2);
	m.start->tty = one_of(seed, 2) << 21;
	m.start->session = one_of(seed, 2) ? VIGIL_UNKNOWN : one_of(seed, 2);
	m.start->attributes = one_of(seed, 2) << one_of(seed, 12);
	m.start->integrity = one_of(seed, 2) ? VIGIL_UNKNOWN : 0x3000;
	m.start->login_uid = one_of(seed, 2) ? VIGIL_UNKNOWN : 0;
	m.start->euid = one_of(seed, 3);
	m.start->gid = one_of(seed, 2) ? VIGIL_UNKNOWN : one_of(seed, 3);
	m.start->egid = one_of(seed, 2) ? VIGIL_UNKNOWN : one_of(seed, 3);
	m.start->capabilities = one_of(seed, 2);
	m.start->device = one_of(seed, 2);
	m.start->inode = one_of(seed, 2);
	vary_namespaces(seed);
	if (one_of(seed, 2))
		memset(&m.start->tracer, 0, sizeof(m.start->tracer));
}

/* Parts that are usually absent. */
static void vary_parts(uint64_t *seed)
{
	static const uint8_t RARE[] = { VIGIL_PART_ROOT, VIGIL_PART_SHA256, VIGIL_PART_FILE_VERSION,
					VIGIL_PART_SIGNATURE };

	for (size_t i = 0; i < sizeof(RARE); i++)
		if (one_of(seed, 4))
			m.parts.value[RARE[i]] = (struct vigil_string){ "", 0, 0 };
	m.header->flags = (uint16_t)(1u << one_of(seed, 8));
	m.parts.flags[VIGIL_PART_ARGS] = one_of(seed, 3) ? 0 : VIGIL_PART_FLAG_UNREADABLE;
	m.parts.source[VIGIL_PART_IMAGE] = (uint8_t)one_of(seed, 4);
}

/* Processes, users and namespaces that are repeated in changing combinations. */
static void make_again(uint64_t *seed)
{
	uint32_t parent = one_of(seed, 5), actor = one_of(seed, 5);
	struct vigil_string name = { NAMES[parent], (uint32_t)strlen(NAMES[parent]), 0 };

	make_full(&m, 1 + one_of(seed, VIGIL_TYPE_MAX - 1), "x", 1);
	name.original = name.length;
	m.parent.image = m.parent.name = m.parent.command = name;
	m.parent.revision = 1 + parent;
	m.actor.image = m.actor.name = (struct vigil_string){ NAMES[actor], 1, 1 };
	m.actor.image.length = m.actor.name.length = NAMES[actor][0] != '\0';
	m.actor.revision = 6 + actor;
	vary_subject(seed);
	vary_parts(seed);
	m.event.machine = one_of(seed, 2);
	if (one_of(seed, 4) == 0)
		forget_some(seed);
	if (one_of(seed, 2) == 0)
		m.parts.value[VIGIL_PART_ACTOR_IMAGE].length = 0;
	m.header->actor.tid = 4711 + one_of(seed, 2);
	m.header->actor.pid = one_of(seed, 2) ? 4711 : 7;
	m.header->actor.start_key = 1 + one_of(seed, 2);
}

/* What a printer caches from earlier events never appears in a later one. */
static void memory_does_not_show(void **state)
{
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = VIGIL_FORMAT_JSON };
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct vigil_printer *fresh = vigil_printer_new(&options);
		const char *line, *again;
		size_t length;

		assert_non_null(fresh);
		make_again(&seed);
		line = vigil_print(fresh, &m.event, &length);
		again = print();
		assert_int_equal(length, strlen(again));
		assert_memory_equal(line, again, length);
		vigil_printer_free(fresh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exec),
		cmocka_unit_test(what_is_implied),
		cmocka_unit_test(chosen_fields),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(ill_formed_bytes_are_kept),
		cmocka_unit_test(what_was_cut_is_reported),
		cmocka_unit_test(a_huge_argument),
		cmocka_unit_test(every_type_with_nothing_known),
		cmocka_unit_test(times_and_numbers),
		cmocka_unit_test(memory_does_not_show),
		cmocka_unit_test(another_parser_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, free_printer);
}
