/* SPDX-License-Identifier: MIT */
#include "record/names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "record/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const TYPES[VIGIL_TYPE_MAX] = {
#define NAME(argument, type, body, longest, name, ...) [SCHEMA_TYPE(type)] = (name),
	SCHEMA_TYPES(NAME, )
#undef NAME
};

/* Words of vigil_types_parse that are not the name of one type. */
static const struct {
	const char *name;
	uint32_t types;
} GROUPS[] = {
	{ "fork", VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) },
	{ "process", VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
			 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
			 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) },
	{ "thread",
	  VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) },
	{ "all", VIGIL_TYPE_ALL },
};

static const char *const LOSSES[VIGIL_LOSS_MAX] = {
	[VIGIL_LOSS_QUEUE_FULL] = "queue-full",   [VIGIL_LOSS_OVERWRITTEN] = "overwritten",
	[VIGIL_LOSS_MISSED] = "missed",           [VIGIL_LOSS_NO_MEMORY] = "no-memory",
	[VIGIL_LOSS_READ_FAILED] = "read-failed", [VIGIL_LOSS_NOT_WRITTEN] = "not-written",
	[VIGIL_LOSS_WITHHELD] = "withheld",
};

static const char *const SOURCES[] = {
	[VIGIL_PART_ORIGIN_KERNEL] = "kernel", [VIGIL_PART_ORIGIN_NOTIFY] = "notify",
	[VIGIL_PART_ORIGIN_FILE] = "file",     [VIGIL_PART_ORIGIN_FILTER] = "filter",
	[VIGIL_PART_ORIGIN_CACHE] = "cache",   [VIGIL_PART_ORIGIN_QUERY] = "query",
	[VIGIL_PART_ORIGIN_PERF] = "perf",
};

static const char *const METHODS[] = {
	[VIGIL_METHOD_ATTACH] = "ptrace-attach",   [VIGIL_METHOD_SEIZE] = "ptrace-seize",
	[VIGIL_METHOD_WRITE] = "process-write",    [VIGIL_METHOD_MEM] = "mem-write",
	[VIGIL_METHOD_POKE] = "ptrace-poke",       [VIGIL_METHOD_REGISTERS] = "ptrace-registers",
	[VIGIL_METHOD_TRACEME] = "ptrace-traceme",
};

static const char *const ORIGINS[] = {
	[VIGIL_ORIGIN_FIRST] = "first",
	[VIGIL_ORIGIN_LOCAL] = "local",
	[VIGIL_ORIGIN_REMOTE] = "remote",
	[VIGIL_ORIGIN_SYSTEM] = "system",
};

static const char *const REASONS[] = {
	[VIGIL_REASON_DEBUGGER] = "debugger",
	[VIGIL_REASON_CSRSS] = "csrss",
	[VIGIL_REASON_SERVICES] = "services",
	[VIGIL_REASON_WMI] = "wmi",
};

static const char *const VERDICTS[] = {
	[VIGIL_VERDICT_AUDIT] = "audit",
	[VIGIL_VERDICT_DENY] = "deny",
};

static const char *const STATES[] = {
	[VIGIL_STATUS_STARTED] = "started",
	[VIGIL_STATUS_STOPPED] = "stopped",
	[VIGIL_STATUS_CHANGED] = "changed",
	[VIGIL_STATUS_WARNING] = "warning",
};

/* Linux uses the same numbers on all architectures that the sensor supports. Real-time signals are
 * counted from the GNU C library's SIGRTMIN, which reserves the kernel's first two. */
static const char *const SIGNALS[] = {
	NULL,          "SIGHUP",      "SIGINT",      "SIGQUIT",     "SIGILL",      "SIGTRAP",
	"SIGABRT",     "SIGBUS",      "SIGFPE",      "SIGKILL",     "SIGUSR1",     "SIGSEGV",
	"SIGUSR2",     "SIGPIPE",     "SIGALRM",     "SIGTERM",     "SIGSTKFLT",   "SIGCHLD",
	"SIGCONT",     "SIGSTOP",     "SIGTSTP",     "SIGTTIN",     "SIGTTOU",     "SIGURG",
	"SIGXCPU",     "SIGXFSZ",     "SIGVTALRM",   "SIGPROF",     "SIGWINCH",    "SIGIO",
	"SIGPWR",      "SIGSYS",      "SIGRTMIN-2",  "SIGRTMIN-1",  "SIGRTMIN",    "SIGRTMIN+1",
	"SIGRTMIN+2",  "SIGRTMIN+3",  "SIGRTMIN+4",  "SIGRTMIN+5",  "SIGRTMIN+6",  "SIGRTMIN+7",
	"SIGRTMIN+8",  "SIGRTMIN+9",  "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13",
	"SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+16", "SIGRTMIN+17", "SIGRTMIN+18", "SIGRTMIN+19",
	"SIGRTMIN+20", "SIGRTMIN+21", "SIGRTMIN+22", "SIGRTMIN+23", "SIGRTMIN+24", "SIGRTMIN+25",
	"SIGRTMIN+26", "SIGRTMIN+27", "SIGRTMIN+28", "SIGRTMIN+29", "SIGRTMIN+30",
};

/* The errors of exec in execve(2); Linux uses the same numbers on all architectures. */
static const char *const ERRORS[] = {
	[1] = "EPERM",    [2] = "ENOENT",   [4] = "EINTR",   [5] = "EIO",           [7] = "E2BIG",
	[8] = "ENOEXEC",  [9] = "EBADF",    [11] = "EAGAIN", [12] = "ENOMEM",       [13] = "EACCES",
	[14] = "EFAULT",  [20] = "ENOTDIR", [21] = "EISDIR", [22] = "EINVAL",       [23] = "ENFILE",
	[24] = "EMFILE",  [26] = "ETXTBSY", [28] = "ENOSPC", [36] = "ENAMETOOLONG", [40] = "ELOOP",
	[80] = "ELIBBAD", [116] = "ESTALE",
};

