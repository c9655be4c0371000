/* SPDX-License-Identifier: MIT */
/* probe.c - runs the trials of this system, and judges them together. */
#include "probe/probe.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/message.h"

#define USES_MAX 16

struct vigil_probe {
	struct vigil_use use[USES_MAX];
	struct vigil_check check[]; /* trial_count */
};

void probe_found(struct vigil_check *check, enum vigil_check_state state, const char *format, ...)
{
	va_list arguments;

	check->state = state;
	va_start(arguments, format);
	message_format(check->detail, sizeof(check->detail), format, arguments);
	va_end(arguments);
}

void probe_advise(struct vigil_check *check, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_format(check->advice, sizeof(check->advice), format, arguments);
	va_end(arguments);
}

static enum vigil_check_state state_of(const struct vigil_probe *probe, const char *name)
{
	for (size_t i = 0; i < trial_count; i++)
		if (strcmp(probe->check[i].name, name) == 0)
			return probe->check[i].state;
	return VIGIL_CHECK_MISSING;
}

/* The best means that there is. */
static void choose_means(struct vigil_probe *probe, size_t index)
{
	const struct trial_use *use = &trial_uses[index];
	struct vigil_use *chosen = &probe->use[index];
	enum vigil_check_state sensor = state_of(probe, "sensor");

	*chosen = (struct vigil_use){ .what = use->what, .state = VIGIL_CHECK_MISSING };
	if (use->is_there && !use->is_there())
		return;
	if (use->sensor && sensor > VIGIL_CHECK_LIMITED) {
		chosen->state = sensor;
		return;
	}
	for (size_t i = 0; i < 2 && use->choice[i].trial; i++) {
		enum vigil_check_state state = state_of(probe, use->choice[i].trial);

		if (state < chosen->state)
			chosen->state = state;
		if (state <= VIGIL_CHECK_LIMITED && !chosen->means)
			chosen->means = use->choice[i].means;
	}
}

struct vigil_probe *vigil_probe(void)
{
	struct vigil_probe *probe =
	    calloc(1, sizeof(*probe) + trial_count * sizeof(probe->check[0]));
	struct probing probing;

	if (!probe)
		return NULL;
	probing_open(&probing);
	for (size_t i = 0; i < trial_count; i++) {
		probe->check[i] = (struct vigil_check){ .section = trials[i].section,
							.name = trials[i].name,
							.title = trials[i].title,
							.weight = trials[i].weight };
		trials[i].run(&probing, &probe->check[i]);
	}
	probing_close(&probing);
	for (size_t i = 0; i < trial_use_count && i < USES_MAX; i++)
		choose_means(probe, i);
	return probe;
}

void vigil_probe_free(struct vigil_probe *probe)
{
	free(probe);
}

const struct vigil_check *vigil_probe_check(const struct vigil_probe *probe, size_t index)
{
	return index < trial_count ? &probe->check[index] : NULL;
}

const struct vigil_use *vigil_probe_use(const struct vigil_probe *probe, size_t index)
{
	return index < trial_use_count && index < USES_MAX ? &probe->use[index] : NULL;
}

enum vigil_code vigil_probe_outcome(const struct vigil_probe *probe, bool *limited)
{
	enum vigil_code worst = VIGIL_OK;
	bool is_limited = false;

	for (size_t i = 0; i < trial_count; i++) {
		const struct vigil_check *check = &probe->check[i];

		if (check->state == VIGIL_CHECK_OK || check->weight == VIGIL_CHECK_EXTRA)
			continue;
		/* The trial of the whole fails with its parts, which say more exactly why. */
		if (strcmp(check->name, "sensor") == 0 && worst != VIGIL_OK)
			continue;
		if (check->weight == VIGIL_CHECK_WANTED || check->state == VIGIL_CHECK_LIMITED)
			is_limited = true;
		else if (check->state == VIGIL_CHECK_MISSING)
			worst = VIGIL_ERROR_UNSUPPORTED;
		else if (worst == VIGIL_OK)
			worst = VIGIL_ERROR_PRIVILEGE;
	}
	if (limited)
		*limited = is_limited;
	return worst;
}
