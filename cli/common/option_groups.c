/* SPDX-License-Identifier: MIT */
/* option_groups.c - the options that commands share. */
#include "cli.h"
#include "options.h"

#define OPTIONS_IN(kind, member) OPTION_IN(kind, struct options, member)

const char *const options_formats[] = {
	[VIGIL_FORMAT_TEXT] = "text",     [VIGIL_FORMAT_TABLE] = "table",
	[VIGIL_FORMAT_JSON] = "json",     [VIGIL_FORMAT_SYSMON] = "sysmon-xml",
	[VIGIL_FORMAT_SYSMON + 1] = NULL,
};

static const char *const colors[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
	[COLOR_NEVER + 1] = NULL,
};

/* ---- which events ---- */

static const struct options_line filter_lines[] = {
	{ .name = "type",
	  .letter = 't',
	  .value = "LIST",
	  .kind = OPTION_CONDITION,
	  .help =
	      "types of events: create, exec, exit, thread-create, thread-exit, image, driver, "
	      "access, "
	      "remote-thread, credentials, exec-failed, denied, alert, existing, existing-thread, "
	      "snapshot-end, lost, status; groups: process, thread, all. access, "
	      "remote-thread, credentials and exec-failed, by name, are reported in full even "
	      "where that slows every system call (see vigil doctor)",
	  .manual =
	      ".Cm existing\n"
	      "and\n"
	      ".Cm existing-thread\n"
	      "are what ran before, in\n"
	      ".Fl -snapshot\n"
	      "and recordings.\n"
	      ".Cm fork\n"
	      "is another name of\n"
	      ".Cm create .\n"
	      "Types that are not wanted cost next to nothing: the kernel does not record "
	      "them.\n"
	      ".Cm access\n"
	      "and\n"
	      ".Cm remote-thread\n"
	      "slow only the processes that cause such events, if\n"
	      ".Xr vigil-doctor 1\n"
	      "reports\n"
	      ".Dq fexit ;\n"
	      "elsewhere some are reported, and all of them only if these names are given:\n"
	      "then every system call of the machine is slower.\n"
	      "The same holds for\n"
	      ".Cm credentials\n"
	      "(changes of users, groups and capabilities without an exec) and\n"
	      ".Cm exec-failed\n"
	      "(calls of exec that return an error), except that elsewhere none are reported\n"
	      "unless these names are given.\n" },
	{ .name = "pid",
	  .letter = 'p',
	  .value = "PID",
	  .kind = OPTION_CONDITION,
	  .help = "that process" },
	{ .name = "children-of",
	  .value = "PID",
	  .kind = OPTION_CONDITION,
	  .help = "that process and all it starts, directly or not" },
	{ .name = "user",
	  .letter = 'u',
	  .value = "USER",
	  .kind = OPTION_CONDITION,
	  .help = "name or number of the effective user at the time of the event" },
	{ .name = "image",
	  .letter = 'i',
	  .value = "PATTERN",
	  .kind = OPTION_CONDITION,
	  .help = "path of the executable; without '/' its name, or a script's (* ? [..])",
	  .manual = "A pattern without\n"
		    ".Sq /\n"
		    "is compared with the file's own name,\n"
		    "the name that views show\n"
		    ".Pq a script's, where an interpreter is the file\n"
		    "and the last part of what exec was given.\n"
		    "Links in the folders of a path are followed:\n"
		    ".Pa /bin/ls\n"
		    "matches what runs as\n"
		    ".Pa /usr/bin/ls .\n"
		    ".Sq * ,\n"
		    ".Sq \\&?\n"
		    "and\n"
		    ".Sq [..]\n"
		    "have their usual meaning.\n" },
	{ .name = "command",
	  .letter = 'c',
	  .value = "PATTERN",
	  .kind = OPTION_CONDITION,
	  .help = "part of the command line (* ? [..])" },
	{ .name = "container",
	  .value = "ID",
	  .kind = OPTION_CONDITION,
	  .help = "container id, its beginning, or name; `any`: all containers" },
	{ .name = "exclude",
	  .value = "EXPR",
	  .kind = OPTION_EXCLUDE,
	  .help = "not these events: conditions as above, key=value, all of which hold: "
		  "'image=/bin/sh user=root'",
	  .manual = "A value with blanks stands in quotes.\n"
		    "An event must match the other conditions and none of the exclusions.\n"
		    "Excluded events are read nonetheless: processes keep the names of excluded\n"
		    "parents, and\n"
		    ".Fl -children-of\n"
		    "follows excluded processes.\n"
		    "Losses and messages of the sensor are never excluded.\n"
		    "At the end the command reports how many events each exclusion removed;\n"
		    "an event counts for the first one that it matches.\n" },
	{ .name = "exclude-file",
	  .value = "FILE",
	  .kind = OPTION_EXCLUDES,
	  .help = "exclusions from FILE, each line NAME = EXPR",
	  .manual = "Its syntax is that of settings, see\n"
		    ".Xr vigil-run 1 .\n"
		    "The report at the end has the names.\n" },
};

