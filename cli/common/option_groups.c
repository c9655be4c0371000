/* SPDX-License-Identifier: MIT */
/* option_groups.c - the options that commands share: names, help, and what each one sets. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"

/* ---- what each shared option does ---- */

static const char *take_format(void *target, const char *value)
{
	struct options *o = target;

	return output_format(value, &o->how.format) ? NULL : "text, table, json or sysmon-xml";
}

const char *options_take_output(void *target, const char *value)
{
	struct output_options *how = &((struct options *)target)->how;

	how->standard = strcmp(value, "-") == 0;
	how->path = how->standard ? NULL : value;
	if (how->standard)
		how->fd = STDOUT_FILENO;
	return *value ? NULL : "the name of a file, or - for standard output";
}

static const char *take_trust_path(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->how.trust_path = true;
	return NULL;
}

static const char *take_append(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->how.append = true;
	return NULL;
}

static const char *take_color(void *target, const char *value)
{
	struct options *o = target;

	return output_color(value, &o->how.color) ? NULL : "auto, always or never";
}

static const char *take_utc(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->how.utc = true;
	return NULL;
}

static const char *take_width(void *target, const char *value)
{
	struct options *o = target;

	return output_width(value, &o->how.width) ? NULL : "0, or 20 to 10000";
}

static const char *take_snapshot(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->snapshot = true;
	return NULL;
}

static const char *take_buffer(void *target, const char *value)
{
	struct options *o = target;
	uint64_t number;

	if (!cli_bytes(value, &number) || number < 64u << 10 || number > 1u << 30)
		return "a size from 64K to 1G";
	o->source.buffer_bytes = (uint32_t)number;
	return NULL;
}

static const char *take_latency(void *target, const char *value)
{
	struct options *o = target;
	uint64_t number;

	if (!cli_duration_ms(value, &number) || number < 1 || number > 1000)
		return "a time from 1ms to 1s";
	o->source.latency_ms = (uint32_t)number;
	return NULL;
}

static const char *take_low_latency(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.low_latency = true;
	return NULL;
}

static const char *take_count(void *target, const char *value)
{
	struct options *o = target;
	char *end;

	o->count = strtoull(value, &end, 10);
	return end != value && !*end && *value != '-' && o->count ? NULL : "a number from 1";
}

static const char *take_duration(void *target, const char *value)
{
	struct options *o = target;

	return cli_duration_ms(value, &o->duration_ms) && o->duration_ms
		   ? NULL
		   : "a time from 1ms to 100000d: 500ms, 10s, 1h30m";
}

static const char *take_quiet(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->quiet = true;
	return NULL;
}

static const char *take_strict(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->strict = true;
	return NULL;
}

static const char *take_rules(void *target, const char *value)
{
	((struct options *)target)->source.rules = value;
	return NULL;
}

static const char *take_environment(void *target, const char *value)
{
	((struct options *)target)->source.environment = value;
	return NULL;
}

static const char *take_hash(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_HASH;
	return NULL;
}

static const char *take_version_info(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_VERSION;
	return NULL;
}

static const char *take_signature(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_SIGNATURE;
	return NULL;
}

static const char *take_container_info(void *target, const char *value)
{
	(void)value;
	((struct options *)target)->source.look |= VIGIL_LOOK_CONTAINER;
	return NULL;
}

static const char *take_ancestors(void *target, const char *value)
{
	struct options *o = target;
	char *end;
	unsigned long long number = strtoull(value, &end, 10);

	if (end == value || *end || *value == '-' || number > VIGIL_ANCESTORS_MAX)
		return "a number from 0 to 64";
	o->source.ancestors = (uint32_t)number;
	return NULL;
}

/* ---- the tables ---- */

static const struct options_line filter_lines[] = {
	{ "type", 't', "LIST",
	  "create, exec, exit, thread-create, thread-exit, image, driver, access, remote-thread, "
	  "credentials, exec-failed, denied, existing, existing-thread, snapshot-end, lost, "
	  "status; groups: process, thread, all. access, remote-thread, credentials and "
	  "exec-failed, by name, are reported in full even where that slows every system call "
	  "(see vigil doctor)",
	  NULL },
	{ "pid", 'p', "PID", "that process", NULL },
	{ "children-of", 0, "PID", "that process and all it starts, directly or not", NULL },
	{ "user", 'u', "USER", "name or number of the effective user", NULL },
	{ "image", 'i', "PATTERN",
	  "path of the executable; without '/' its name, or a script's (* ? [..])", NULL },
	{ "command", 'c', "PATTERN", "part of the command line (* ? [..])", NULL },
	{ "container", 0, "ID", "container id, its beginning, or name; `any`: all containers",
	  NULL },
};

