/* SPDX-License-Identifier: MIT */
#include "make_filter.h"

struct maker m;
struct vigil_filter *filter;

int new_filter(void **state)
{
	(void)state;
	filter = vigil_filter_new();
	return !filter;
}

int free_filter(void **state)
{
	(void)state;
	vigil_filter_free(filter);
	return 0;
}

void want(const char *key, const char *value)
{
	struct vigil_error error;

	if (vigil_filter_add(filter, key, value, &error) != VIGIL_OK)
		fail_msg("%s", error.text);
}

bool matches(void)
{
	return vigil_filter_match(filter, &m.event);
}