/* ---- secrets ---- */

static const char *const redact_modes[] = {
	[VIGIL_REDACT_OFF] = "off",
	[VIGIL_REDACT_ON] = "on",
	[VIGIL_REDACT_HASH] = "hash",
	[VIGIL_REDACT_HASH + 1] = NULL,
};

static const struct options_line redact_lines[] = {
	{ .name = "redact",
	  .value = "MODE",
	  OPTIONS_IN(CHOICE, source.redact),
	  .words = redact_modes,
	  .initial = "off",
	  .help = "secrets in arguments and variables: leave them, replace them, or replace them "
		  "with a keyed hash",
	  .manual = "Secrets are values of options and variables whose names end with password, "
		    "token, secret\n"
		    "and others, passwords in URLs, access keys of AWS, authorization headers, "
		    "passwords of\n"
		    "mysql, sshpass and curl; security.md has the list and the limits.\n"
		    "They are replaced before filters, outputs and recordings see them.\n"
		    ".Cm hash\n"
		    "shows which secrets are equal.\n" },
	{ .name = "redact-names",
	  .value = "FILE",
	  OPTIONS_IN(CONTENT, redact_names),
	  .help = "more names of options and variables with secrets, one a line" },
	{ .name = "redact-key",
	  .value = "FILE",
	  OPTIONS_IN(CONTENT, redact_key),
	  .initial = "a random key for each run",
	  .help = "key of the hash, so that the hashes of several runs and machines are equal" },
};

/* ---- how to show them ---- */