static const struct options_line output_lines[] = {
	{ "format", 'f', "FORMAT",
	  "text (default), table, json (ECS, one object a line), sysmon-xml", take_format },
	{ "output", 'o', "FILE", "write to FILE (mode 0600); - is standard output",
	  options_take_output },
	{ "append", 0, NULL, "do not empty FILE first", take_append },
	{ "color", 0, "WHEN", "auto (default), always, never", take_color },
	{ "utc", 0, NULL, "times in UTC", take_utc },
	{ "width", 0, "N",
	  "shorten lines to N columns; 0: never (default: the terminal's on a terminal, else 0)",
	  take_width },
	{ "trust-path", 0, NULL,
	  "FILE may belong to other users, or be where they can change it (see vigil(1))",
	  take_trust_path },
	{ "ancestors", 0, "N",
	  "add up to N ancestors of the process to each event of --format json: entity ids and "
	  "names, the parent first (default 0, at most 64)",
	  take_ancestors },
};

static const struct options_line source_lines[] = {
	{ "snapshot", 0, NULL, "first show what already runs", take_snapshot },
	{ "buffer-size", 0, "SIZE",
	  "queue in the kernel, 64K to 1G (default 8M), and as much again for image loads",
	  take_buffer },
	{ "latency", 0, "TIME", "an event waits about this long at most (default 10ms)",
	  take_latency },
	{ "low-latency", 0, NULL, "show each event at once, within a millisecond; costs CPU",
	  take_low_latency },
	{ "rules", 0, "FILE",
	  "meanwhile enforce the rules of FILE (vigil-rules(5)); on Windows they stay in force "
	  "afterwards, until the driver is stopped or others are loaded",
	  take_rules },
	{ "hash", 0, NULL, "add the SHA-256 of the files of programs and libraries", take_hash },
	{ "container-info", 0, NULL,
	  "add name, image, pod and labels of containers, as their runtimes have them on disk "
	  "(Linux)",
	  take_container_info },
	{ "version-info", 0, NULL, "add their company, product, version, ... (Windows)",
	  take_version_info },
	{ "signature", 0, NULL, "add who signed them, and whether that is trusted (Windows)",
	  take_signature },
};

static const struct options_line environment_lines[] = {
	{ "env", 0, "NAMES",
	  "add these variables of a new program's environment: PATH,LD_PRELOAD (Linux)",
	  take_environment },
};

static const struct options_line stop_lines[] = {
	{ "count", 'n', "N", "after N events", take_count },
	{ "duration", 'd', "TIME",
	  "after TIME: 500ms, 10s, 5m, 1h30m, 2d; a number alone is of seconds", take_duration },
};

static const struct options_line quiet_lines[] = {
	{ "quiet", 'q', NULL, "no summary at the end", take_quiet },
};

static const struct options_line strict_lines[] = {
	{ "strict", 0, NULL,
	  "stop at the first part or line of FILE that cannot be read; without it those are "
	  "passed over and counted",
	  take_strict },
};

const struct options_group options_filter = OPTIONS_GROUP(filter_lines);
const struct options_group options_output = OPTIONS_GROUP(output_lines);
const struct options_group options_look = { output_lines + 3, 3 };
const struct options_group options_trust = { output_lines + 6, 1 };
const struct options_group options_ancestors = { output_lines + 7, 1 };
const struct options_group options_source = OPTIONS_GROUP(source_lines);
const struct options_group options_snapshot = { source_lines, 1 };
const struct options_group options_queue = { source_lines + 1, 3 };
const struct options_group options_environment = OPTIONS_GROUP(environment_lines);
const struct options_group options_stop = OPTIONS_GROUP(stop_lines);
const struct options_group options_time = { stop_lines + 1, 1 };
const struct options_group options_count = { stop_lines, 1 };
const struct options_group options_quiet = OPTIONS_GROUP(quiet_lines);
const struct options_group options_strict = OPTIONS_GROUP(strict_lines);
