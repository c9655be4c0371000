/* SPDX-License-Identifier: MIT */
#include "make_event.h"

static const struct vigil_string EMPTY = { "", 0, 0 };

static const size_t BODY_SIZES[VIGIL_TYPE_MAX] = {
	[VIGIL_EVENT_PROCESS_CREATE] = sizeof(struct vigil_process_body),
	[VIGIL_EVENT_PROCESS_EXEC] = sizeof(struct vigil_process_body),
	[VIGIL_EVENT_PROCESS_EXIT] = sizeof(struct vigil_exit_body),
	[VIGIL_EVENT_THREAD_CREATE] = sizeof(struct vigil_thread_body),
	[VIGIL_EVENT_THREAD_EXIT] = sizeof(struct vigil_thread_end_body),
	[VIGIL_EVENT_IMAGE_LOAD] = sizeof(struct vigil_image_body),
	[VIGIL_EVENT_DRIVER_LOAD] = sizeof(struct vigil_image_body),
	[VIGIL_EVENT_REMOTE_THREAD] = sizeof(struct vigil_thread_body),
	[VIGIL_EVENT_PROCESS_ACCESS] = sizeof(struct vigil_access_body),
	[VIGIL_EVENT_PROCESS_DENIED] = sizeof(struct vigil_denied_body),
	[VIGIL_EVENT_LOST] = sizeof(struct vigil_lost_by_body),
	[VIGIL_EVENT_PROCESS_SNAPSHOT] = sizeof(struct vigil_process_body),
	[VIGIL_EVENT_THREAD_SNAPSHOT] = sizeof(struct vigil_thread_body),
	[VIGIL_EVENT_SNAPSHOT_END] = sizeof(struct vigil_snapshot_body),
	[VIGIL_EVENT_STATUS] = sizeof(struct vigil_status_body),
	[VIGIL_EVENT_CREDENTIALS] = sizeof(struct vigil_credentials_body),
	[VIGIL_EVENT_EXEC_FAILED] = sizeof(struct vigil_exec_failed_body),
	[VIGIL_EVENT_ALERT] = sizeof(struct vigil_alert_body),
};

static void unknown_process(struct vigil_process_body *p)
{
	p->uid = p->gid = p->euid = p->egid = p->login_uid = VIGIL_UNKNOWN;
	p->session = p->integrity = p->ns_pid = VIGIL_UNKNOWN;
}

void make_event(struct maker *m, uint32_t type)
{
	size_t size = type < VIGIL_TYPE_MAX ? BODY_SIZES[type] : 0;

	memset(&m->event, 0, sizeof(m->event));
	memset(m->record.bytes, 0, sizeof(struct vigil_header) + size);
	m->header = (struct vigil_header *)m->record.bytes;
	m->body = m->record.bytes + sizeof(struct vigil_header);
	m->header->type = (uint16_t)type;
	m->header->version = VIGIL_RECORD_VERSION;
	m->header->fixed = (uint16_t)(sizeof(struct vigil_header) + size);
	m->header->size = m->header->fixed;
	m->header->seq = 42;
	m->header->time = 1763669662123456789u; /* 2025-11-20T20:14:22.123456789Z */
	m->header->mono = 987654321;
	m->header->actor = (struct vigil_id){ 4711, 4712, 111 };
	if (type == VIGIL_EVENT_PROCESS_CREATE || type == VIGIL_EVENT_PROCESS_EXEC ||
	    type == VIGIL_EVENT_PROCESS_SNAPSHOT)
		unknown_process(m->start);
	if (type == VIGIL_EVENT_PROCESS_DENIED)
		unknown_process(&m->denied->process);
	m->event.record = m->header;
	m->event.body = m->body;
	m->event.host = EMPTY;
	event_use_parts(&m->event, &m->parts);
}

void make_part(struct maker *m, enum vigil_part_id kind, const void *data, size_t length,
	       size_t original)
{
	unsigned char *at = m->record.bytes + m->header->size;
	struct vigil_part part = { .kind = (uint16_t)kind,
				   .source = VIGIL_PART_ORIGIN_KERNEL,
				   .flags = original > length ? VIGIL_PART_FLAG_CUT : 0,
				   .length = (uint32_t)length,
				   .original = (uint32_t)original };
	size_t size = (sizeof(part) + length + 8) / 8 * 8;

	assert_true(m->header->size + size <= sizeof(m->record.bytes));
	memset(at, 0, size);
	memcpy(at, &part, sizeof(part));
	memcpy(at + sizeof(part), data, length);
	m->header->size += (uint32_t)size;
	m->parts.value[kind] =
	    (struct vigil_string){ (char *)at + sizeof(part), part.length, part.original };
	m->parts.source[kind] = part.source;
	m->parts.flags[kind] = part.flags;
}