static const struct options_line output_lines[] = {
	{ .name = "format",
	  .letter = 'f',
	  .value = "FORMAT",
	  OPTIONS_IN(CHOICE, how.format),
	  .words = options_formats,
	  .initial = "text",
	  .help = "format of the events",
	  .manual = ".Cm text\n"
		    "is made for people;\n"
		    ".Cm table\n"
		    "has aligned columns under a heading;\n"
		    ".Cm json\n"
		    "is one object a line with the names of the Elastic Common Schema, see\n"
		    ".Xr vigil-fields 1 ;\n"
		    ".Cm sysmon-xml\n"
		    "is one Sysmon event a line, for what Sysmon has an event for.\n" },
	{ .name = "compact",
	  OPTIONS_IN(FLAG, how.choice.compact),
	  .help = "JSON with the most important fields only: about 350 bytes for an exec",
	  .manual = "Time, host, type, PID and entity id, program, command line, parent, user,\n"
		    "exit status; no arguments as a list, no start, no leaders, no control group.\n"
		    ".Fl -fields\n"
		    "adds to these,\n"
		    ".Fl -omit\n"
		    "removes some.\n" },
	{ .name = "fields",
	  .value = "LIST",
	  OPTIONS_IN(FIELDS, how.choice.fields),
	  .help = "JSON with these fields only, as `vigil fields` lists them, or their beginnings: "
		  "process.parent; all: also what the rest of a line implies",
	  .manual = "Events that have none of the fields are not written; a loss always is.\n" },
	{ .name = "omit",
	  .value = "LIST",
	  OPTIONS_IN(FIELDS, how.choice.omit),
	  .help = "JSON without these fields" },
	{ .name = "output",
	  .letter = 'o',
	  .value = "FILE",
	  OPTIONS_IN(OUTPUT, how),
	  .help = "write to FILE (mode 0600); - is standard output",
	  .manual = "Only its owner may read it: arguments hold secrets now and then.\n"
		    "A write that fails, as on a full disk, ends the command; the file then ends "
		    "with a whole line.\n" },
	{ .name = "append", OPTIONS_IN(FLAG, how.append), .help = "do not empty FILE first" },
	{ .name = "color",
	  .value = "WHEN",
	  OPTIONS_IN(CHOICE, how.color),
	  .words = colors,
	  .initial = "auto: on a terminal",
	  .help = "colors" },
	{ .name = "utc", OPTIONS_IN(FLAG, how.utc), .help = "times in UTC" },
	{ .name = "width",
	  .value = "N",
	  OPTIONS_IN(NUMBER, how.width),
	  .min = 20,
	  .max = 10000,
	  .zero = true,
	  .initial = "the terminal's width, else 0",
	  .help = "shorten lines to N columns; 0: never" },
	{ .name = "trust-path",
	  OPTIONS_IN(FLAG, how.trust_path),
	  .help = "FILE may belong to other users, or be where they can change it (see FILES OF "
		  "OTHER USERS in vigil(1))" },
	{ .name = "ancestors",
	  .value = "N",
	  OPTIONS_IN(NUMBER, source.ancestors),
	  .max = VIGIL_ANCESTORS_MAX,
	  .initial = "0",
	  .help = "add up to N ancestors of the process to each event of --format json, the "
		  "parent first",
	  .manual = "Their entity ids are in process.Ext.ancestry, and the names that they had "
		    "when the process\n"
		    "started in vigil.process.ancestors.\n" },
};

/* ---- the sensor ---- */

