/* SPDX-License-Identifier: MIT */
/* detecting_options.h - options of detection: which rules, and which of their alerts. */
#ifndef VIGIL_DETECTING_OPTIONS_H
#define VIGIL_DETECTING_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTION_LIST_MAX 32

/* The values of an option that may be given several times. */
struct option_list {
	const char *item[OPTION_LIST_MAX];
	size_t count;
};

struct detecting_options {
	struct option_list paths, exceptions; /* files and folders of rules; of filters */
	struct option_list include, exclude;
	const char *placeholders; /* NULL: none */
	unsigned level;           /* index in the words of --min-level */
	bool only;                /* show alerts, and events of the sensor itself, alone */
};

#endif /* VIGIL_DETECTING_OPTIONS_H */