void make_proc(struct vigil_process_info *proc, uint32_t pid, uint64_t start_key)
{
	memset(proc, 0, sizeof(*proc));
	proc->id = (struct vigil_id){ .pid = pid, .start_key = start_key };
	proc->session = proc->uid = proc->gid = proc->euid = proc->egid = VIGIL_UNKNOWN;
	proc->login_uid = proc->integrity = proc->ns_pid = VIGIL_UNKNOWN;
	proc->image = proc->name = proc->args = proc->command = proc->directory = EMPTY;
	proc->filename = proc->cgroup_path = proc->cgroup_others = EMPTY;
	proc->container = proc->container_info = proc->machine = proc->user = EMPTY;
}

static void know(struct vigil_process_info *proc, uint32_t pid, struct vigil_string s)
{
	make_proc(proc, pid, 1000 + pid);
	proc->parent = (struct vigil_id){ .pid = pid - 1, .start_key = 999 + pid };
	proc->start = 1763669661000000000u;
	proc->end = 1763669663000000000u;
	proc->session = 4000;
	proc->session_leader = (struct vigil_id){ 4000, 0, 5000 };
	proc->group_leader = (struct vigil_id){ 4700, 0, 5700 };
	proc->entry_leader = (struct vigil_id){ 900, 0, 901 };
	proc->entry_type = VIGIL_ENTRY_SSHD;
	proc->attributes = ~0u;
	proc->uid = proc->gid = proc->euid = proc->egid = proc->login_uid = 0;
	proc->ns_pid = 7;
	proc->tty = 136u << 20 | 3;
	proc->cgroup = 0x123456789abcdef0u;
	proc->image = proc->name = proc->command = proc->directory = s;
	proc->filename = proc->cgroup_path = proc->container = proc->machine = s;
}

/* Each key with this value; two labels. */
static struct vigil_string make_container_info(struct vigil_string s)
{
	static const char *const KEYS[] = { "name", "image",     "runtime",
					    "pod",  "namespace", "pod_uid" };
	static char list[6 * (4096 + 16) + 32];
	size_t length = 0;

	if (s.length > 4096 || memchr(s.data, '\0', s.length))
		return EMPTY;
	for (size_t i = 0; i < 6; i++)
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s=%.*s", KEYS[i],
					   (int)s.length, s.data) +
			  1;
	list[length++] = '\0';
	memcpy(list + length, "a=1\0b=\0", 7);
	length += 7;
	return (struct vigil_string){ list, (uint32_t)length, (uint32_t)length };
}

static void link_known(struct maker *m, struct vigil_string s, struct vigil_string args)
{
	know(&m->process, 4713, s);
	know(&m->parent, 4712, s);
	know(&m->actor, 4711, s);
	know(&m->target, 5000, s);
	m->process.cgroup_others = args;
	m->process.container_info = make_container_info(s);
	m->process.args = m->parent.args = m->actor.args = m->target.args = args;
	m->event.process = &m->process;
	m->event.parent = &m->parent;
	m->event.actor = &m->actor;
	m->event.target = &m->target;
	m->event.machine = 0xfeedbeefcafef00du;
	m->event.host = s;
	m->event.ancestors = m->event.ancestor_names = args;
}

void make_known(struct maker *m)
{
	link_known(m, TEXT("/usr/bin/make"), TEXT("make\0-j2\0"));
	m->process.name = m->parent.name = m->actor.name = m->target.name = TEXT("make");
	m->process.attributes = m->parent.attributes = 0;
	m->process.command = m->parent.command = TEXT("make -j2");
	m->process.directory = TEXT("/home/ada/dash");
	m->event.host = TEXT("box");
}

/* Sets each number that is not an enumeration. */
static void fill_body(struct maker *m, uint32_t type)
{
	size_t size = BODY_SIZES[type];
	unsigned char *bytes = m->body;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i % 7 + 1);
	if (type == VIGIL_EVENT_PROCESS_CREATE || type == VIGIL_EVENT_PROCESS_EXEC ||
	    type == VIGIL_EVENT_PROCESS_SNAPSHOT)
		m->start->uid = m->start->euid = m->start->gid = m->start->egid =
		    m->start->login_uid = 0,
		m->start->attributes = ~0u;
	if (type == VIGIL_EVENT_PROCESS_EXIT)
		m->exit->signal = 11, m->exit->attributes = ~0u;
	if (type == VIGIL_EVENT_THREAD_CREATE || type == VIGIL_EVENT_THREAD_EXIT ||
	    type == VIGIL_EVENT_REMOTE_THREAD || type == VIGIL_EVENT_THREAD_SNAPSHOT)
		m->thread->origin = VIGIL_ORIGIN_REMOTE, m->thread->reason = VIGIL_REASON_WMI,
		m->thread->attributes = 0xffff;
	if (type == VIGIL_EVENT_IMAGE_LOAD || type == VIGIL_EVENT_DRIVER_LOAD)
		m->image->attributes = ~0u;
	if (type == VIGIL_EVENT_PROCESS_ACCESS)
		m->access->method = VIGIL_METHOD_POKE, m->access->result = -1,
		m->access->attributes = ~0u;
	if (type == VIGIL_EVENT_PROCESS_DENIED)
		m->denied->verdict = VIGIL_VERDICT_DENY, m->denied->process.uid = 0,
		m->denied->process.euid = 0;
	if (type == VIGIL_EVENT_EXEC_FAILED)
		m->exec_failed->error = 2;
	if (type == VIGIL_EVENT_ALERT)
		m->alert->level = VIGIL_LEVEL_HIGH, m->alert->about = VIGIL_EVENT_PROCESS_EXEC;
	if (type == VIGIL_EVENT_CREDENTIALS) { /* both have names on every Linux */
		memset(&m->credentials->before, 0, offsetof(struct vigil_cred, effective));
		m->credentials->after.uid = m->credentials->after.euid = 1;
		m->credentials->after.gid = m->credentials->after.egid = 1;
	}
	if (type == VIGIL_EVENT_LOST)
		m->lost->type = VIGIL_EVENT_IMAGE_LOAD, m->lost->reason = VIGIL_LOSS_QUEUE_FULL;
	if (type == VIGIL_EVENT_STATUS)
		m->status->state = VIGIL_STATUS_STARTED, m->status->types = VIGIL_TYPE_ALL;
}