static const struct options_line source_lines[] = {
	{ .name = "snapshot",
	  OPTIONS_IN(FLAG, snapshot),
	  .help = "first show what already runs, or ran when a recording began" },
	{ .name = "buffer-size",
	  .value = "SIZE",
	  OPTIONS_IN(SIZE, source.buffer_bytes),
	  .min = 64u << 10,
	  .max = 1u << 30,
	  .initial = "8M",
	  .help = "size of the queue in the kernel, and again as much for image loads",
	  .manual = "On Linux image loads have separate queues, one for each processor, "
		    "which together are about\n"
		    "as large.\n" },
	{ .name = "latency",
	  .value = "TIME",
	  OPTIONS_IN(TIME, source.latency_ms),
	  .min = 1,
	  .max = 1000,
	  .initial = "10ms",
	  .help = "an event waits about this long at most; longer is cheaper" },
	{ .name = "low-latency",
	  OPTIONS_IN(FLAG, source.low_latency),
	  .help = "show each event at once, within a millisecond: each wakes the reader, which "
		  "costs CPU" },
	{ .name = "rules",
	  .value = "FILE",
	  OPTIONS_IN(FILE, source.rules),
	  .help = "meanwhile enforce the rules of FILE (vigil-rules(5)); on Windows they stay in "
		  "force afterwards, until the driver is stopped or others are loaded",
	  .manual = "What they forbid does not start, and each verdict is an event\n"
		    ".Pq type Cm denied .\n" },
	{ .name = "hash",
	  OPTIONS_IN(BIT, source.inspect),
	  .bit = VIGIL_INSPECT_HASH,
	  .help = "add the SHA-256 of the files of programs and libraries",
	  .manual =
	      "A thread reads them; an event waits for that at most 2 seconds, and those after it\n"
	      "with it.\n"
	      "It is the hash of the file that ran, deleted or replaced since or not, or there is "
	      "none:\n"
	      ".Cm vigil.too_late\n"
	      "names what was not read in time,\n"
	      ".Cm vigil.unreadable\n"
	      "what could not be read or may have changed since it ran: files above 256 MiB, file "
	      "systems that\n"
	      "another machine or process serves, a file written less than 10 ms before it ran "
	      "whose process\n"
	      "has ended.\n"
	      "On Windows the file is found by its path alone: what was changed, or put there, "
	      "later than 16 ms\n"
	      "before the program began has no hash.\n" },
	{ .name = "container-info",
	  OPTIONS_IN(BIT, source.inspect),
	  .bit = VIGIL_INSPECT_CONTAINER,
	  .help = "add name, image, pod and labels of containers, as their runtimes have them on "
		  "disk (Linux)",
	  .manual =
	      "The fields are container.name, container.image.name, container.runtime, the pod's "
	      "name, UID and\n"
	      "namespace in orchestrator.*, and labels in vigil.container.labels.\n"
	      "Docker, podman, CRI-O and containerd are known at their usual places\n"
	      ".Po\n"
	      "docker's\n"
	      ".Cm data-root\n"
	      "is honored\n"
	      ".Pc ,\n"
	      "where they run as root.\n"
	      "No daemon is asked; a helper process reads the files, and a record waits 0.1 s for "
	      "it at most.\n"
	      "Docker and CRI-O have the labels there, podman and containerd do not.\n" },
	{ .name = "version-info",
	  OPTIONS_IN(BIT, source.inspect),
	  .bit = VIGIL_INSPECT_VERSION,
	  .help = "add their company, product, version, ... (Windows)",
	  .manual = "They are from the version resources: company, description, product, file "
		    "version, original\n"
		    "name.\n"
		    "Each value is cut at 120 characters.\n" },
	{ .name = "signature",
	  OPTIONS_IN(BIT, source.inspect),
	  .bit = VIGIL_INSPECT_SIGNATURE,
	  .help = "add who signed them, and whether that is trusted (Windows)",
	  .manual =
	      "A signature is in the file or in a catalog of the system.\n"
	      "The result is\n"
	      ".Cm valid , unsigned , expired , revoked , untrusted , damaged\n"
	      "or\n"
	      ".Cm error .\n"
	      "Nothing is asked of the network, so a revocation is seen only where the system "
	      "knows of it.\n"
	      "Version and signature are read by the same thread under the same conditions as\n"
	      ".Fl -hash .\n" },
};

static const struct options_line environment_lines[] = {
	{ .name = "env",
	  .value = "NAMES",
	  OPTIONS_IN(TEXT, source.environment),
	  .help = "add these variables of a new program's environment: PATH,LD_PRELOAD (Linux)",
	  .manual = "Up to eight names, separated by commas.\n"
		    "Each exec then has those that its environment contains, in\n"
		    ".Cm process.env_vars ;\n"
		    "others are not recorded, because they may be secrets.\n"
		    "Of each variable 511 bytes are kept, of all with the same name 1,024; 512 "
		    "variables are examined.\n"
		    "What is cut is marked.\n" },
};

/* ---- detection ---- */

static const char *const levels[] = { "informational", "low", "medium", "high", "critical", NULL };

