/* SPDX-License-Identifier: MIT */
/* report_data.h - the data that report.c collects and report_page.c writes. */
#ifndef VIGIL_VIEWS_REPORT_DATA_H
#define VIGIL_VIEWS_REPORT_DATA_H

#include "core/string_table.h"
#include "views/programs.h"
#include "views/report.h"
#include "views/tree.h"

#define REPORT_TEXT_COLUMNS 4000 /* maximum for one command or incident */

struct report_image {
	uint64_t count, first; /* number of loads; time of the first */
	uint32_t by;           /* node of the process that loaded it first, TREE_NONE */
	uint32_t attributes;   /* VIGIL_IMAGE_... */
	bool driver;
};

struct report_incident {
	uint64_t time;
	uint32_t type;
	uint32_t by, on; /* nodes of the actor and the target, TREE_NONE */
	char *text;
};

struct report_loss {
	uint64_t time, count;
	uint32_t type, reason;
};

/* Rows of one kind; cut: the number beyond the limit. */
#define REPORT_ROWS_OF(type) \
	struct { \
		struct type *row; \
		uint32_t count, capacity; \
		uint64_t cut; \
	}

struct report {
	struct tree *tree;
	struct programs programs;
	struct string_table paths; /* of images, by row */
	REPORT_ROWS_OF(report_image) images;
	REPORT_ROWS_OF(report_incident) incidents;
	REPORT_ROWS_OF(report_loss) losses;
	uint64_t counts[VIGIL_TYPE_MAX];
	uint64_t first, last; /* times of events, ns since 1970 UTC */
	char host[256];
};

/* The page before and after the data, made from page/ by the build. */
extern const unsigned char report_page_before[], report_page_after[];
extern const size_t report_page_before_length, report_page_after_length;

#endif /* VIGIL_VIEWS_REPORT_DATA_H */