static const char *const LEVELS_OF_RULES[VIGIL_LEVEL_MAX] = {
	[VIGIL_LEVEL_INFORMATIONAL] = "informational",
	[VIGIL_LEVEL_LOW] = "low",
	[VIGIL_LEVEL_MEDIUM] = "medium",
	[VIGIL_LEVEL_HIGH] = "high",
	[VIGIL_LEVEL_CRITICAL] = "critical",
};

#define NAME_FUNCTION(function, table) \
	const char *function(uint32_t value) \
	{ \
		return value < COUNT(table) ? (table)[value] : NULL; \
	}

/* Letters of a mapping's protection; the highest bits have none. */
const char *vigil_protection_name(uint32_t protection)
{
	static const char *const RIGHTS[] = { NULL, "r", "w", "rw", "x", "rx", "wx", "rwx" };

	return RIGHTS[protection & 7];
}

static const char *const ENTRIES[] = {
	[VIGIL_ENTRY_INIT] = "init",         [VIGIL_ENTRY_SSHD] = "sshd",
	[VIGIL_ENTRY_SSM] = "ssm",           [VIGIL_ENTRY_CONTAINER] = "container",
	[VIGIL_ENTRY_TERMINAL] = "terminal", [VIGIL_ENTRY_CONSOLE] = "console",
	[VIGIL_ENTRY_KTHREAD] = "kthread",
};

NAME_FUNCTION(vigil_entry_name, ENTRIES)
NAME_FUNCTION(vigil_type_name, TYPES)
NAME_FUNCTION(vigil_loss_name, LOSSES)
NAME_FUNCTION(vigil_source_name, SOURCES)
NAME_FUNCTION(vigil_method_name, METHODS)
NAME_FUNCTION(vigil_exec_error_name, ERRORS)
NAME_FUNCTION(vigil_origin_name, ORIGINS)
NAME_FUNCTION(vigil_reason_name, REASONS)
NAME_FUNCTION(vigil_verdict_name, VERDICTS)
NAME_FUNCTION(vigil_state_name, STATES)
NAME_FUNCTION(vigil_level_name, LEVELS_OF_RULES)
NAME_FUNCTION(vigil_signal_name, SIGNALS)

/* The level is the highest boundary that the RID reaches. Values such as "Medium Plus" are between
 * boundaries and are not used as names. */
const char *vigil_integrity_name(uint32_t integrity)
{
	static const struct {
		uint32_t from;
		const char *name;
	} LEVELS[] = { { 0x4000, "System" },
		       { 0x3000, "High" },
		       { 0x2000, "Medium" },
		       { 0x1000, "Low" },
		       { 0, "Untrusted" } };

	if (integrity == VIGIL_UNKNOWN)
		return NULL;
	for (size_t i = 0; i < COUNT(LEVELS); i++)
		if (integrity >= LEVELS[i].from)
			return LEVELS[i].name;
	return NULL;
}

uint32_t vigil_level_severity(uint32_t level)
{
	static const uint32_t SEVERITIES[VIGIL_LEVEL_MAX] = {
		[VIGIL_LEVEL_INFORMATIONAL] = 1, [VIGIL_LEVEL_LOW] = 21,
		[VIGIL_LEVEL_MEDIUM] = 47,       [VIGIL_LEVEL_HIGH] = 73,
		[VIGIL_LEVEL_CRITICAL] = 99,
	};

	return level < VIGIL_LEVEL_MAX ? SEVERITIES[level] : 0;
}

static bool word_is(const char *word, size_t length, const char *name)
{
	return strlen(name) == length && memcmp(word, name, length) == 0;
}

static uint32_t types_of_word(const char *word, size_t length)
{
	for (size_t i = 0; i < COUNT(GROUPS); i++)
		if (word_is(word, length, GROUPS[i].name))
			return GROUPS[i].types;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		if (word_is(word, length, TYPES[type]))
			return VIGIL_TYPE_BIT(type);
	return 0;
}

/* Reports an unknown word and lists the known ones. */
static void unknown_word(struct vigil_error *error, const char *word, size_t length)
{
	char known[400] = "";
	size_t used = 0;

	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, " %s,", TYPES[type]);
	vigil_fail(error, VIGIL_ERROR_USAGE,
		   "unknown event type \"%.*s\"; there are%s and the groups process, thread, all",
		   (int)(length < 31 ? length : 31), word, known);
}

uint32_t vigil_types_parse(const char *list, struct vigil_error *error)
{
	uint32_t types = 0;

	for (const char *word = list + strspn(list, " ");; word += 1 + strspn(word + 1, " ")) {
		size_t length = strcspn(word, ", ");
		uint32_t found = types_of_word(word, length);

		if (found == 0) {
			unknown_word(error, word, length);
			return 0;
		}
		types |= found;
		word += length;
		word += strspn(word, " ");
		if (*word == '\0')
			return types;
		if (*word != ',') {
			unknown_word(error, word, strcspn(word, ","));
			return 0;
		}
	}
}

static const char *const KINDS[VIGIL_PART_MAX] = {
#define NAME(part, name, content) [SCHEMA_PART(part)] = (name),
	SCHEMA_PARTS(NAME)
#undef NAME
};

const char *vigil_kind_name(uint32_t kind)
{
	return kind < VIGIL_PART_MAX ? KINDS[kind] : NULL;
}
