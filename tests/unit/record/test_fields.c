/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "record/names.h"

static struct maker m;

/* The value of a field as text; NULL: the event does not have it. */
static const char *value_of(const char *name)
{
	static char text[256];
	const struct vigil_field *field = vigil_field_find(name);
	struct vigil_value value;

	assert_non_null(field);
	if (!field->get(&m.event, &value))
		return NULL;
	if (field->kind == VIGIL_VALUE_SIGNED)
		snprintf(text, sizeof(text), "%lld", (long long)value.i);
	else if (field->kind == VIGIL_VALUE_STRING || field->kind == VIGIL_VALUE_LIST ||
		 field->kind == VIGIL_VALUE_BINARY)
		snprintf(text, sizeof(text), "%.*s", (int)value.s.length, value.s.data);
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value.u);
	return text;
}

#define HAS(name, text) \
	do { \
		assert_non_null(value_of(name)); \
		assert_string_equal(value_of(name), text); \
	} while (0)
#define LACKS(name) assert_null(value_of(name))

static void names_are_unique_and_described(void **state)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	(void)state;
	assert_true(count > 100);
	for (size_t i = 0; i < count; i++) {
		const char *words = fields[i].description;
		size_t length = strlen(words), depth = 0;

		assert_ptr_equal(vigil_field_find(fields[i].name), &fields[i]);
		assert_true(length > 10 && words[length - 1] == '.');
		assert_null(strpbrk(words, "\"\\|\n"));
		assert_null(strpbrk(fields[i].name, "\"\\|\n "));
		assert_true(fields[i].types != 0 && (fields[i].types & ~VIGIL_TYPE_ALL) == 0);
		assert_non_null(fields[i].get);
		/* The JSON writer stores lengths in a byte and supports few levels. */
		assert_true(strlen(fields[i].name) < 60);
		for (const char *dot = fields[i].name; (dot = strchr(dot, '.')) != NULL; dot++)
			depth++;
		assert_true(depth < 8);
	}
	assert_null(vigil_field_find(""));
	assert_null(vigil_field_find("process"));
}

/* JSON opens an object only once: fields with a common prefix must be adjacent, and no value may
 * also be an object. */
static void beginnings_stand_together(void **state)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (const char *dot = strchr(fields[i].name, '.'); dot;
		     dot = strchr(dot + 1, '.')) {
			size_t length = (size_t)(dot - fields[i].name) + 1;
			size_t last = i;

			for (size_t k = i + 1; k < count; k++) {
				if (strncmp(fields[k].name, fields[i].name, length) != 0)
					continue;
				assert_int_equal(k, last + 1);
				last = k;
			}
		}
		for (size_t k = 0; k < count; k++) {
			size_t length = strlen(fields[i].name);

			assert_false(strncmp(fields[k].name, fields[i].name, length) == 0 &&
				     fields[k].name[length] == '.');
		}
	}
}

/* No getter may read what is missing: no process, no part, no body. */
static void an_empty_event_has_no_values(void **state)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);
	struct vigil_value value;

	(void)state;
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX + 2; type++) {
		for (int empty = 0; empty < 3; empty++) {
			make_event(&m, type);
			if (empty > 0)
				memset(m.parts.value, 0, sizeof(m.parts.value));
			if (empty > 1)
				m.event.body = NULL;
			for (size_t i = 0; i < count; i++)
				(void)fields[i].get(&m.event, &value);
		}
	}
}

/* An event of each type has every field that the table lists for the type. */
static void a_full_event_has_its_fields(void **state)
{
	/* Fields that exclude another one, or exist on only one system. */
	static const char *const EXCEPTIONS[] = {
		"vigil.cut",
		"vigil.raw",
		"process.exit_code",
		"vigil.thread.exit_code",
		"vigil.access.result",  /* or vigil.access.asked */
		"vigil.exit.user_time", /* or vigil.exit.cpu_unknown */
		"vigil.exit.system_time",
		"vigil.unreadable",
		"vigil.too_late",
		"vigil.cut_head",
		"process.args",
		"process.args_count",
		"vigil.process.args_lengths",
		"vigil.process.session",
		"vigil.process.integrity",
		"vigil.process.filename",
		"user.domain",
		/* its status is not "valid" */
		"process.code_signature.valid",
		"dll.code_signature.valid",
		"file.code_signature.valid",
	};
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);
	struct vigil_value value;

	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_full(&m, type, "text", 4);
		for (size_t i = 0; i < count; i++) {
			bool promised = (fields[i].types & VIGIL_TYPE_BIT(type)) != 0;
			bool has = fields[i].get(&m.event, &value), excused = false;

			for (size_t k = 0; k < sizeof(EXCEPTIONS) / sizeof(EXCEPTIONS[0]); k++)
				excused |= strcmp(EXCEPTIONS[k], fields[i].name) == 0;
			if (promised && !has && !excused &&
			    strncmp(fields[i].name, "vigil.actor.", 12) != 0)
				fail_msg("%s of %s is missing", fields[i].name,
					 vigil_type_name(type));
		}
	}
}