/* Every key, with this value. */
static void make_pairs(struct maker *m, enum vigil_part_id kind, const char *value)
{
	static const char *const VERSION[] = { "CompanyName", "FileDescription", "FileVersion",
					       "OriginalFilename", "ProductName" };
	static const char *const RULE[] = { "title", "description", "author", "license", "status" };
	static char list[5 * (4096 + 32)];
	size_t length = 0;

	for (size_t i = 0; i < 5; i++)
		length +=
		    (size_t)snprintf(list + length, sizeof(list) - length, "%s=%s",
				     kind == VIGIL_PART_RULE_INFO ? RULE[i] : VERSION[i], value) +
		    1;
	make_part(m, kind, list, length, length);
}

static void make_tags(struct maker *m)
{
	static const char TAGS[] = "attack.execution\0attack.t1059.004\0attack.g0016\0"
				   "attack.s0154\0cve.2021-44228";

	make_part(m, VIGIL_PART_TAGS, TAGS, sizeof(TAGS), sizeof(TAGS));
}

void make_full(struct maker *m, uint32_t type, const char *s, size_t length)
{
	static char list[VIGIL_RECORD_MAX];
	struct vigil_string one = { s, (uint32_t)length, (uint32_t)length }, two;
	size_t bytes = 0;

	assert_true(2 * (length + 1) <= sizeof(list));
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < length; k++)
			list[bytes++] = s[k] != '\0' ? s[k] : ' ';
		list[bytes++] = '\0';
	}
	two = (struct vigil_string){ list, (uint32_t)bytes, (uint32_t)bytes };
	make_event(m, type);
	fill_body(m, type);
	link_known(m, one, two);
	m->header->flags = VIGIL_RECORD_LATE | VIGIL_RECORD_INCOMPLETE;
	m->event.module = one;
	m->event.module_offset = 0x1234;
	m->event.unbacked = true;
	for (int kind = 1; kind < VIGIL_PART_MAX; kind++)
		if (kind == VIGIL_PART_ARGS || (kind == VIGIL_PART_SIGNATURE && length <= 4096))
			make_part(m, (enum vigil_part_id)kind, list, bytes, bytes);
		else if (kind == VIGIL_PART_TAGS)
			make_tags(m);
		else if ((kind == VIGIL_PART_FILE_VERSION || kind == VIGIL_PART_RULE_INFO) &&
			 length <= 4096)
			make_pairs(m, (enum vigil_part_id)kind, list);
		else if (length <= 4096)
			make_part(m, (enum vigil_part_id)kind, s, length, length);
}

uint64_t make_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

size_t make_hostile(char *out, size_t max, uint64_t *seed)
{
	static const char *const PIECES[] = {
		"\"",
		"\\",
		"\n",
		"\x1b[2J",
		"'",
		"<",
		"&",
		"]]>",
		"\xff",
		"\xc3",
		"\xc0\x80",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xe2\x82",
		"\xc3\xa9",
		"\xe2\x80\xae",
		"\xf0\x9f\x92\xa9",
		"\xef\xbf\xbe",
		"\xc2\x9b",
		"\x01",
		"\x7f",
		" ",
		"$(id)",
		"`",
		"a",
		"bcdefgh",
		"%s%n",
		"{",
		"\t",
	};
	size_t length = 0, wanted = make_random(seed) % max;

	while (length < wanted) {
		const char *piece =
		    PIECES[make_random(seed) % (sizeof(PIECES) / sizeof(PIECES[0]))];
		size_t bytes = strlen(piece);

		if (length + bytes > max)
			break;
		memcpy(out + length, piece, bytes);
		length += bytes;
	}
	return length;
}

void assert_words(const char *text, const char *const *words, size_t count)
{
	const char *at = text;

	for (size_t i = 0; i < count; i++) {
		const char *found = strstr(at, words[i]);

		if (!found)
			fail_msg("no \"%s\" (in its place) in\n%s", words[i], text);
		at = found + strlen(words[i]);
	}
}
