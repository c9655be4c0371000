/* SPDX-License-Identifier: MIT */
/* detecting.h - the detection of a command: the rules that --detect names, and their alerts. */
#ifndef VIGIL_DETECTING_H
#define VIGIL_DETECTING_H

#include <vigil/vigil.h>

#include "alert/alerts.h"
#include "options.h"

struct detecting {
	struct alerts *alerts; /* NULL: without --detect */
	const struct options *options;
	const char *paths[2 * OPTION_LIST_MAX]; /* those of --detect and --exceptions */
	bool live;
	uint64_t count; /* alerts so far */
	/* Called with each alert, whether or not the filter of the options matches it; may be NULL. */
	void (*also)(void *context, const struct vigil_event *event);
	void *also_context;
	bool lost; /* alerts of a set of rules before this one */
};

/* Loads the rules, if there are any, and says what was left out. live: events of this machine,
 * with options->source. Called after options_parse() and before the sensor is opened: adds the type
 * `alert` to the filter. Returns -1 to continue, otherwise the exit status. */
int detecting_open(struct detecting *detecting, const struct options *options, bool live);

/* Reports what was lost. status: the exit status so far. Returns it, or EXIT_ERROR instead of
 * EXIT_FINE if alerts were lost. */
int detecting_close(struct detecting *detecting, int status);

/* Loads the rules again, for these options. On failure the previous ones stay in force, which is
 * reported. */
void detecting_reload(struct detecting *detecting, const struct options *options);

/* The same in two steps. prepare: loads the rules; *alerts is NULL if the options name none. Returns
 * false after an error message; more invalid rules than among those in force are an error. replace:
 * puts them in force. */
bool detecting_prepare(struct detecting *detecting, const struct options *options,
		       struct alerts **alerts);
void detecting_replace(struct detecting *detecting, const struct options *options,
		       struct alerts *alerts);

/* The types of events that the rules need. */
uint32_t detecting_types(const struct detecting *detecting);

/* Returns whether an event is shown, apart from the alerts about it: not if only alerts are, or if
 * it is an alert of other rules, in a recording. */
bool detecting_shows(const struct detecting *detecting, const struct vigil_event *event,
		     bool wanted);

/* Passes an event to show(), if `wanted`, and then each alert about it that the filter of the
 * options matches. show: returns SESSION_CONTINUE, or a status with which to stop. */
int detecting_event(struct detecting *detecting, const struct vigil_event *event, bool wanted,
		    int (*show)(void *context, const struct vigil_event *event), void *context);

/* Fills in which rules the options choose. paths: memory for a list of all files. */
void detecting_choose(struct alert_options *choice, const struct detecting_options *options,
		      const char *paths[2 * OPTION_LIST_MAX]);

#endif /* VIGIL_DETECTING_H */
