/* SPDX-License-Identifier: MIT */
/* absent.c - for a build without libyaml and PCRE2: there are no alerts. */
#include "alert/alerts.h"
#include "core/error.h"

enum vigil_code alerts_open(struct alerts **out, const struct alert_options *options,
			    struct vigil_error *error)
{
	(void)options;
	*out = NULL;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
			  "this Vigil was built without libyaml and PCRE2, which detection needs");
}

void alerts_free(struct alerts *alerts)
{
	(void)alerts;
}

uint32_t alerts_types(const struct alerts *alerts)
{
	(void)alerts;
	return 0;
}

void alerts_apply(struct alerts *alerts, const struct vigil_event *event)
{
	(void)alerts;
	(void)event;
}

const struct vigil_event *alerts_next(struct alerts *alerts)
{
	(void)alerts;
	return NULL;
}

struct alerts_loaded alerts_loaded(const struct alerts *alerts)
{
	(void)alerts;
	return (struct alerts_loaded){ 0 };
}

uint64_t alerts_uncounted(const struct alerts *alerts)
{
	(void)alerts;
	return 0;
}

uint64_t alerts_lost(const struct alerts *alerts)
{
	(void)alerts;
	return 0;
}
