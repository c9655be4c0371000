/* SPDX-License-Identifier: MIT */
/* make_filter.h - shared by tests of filters: an empty filter for each test, and an event. */
#ifndef MAKE_FILTER_H
#define MAKE_FILTER_H

#include "make_event.h"

extern struct maker m;
extern struct vigil_filter *filter;

/* For each test. */
int new_filter(void **state);
int free_filter(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_filter, free_filter)

/* Adds a condition to the filter. */
void want(const char *key, const char *value);

/* Whether the filter matches m.event. */
bool matches(void);

#endif /* MAKE_FILTER_H */
