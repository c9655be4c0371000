/* SPDX-License-Identifier: MIT */
#include "detecting.h"

#include <inttypes.h>

#include "cli.h"
#include "session.h"

void detecting_choose(struct alert_options *choice, const struct detecting_options *options,
		      const char *paths[2 * OPTION_LIST_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < options->paths.count; i++)
		paths[count++] = options->paths.item[i];
	for (size_t i = 0; i < options->exceptions.count; i++)
		paths[count++] = options->exceptions.item[i];
	choice->paths = paths;
	choice->count = count;
	choice->placeholders = options->placeholders;
	/* Not given, or the lowest level: all rules, also those without a level. */
	choice->level = options->level ? options->level + DETECT_INFORMATIONAL : 0;
	choice->include = (struct alert_words){ options->include.item, options->include.count };
	choice->exclude = (struct alert_words){ options->exclude.item, options->exclude.count };
}

/* Says how many documents were loaded and left out. */
static void say_loaded(const struct detecting *d)
{
	struct alerts_loaded loaded = alerts_loaded(d->alerts);

	if (d->options->quiet && !loaded.bad)
		return;
	cli_say("%" PRIu32 " detection rules; not loaded: %" PRIu32 " not evaluable here, %" PRIu32
		" invalid (`vigil detect check` lists them)",
		loaded.rules, loaded.not_evaluable, loaded.bad);
}

static enum vigil_code load_rules(struct detecting *d, const struct options *options,
				  struct alerts **out, struct vigil_error *error)
{
	struct alert_options choice = { 0 };
	enum vigil_code code = VIGIL_OK;

	*out = NULL;
	detecting_choose(&choice, &options->detect, d->paths);
	choice.origin = (struct alert_origin){
		.inspect = d->live ? options->source.inspect : UINT32_MAX,
		.live = d->live,
	};
	if (options->types_given)
		code = vigil_filter_add(options->filter, "type", "alert", error);
	if (code == VIGIL_OK)
		code = alerts_open(out, &choice, error);
	if (code == VIGIL_OK && alerts_loaded(*out).rules == 0) {
		code = vigil_fail(error, VIGIL_ERROR_USAGE,
				  "no detection rule was loaded; `vigil detect check` says why");
		alerts_free(*out);
		*out = NULL;
	}
	return code;
}

int detecting_open(struct detecting *d, const struct options *options, bool live)
{
	struct vigil_error error;

	*d = (struct detecting){ .options = options, .live = live };
	if (options->detect.paths.count == 0)
		return -1;
	if (load_rules(d, options, &d->alerts, &error) < 0)
		return cli_fail(&error);
	say_loaded(d);
	return -1;
}

static void say_lost(struct detecting *d)
{
	const struct alerts *alerts = d->alerts;

	if (alerts && alerts_lost(alerts))
		cli_say("alerts are missing: memory ran out %" PRIu64 " times",
			alerts_lost(alerts));
	d->lost = d->lost || (alerts && alerts_lost(alerts));
	if (alerts && alerts_uncounted(alerts))
		cli_say("correlations did not count %" PRIu64
			" hits of rules: too late, or over a limit",
			alerts_uncounted(alerts));
}

int detecting_close(struct detecting *d, int status)
{
	say_lost(d);
	alerts_free(d->alerts);
	d->alerts = NULL;
	return d->lost && status == EXIT_FINE ? EXIT_ERROR : status;
}

bool detecting_prepare(struct detecting *d, const struct options *options, struct alerts **alerts)
{
	struct vigil_error error;
	uint32_t bad;

	*alerts = NULL;
	if (options->detect.paths.count == 0)
		return true;
	if (load_rules(d, options, alerts, &error) < 0) {
		cli_say("%s", error.text);
		return false;
	}
	bad = alerts_loaded(*alerts).bad;
	if (!d->alerts || bad <= alerts_loaded(d->alerts).bad)
		return true;
	cli_say("%" PRIu32 " detection rules are invalid (`vigil detect check` lists them)", bad);
	alerts_free(*alerts);
	*alerts = NULL;
	return false;
}

void detecting_replace(struct detecting *d, const struct options *options, struct alerts *alerts)
{
	uint32_t types = detecting_types(d);

	say_lost(d);
	alerts_free(d->alerts);
	d->alerts = alerts;
	d->options = options;
	if (alerts)
		say_loaded(d);
	if (detecting_types(d) & ~types)
		cli_say("some of the new detection rules need types of events that are recorded "
			"only after a restart");
}

void detecting_reload(struct detecting *d, const struct options *options)
{
	struct alerts *alerts;

	if (options->detect.paths.count == 0 && !d->alerts)
		return;
	if (detecting_prepare(d, options, &alerts))
		detecting_replace(d, options, alerts);
	else
		cli_say("The previous detection rules stay in force.");
}

uint32_t detecting_types(const struct detecting *d)
{
	return d->alerts ? alerts_types(d->alerts) : 0;
}

/* With rules in force, the alerts of a recording are those of other rules. */
bool detecting_shows(const struct detecting *d, const struct vigil_event *event, bool wanted)
{
	uint32_t type = event->record->type;

	if (!wanted)
		return false;
	if (type == VIGIL_EVENT_ALERT)
		return !d->alerts;
	return !d->options->detect.only || type == VIGIL_EVENT_LOST || type == VIGIL_EVENT_STATUS;
}

int detecting_event(struct detecting *d, const struct vigil_event *event, bool wanted,
		    int (*show)(void *context, const struct vigil_event *event), void *context)
{
	int status = detecting_shows(d, event, wanted) ? show(context, event) : SESSION_CONTINUE;
	const struct vigil_event *alert;

	if (!d->alerts)
		return status;
	alerts_apply(d->alerts, event);
	while (status == SESSION_CONTINUE && (alert = alerts_next(d->alerts))) {
		d->count++;
		if (d->also)
			d->also(d->also_context, alert);
		if (vigil_filter_match(d->options->filter, alert))
			status = show(context, alert);
	}
	return status;
}
