/* SPDX-License-Identifier: MIT */
/* run_reload.c - SIGHUP: all of the new settings and rules come into force, or none of them. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "commands.h"
#include "run.h"
#include "service/service.h"

/* What was read and opened, until all of it is. */
struct reload {
	struct run *next;      /* NULL: the options are as they were */
	struct alerts *alerts; /* the detection rules as they are now; NULL: none */
	struct log *log;       /* another log that is open; NULL: the same */
	struct recording recording;
	bool has_recording; /* another one that is open */
};

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void free_run(struct run *run)
{
	if (!run)
		return;
	run_outputs_free(&run->outputs);
	options_close(&run->options);
	free(run);
}

void run_free_again(struct run *r)
{
	free_run(r->again);
	r->again = NULL;
}

/* ---- reading: each returns false after an error message ---- */

/* Reads the options again, into reload->next if they differ. */
static bool read_options(const struct run *r, struct reload *reload)
{
	const struct options *before = run_options(r);
	struct run *next = malloc(sizeof(*next));
	bool read;

	if (next)
		run_set_defaults(next);
	if (!next || !options_open(&next->options, STDOUT_FILENO)) {
		free(next);
		cli_say("no memory");
		return false;
	}
	optind = 0;
	read = options_parse(&run_command, &next->options, r->argc, r->argv) < 0;
	if (read && (next->options.files_hash != before->files_hash ||
		     !is_same(before->settings_as_read, next->options.settings_as_read))) {
		next->log_options.how.choice = next->options.how.choice;
		next->log_options.trust_path = next->recording.how.trust_path =
		    r->options.how.trust_path;
		reload->next = next;
	} else {
		free_run(next);
	}
	return read;
}

/* The enforcer reads the file by itself: this finds mistakes before anything is changed. */
static bool check_rules(const struct run *r)
{
	struct vigil_rules *rules;
	struct vigil_error error;

	if (!r->options.source.rules)
		return true;
	if (vigil_rules_load(&rules, r->options.source.rules, &error) < 0) {
		cli_say("%s", error.text);
		return false;
	}
	vigil_rules_free(rules);
	return true;
}

static bool open_recording(const struct run *r, struct reload *reload)
{
	const struct recording *to = &reload->next->recording;

	if (!to->path || is_same(r->recording.path, to->path))
		return true;
	reload->recording = *to;
	reload->has_recording = recording_open(&reload->recording);
	if (!reload->has_recording)
		cli_say("The recording %s was not begun. One in another folder requires a restart.",
			to->path);
	return reload->has_recording;
}

/* The last step that can fail, after run_outputs_prepare(): the log in use is changed only here. */
static bool change_log(struct run *r, struct reload *reload)
{
	const struct log_options *to = &reload->next->log_options;
	struct log *other = &r->logs[r->log == &r->logs[0]];

	if (is_same(to->path, r->log_options.path)) {
		if (log_change(r->log, to) == VIGIL_OK)
			return true;
		cli_say("no memory");
		return false;
	}
	if (log_open(other, to) < 0) {
		cli_say("%s A log in another folder requires a restart.", other->file.error.text);
		return false;
	}
	reload->log = other;
	return true;
}

static bool prepare(struct run *r, struct reload *reload)
{
	const struct options *options;

	if (!read_options(r, reload))
		return false;
	options = reload->next ? &reload->next->options : run_options(r);
	if (!detecting_prepare(&r->detecting, options, &reload->alerts) || !check_rules(r))
		return false;
	if (!reload->next)
		return true;
	if (!open_recording(r, reload) || !run_outputs_prepare(r, reload->next))
		return false;
	if (change_log(r, reload))
		return true;
	run_outputs_discard(r);
	return false;
}

static void discard(struct reload *reload)
{
	if (reload->has_recording)
		recording_close(&reload->recording);
	if (reload->log)
		log_close(reload->log);
	alerts_free(reload->alerts);
	free_run(reload->next);
}

/* ---- putting it in force ---- */

/* Reports changed options of the sensor: the privileges to reopen it have been given up. */
static void say_needs_restart(const struct run *r, const struct run *next)
{
	const struct vigil_options *a = &r->options.source, *b = &next->options.source;
	uint32_t types = vigil_filter_types(next->options.filter) | run_outputs_types(next) |
			 (next->recording.path ? recording_types() : 0);

	if (types & ~a->types)
		cli_say("more types of events (type, snapshot, record) are there only after a "
			"restart");
	if (!is_same(a->rules, b->rules) || a->buffer_bytes != b->buffer_bytes ||
	    a->latency_ms != b->latency_ms || a->low_latency != b->low_latency ||
	    a->inspect != b->inspect || a->redact != b->redact ||
	    !is_same(a->redact_names, b->redact_names) || !is_same(a->redact_key, b->redact_key))
		cli_say("what the sensor was opened with (rules, hash, version-info, signature, "
			"buffer-size, latency, low-latency, redact) changes only with a restart");
}

static void replace_recording(struct run *r, struct reload *reload)
{
	const struct recording *to = &reload->next->recording;
	const struct vigil_recorder_options *a = &r->recording.how, *b = &to->how;

	if (is_same(r->recording.path, to->path) && a->max_bytes == b->max_bytes &&
	    a->max_age_s == b->max_age_s) {
		r->recording.path = to->path;
		return;
	}
	reload->recording.status = recording_close(&r->recording);
	if (!reload->has_recording) { /* none, or the same file with other limits */
		reload->recording.path = to->path;
		reload->recording.how = to->how;
		recording_open(&reload->recording);
	}
	r->recording = reload->recording;
}

static void commit_options(struct run *r, struct reload *reload)
{
	struct run *next = reload->next;

	say_needs_restart(r, next);
	if (reload->log) {
		run_close_log(r);
		r->log = reload->log;
	} else {
		options_say_excluded(run_options(r));
	}
	r->log_options = next->log_options;
	run_outputs_commit(r, next);
	replace_recording(r, reload);
}

static void commit(struct run *r, struct reload *reload)
{
	struct run *former = reload->next ? r->again : NULL;

	if (reload->next) {
		commit_options(r, reload);
		r->again = reload->next;
	} else {
		run_outputs_look_again(r);
	}
	if (reload->alerts || r->detecting.alerts)
		detecting_replace(&r->detecting, run_options(r), reload->alerts);
	r->detecting.options = run_options(r);
	free_run(former);
	vigil_reread_rules(r->vigil);
}

int run_reload(void *context)
{
	struct run *r = context;
	struct reload reload = { .next = NULL };
	char fault[300];
	bool done;

	service_reloading();
	cli_keep_last(fault, sizeof(fault));
	done = prepare(r, &reload);
	cli_keep_last(NULL, 0);
	if (done) {
		commit(r, &reload);
	} else {
		discard(&reload);
		cli_say("Nothing was changed: the previous settings and rules stay in force.");
	}
	if (log_reopen(r->log) < 0)
		cli_say("%s The log continues in the previous file.", r->log->file.error.text);
	recording_reopen(&r->recording);
	run_health_reloaded(r, done ? NULL : fault);
	service_ready();
	return SESSION_CONTINUE;
}