static void exec(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.args = TEXT("sh\0-c\0\0echo hi\0");
	m.start->process = (struct vigil_id){ 4713, 4713, 5713 };
	m.start->parent = (struct vigil_id){ 1, 0, 1 };
	m.start->uid = m.start->euid = 0;
	m.start->attributes = VIGIL_PROCESS_DELETED | VIGIL_PROCESS_SCRIPT;
	m.start->inode = UINT64_MAX;
	m.start->device = 8u << 20 | 1;
	HAS("event.action", "exec");
	HAS("event.kind", "event");
	HAS("process.pid", "4713");
	HAS("process.entity_id", "cafef00d-0000-1269-0000-000000001651");
	HAS("process.args_count", "4");
	HAS("process.parent.pid", "4712");
	HAS("process.parent.entity_id", "cafef00d-0000-1268-0000-000000001650");
	HAS("vigil.process.parent_now", "1");
	HAS("user.name", "root");
	HAS("user.id", "0");
	HAS("process.tty.char_device.major", "136");
	HAS("process.tty.char_device.minor", "3");
	HAS("process.session_leader.pid", "4000");
	HAS("vigil.process.inode", "18446744073709551615");
	HAS("vigil.process.device", "8:1");
	HAS("vigil.process.deleted", "1");
	HAS("vigil.process.script", "1");
	HAS("vigil.process.capabilities", "0");
	LACKS("vigil.process.memory_only");
	LACKS("vigil.process.integrity");
	LACKS("vigil.namespace.pid");
	LACKS("process.exit_code");
	LACKS("event.outcome");
	LACKS("dll.path");
}

static void without_a_table(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_part(&m, VIGIL_PART_IMAGE, "/bin/true", 9, 9);
	make_part(&m, VIGIL_PART_ARGS, "true\0-v\0", 8, 8);
	m.start->process = (struct vigil_id){ 10, 10, 0 };
	m.start->parent = (struct vigil_id){ 9, 0, 0 };
	HAS("process.pid", "10");
	HAS("process.executable", "/bin/true");
	HAS("process.name", "true");
	HAS("process.args_count", "2");
	HAS("process.parent.pid", "9");
	LACKS("process.entity_id");
	LACKS("process.parent.entity_id");
	LACKS("process.start");
	LACKS("user.id");
	LACKS("process.vpid");
	LACKS("process.session_leader.pid");
}

static void exits(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXIT);
	m.exit->process.pid = 7;
	m.exit->code = 3;
	m.exit->lifetime = 2500000000u;
	HAS("process.exit_code", "3");
	HAS("process.uptime", "2");
	LACKS("vigil.exit.signal");
	m.exit->code = 0;
	HAS("process.exit_code", "0");
	m.exit->signal = 9;
	LACKS("process.exit_code");
	HAS("vigil.exit.signal", "9");
	HAS("vigil.exit.signal_name", "SIGKILL");
	m.exit->signal = 32;
	HAS("vigil.exit.signal_name", "SIGRTMIN-2");
	m.exit->signal = 64;
	HAS("vigil.exit.signal_name", "SIGRTMIN+30");
	m.exit->signal = 65;
	LACKS("vigil.exit.signal_name");
	LACKS("vigil.exit.core");
	LACKS("vigil.exit.max_memory");
	HAS("vigil.exit.user_time", "0");
	HAS("vigil.exit.system_time", "0");
	m.exit->attributes = VIGIL_EXIT_CPU_UNKNOWN;
	LACKS("vigil.exit.user_time");
	LACKS("vigil.exit.system_time");
	HAS("vigil.exit.cpu_unknown", "1");
}

static void thread_ends(void **state)
{
	struct vigil_thread_end_body *end;

	(void)state;
	make_event(&m, VIGIL_EVENT_THREAD_EXIT);
	end = (void *)m.body;
	LACKS("vigil.thread.lifetime");
	LACKS("vigil.thread.creator.pid");
	LACKS("vigil.thread.creator.entity_id");
	LACKS("vigil.thread.creator.thread.id");
	end->lifetime = 2500000000u;
	end->creator = (struct vigil_id){ 6, 11, 60 };
	HAS("vigil.thread.lifetime", "2500000000");
	HAS("vigil.thread.creator.pid", "6");
	HAS("vigil.thread.creator.thread.id", "11");
	m.header->fixed = sizeof(*m.header) + sizeof(struct vigil_thread_body); /* for Linux */
	LACKS("vigil.thread.lifetime");
	LACKS("vigil.thread.creator.pid");
}