static const struct options_line detect_lines[] = {
	{ .name = "detect",
	  .value = "PATH",
	  OPTIONS_IN(LIST, detect.paths),
	  .help = "apply the Sigma rules of the file or folder PATH; after an event that matches "
		  "comes an event of type alert; may be given several times",
	  .manual = "Rules are YAML files, *.yml or *.yaml; subfolders are read too.\n"
		    "Those that cannot be evaluated here are left out;\n"
		    ".Xr vigil-detect 1\n"
		    "says which, and why.\n"
		    "The types of events that the rules need are recorded even if\n"
		    ".Fl -type\n"
		    "does not name them, and then not shown.\n"
		    "Alerts in a recording that is shown are left out: those of PATH replace "
		    "them.\n" },
	{ .name = "alerts-only",
	  OPTIONS_IN(FLAG, detect.only),
	  .help = "show alerts alone, with what the sensor reports about itself (lost, status)" },
	{ .name = "exceptions",
	  .value = "PATH",
	  OPTIONS_IN(LIST, detect.exceptions),
	  .help = "Sigma filters for false alarms: events that they match cause no alert of the "
		  "rules that they name" },
	{ .name = "min-level",
	  .value = "LEVEL",
	  OPTIONS_IN(CHOICE, detect.level),
	  .words = levels,
	  .initial = "all rules",
	  .help = "only rules of this level or a higher one" },
	{ .name = "include-rule",
	  .value = "WORD",
	  OPTIONS_IN(LIST, detect.include),
	  .help = "only rules with this id, tag, author or status; several: any of them" },
	{ .name = "exclude-rule",
	  .value = "WORD",
	  OPTIONS_IN(LIST, detect.exclude),
	  .help = "no rules with this id, tag, author or status" },
	{ .name = "placeholders",
	  .value = "FOLDER",
	  OPTIONS_IN(TEXT, detect.placeholders),
	  .help = "values of the placeholders in rules: those of %NAME% in FOLDER/NAME.txt, one a "
		  "line" },
};

/* ---- when to stop ---- */

static const struct options_line stop_lines[] = {
	{ .name = "count",
	  .letter = 'n',
	  .value = "N",
	  OPTIONS_IN(NUMBER, count),
	  .min = 1,
	  .help = "stop after N events" },
	{ .name = "duration",
	  .letter = 'd',
	  .value = "TIME",
	  OPTIONS_IN(TIME, duration_ms),
	  .min = 1,
	  .help = "stop after TIME: 500ms, 10s, 5m, 1h30m, 2d; a number alone is of seconds" },
};

static const struct options_line quiet_lines[] = {
	{ .name = "quiet",
	  .letter = 'q',
	  OPTIONS_IN(FLAG, quiet),
	  .help = "no summary at the end" },
};

static const struct options_line strict_lines[] = {
	{ .name = "strict",
	  OPTIONS_IN(FLAG, strict),
	  .help = "stop at the first part or line of FILE that cannot be read; without it those "
		  "are skipped and counted",
	  .manual = "The exit status is 1 either way.\n" },
};

const struct options_group options_filter = OPTIONS_GROUP(filter_lines);
const struct options_group options_exclude = { filter_lines + 7, 2 };
const struct options_group options_redact = OPTIONS_GROUP(redact_lines);
const struct options_group options_output = OPTIONS_GROUP(output_lines);
const struct options_group options_fields = { output_lines + 1, 3 };
const struct options_group options_look = { output_lines + 6, 3 };
const struct options_group options_color = { output_lines + 6, 1 };
const struct options_group options_trust = { output_lines + 9, 1 };
const struct options_group options_ancestors = { output_lines + 10, 1 };
const struct options_group options_source = OPTIONS_GROUP(source_lines);
const struct options_group options_snapshot = { source_lines, 1 };
const struct options_group options_queue = { source_lines + 1, 3 };
const struct options_group options_environment = OPTIONS_GROUP(environment_lines);
const struct options_group options_detect = OPTIONS_GROUP(detect_lines);
const struct options_group options_rules_chosen = { detect_lines + 2, 5 };
const struct options_group options_inspect = { source_lines + 5, 4 };
const struct options_group options_stop = OPTIONS_GROUP(stop_lines);
const struct options_group options_time = { stop_lines + 1, 1 };
const struct options_group options_count = { stop_lines, 1 };
const struct options_group options_quiet = OPTIONS_GROUP(quiet_lines);
const struct options_group options_strict = OPTIONS_GROUP(strict_lines);