static void remote_threads_and_access(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_REMOTE_THREAD);
	m.thread->thread = (struct vigil_id){ 600, 601, 77 };
	m.thread->start_address = 0x1000;
	HAS("process.pid", "4711");
	HAS("process.thread.id", "4712");
	HAS("Target.process.pid", "600");
	HAS("Target.process.thread.id", "601");
	HAS("event.type", "change");
	LACKS("vigil.thread.start_module");
	LACKS("vigil.thread.unbacked");
	m.event.unbacked = true;
	HAS("vigil.thread.unbacked", "1");
	m.event.module = TEXT("/lib/libc.so.6");
	m.event.module_offset = 0x10;
	HAS("vigil.thread.start_module", "/lib/libc.so.6");
	HAS("vigil.thread.start_offset", "16");
	make_event(&m, VIGIL_EVENT_PROCESS_ACCESS);
	m.access->target = (struct vigil_id){ 600, 0, 77 };
	m.access->result = -1;
	HAS("event.outcome", "failure");
	HAS("vigil.access.result", "-1");
	m.access->method = VIGIL_METHOD_REGISTERS;
	m.access->count = 10;
	HAS("vigil.access.method", "ptrace-registers");
	HAS("vigil.access.count", "10");
	LACKS("vigil.access.asked");
	m.access->attributes = VIGIL_ACCESS_ASKED;
	HAS("vigil.access.asked", "1");
	HAS("event.outcome", "unknown");
	LACKS("vigil.access.result");
	LACKS("Target.process.thread.id");
}

static void denials(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_DENIED);
	make_part(&m, VIGIL_PART_IMAGE, "/tmp/x", 6, 6);
	m.denied->verdict = VIGIL_VERDICT_AUDIT;
	HAS("event.action", "audited");
	HAS("event.type", "allowed");
	HAS("event.outcome", "success");
	HAS("file.path", "/tmp/x");
	HAS("file.name", "x");
	HAS("process.pid", "4711");
	LACKS("process.executable");
	m.denied->verdict = VIGIL_VERDICT_DENY;
	HAS("event.outcome", "failure");
	HAS("event.kind", "alert");
}

static void windows(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	make_known(&m);
	m.header->encoding = VIGIL_UTF16LE;
	m.process.image = TEXT("C:\\Windows\\notepad.exe");
	m.process.name = TEXT("");
	m.process.user = TEXT("S-1-5-18");
	m.start->integrity = 0x4000;
	m.start->session = 0;
	HAS("event.action", "start");
	HAS("host.os.type", "windows");
	HAS("process.name", "notepad.exe");
	HAS("user.id", "S-1-5-18");
	HAS("vigil.process.session", "0");
	HAS("vigil.process.integrity", "16384");
	LACKS("process.session_leader.pid");
	LACKS("user.name");
	LACKS("vigil.process.capabilities");
}

/* The longest list of names must fit into the buffer of a value. */
static void lists_fit(void **state)
{
	struct vigil_value value;
	size_t words = 0;

	(void)state;
	make_event(&m, VIGIL_EVENT_STATUS);
	m.status->types = VIGIL_TYPE_ALL;
	memset(m.parts.flags, 0xff, sizeof(m.parts.flags));
	assert_true(vigil_field_find("vigil.status.types")->get(&m.event, &value));
	for (size_t i = 0; i < value.s.length; i++)
		words += value.s.data[i] == '\0';
	assert_int_equal(words, VIGIL_TYPE_MAX - 1);
	assert_true(vigil_field_find("vigil.unreadable")->get(&m.event, &value));
	words = 0;
	for (size_t i = 0; i < value.s.length; i++)
		words += value.s.data[i] == '\0';
	assert_int_equal(words, VIGIL_PART_MAX - 1);
}

/* What is known of the event's file; a key must match as a whole. */
static void files(void **state)
{
	static const char VERSION[] = "XCompanyName=no\0CompanyName=A=B\0FileVersion=\0ProductName";

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	LACKS("process.pe.company");
	LACKS("process.code_signature.status");
	make_part(&m, VIGIL_PART_FILE_VERSION, VERSION, sizeof(VERSION), sizeof(VERSION));
	make_part(&m, VIGIL_PART_SIGNATURE, "valid\0Me", 9, 9);
	HAS("process.pe.company", "A=B");
	LACKS("process.pe.file_version");
	LACKS("process.pe.product");
	HAS("process.code_signature.status", "valid");
	HAS("process.code_signature.subject_name", "Me");
	HAS("process.code_signature.valid", "1");
	HAS("process.code_signature.exists", "1");
	make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
	make_part(&m, VIGIL_PART_SIGNATURE, "unsigned\0", 10, 10);
	HAS("dll.code_signature.status", "unsigned");
	LACKS("dll.code_signature.subject_name");
	LACKS("dll.code_signature.valid");
	LACKS("dll.code_signature.exists");
	make_event(&m, VIGIL_EVENT_PROCESS_EXIT);
	LACKS("process.code_signature.status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_and_described),
		cmocka_unit_test(beginnings_stand_together),
		cmocka_unit_test(an_empty_event_has_no_values),
		cmocka_unit_test(a_full_event_has_its_fields),
		cmocka_unit_test(exec),
		cmocka_unit_test(without_a_table),
		cmocka_unit_test(exits),
		cmocka_unit_test(thread_ends),
		cmocka_unit_test(remote_threads_and_access),
		cmocka_unit_test(denials),
		cmocka_unit_test(windows),
		cmocka_unit_test(lists_fit),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
