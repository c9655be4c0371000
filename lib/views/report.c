/* SPDX-License-Identifier: MIT */
/* report.c - collects the data of the page; report_page.c writes it. */
#include "views/report.h"

#include <stdlib.h>
#include <string.h>

#include "format/detail.h"
#include "text/line.h"
#include "record/subject.h"
#include "views/report_data.h"

struct report *report_new(void)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->tree = tree_new(0, 0, REPORT_PROCESSES);
	if (!report->tree) {
		free(report);
		return NULL;
	}
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	for (uint32_t i = 0; i < report->incidents.count; i++)
		free(report->incidents.row[i].text);
	tree_free(report->tree);
	programs_free(&report->programs);
	string_table_free(&report->paths);
	free(report->images.row);
	free(report->incidents.row);
	free(report->losses.row);
	free(report);
}

/* Returns rows with space for one more, possibly moved; NULL: memory is exhausted, and the rows
 * are unchanged. */
static void *grow_rows(void *rows, uint32_t *capacity, uint32_t count, size_t size)
{
	uint32_t more = *capacity ? *capacity * 2 : 64;
	void *moved = count < *capacity ? rows : realloc(rows, more * size);

	if (moved && count == *capacity)
		*capacity = more;
	return moved;
}

#define GROW_ROWS(rows) grow_rows((rows).row, &(rows).capacity, (rows).count, sizeof(*(rows).row))

static uint32_t node_of(const struct report *report, const struct vigil_id *id)
{
	return id ? tree_find(report->tree, id) : TREE_NONE;
}

static bool add_image(struct report *report, const struct vigil_event *event)
{
	struct vigil_string path = event->part[VIGIL_PART_IMAGE];
	uint32_t known = report->paths.count, at;
	struct report_image *row;

	if (!path.length)
		path = event->part[VIGIL_PART_NAME]; /* a Linux module */
	if (known >= REPORT_IMAGES &&
	    string_table_find(&report->paths, path.data, path.length) == STRINGS_NONE) {
		report->images.cut++;
		return true;
	}
	row = GROW_ROWS(report->images);
	if (!row)
		return false;
	report->images.row = row;
	at = string_table_add(&report->paths, path.data, path.length);
	if (at == STRINGS_NONE)
		return false;
	if (at == known) {
		row[at] = (struct report_image){ .first = event->record->time,
						 .by = node_of(report, vigil_subject_id(event)),
						 .attributes = event->image->attributes,
						 .driver = event->record->type ==
							   VIGIL_EVENT_DRIVER_LOAD };
		report->images.count++;
	}
	row[at].count++;
	return true;
}

static bool add_incident(struct report *report, const struct vigil_event *event)
{
	struct vigil_buffer text = { 0 };
	struct report_incident *row;
	struct vigil_line line;

	if (report->incidents.count >= REPORT_ROWS) {
		report->incidents.cut++;
		return true;
	}
	vigil_line_begin(&line, &text, REPORT_TEXT_COLUMNS, false);
	line.windows = event->record->encoding == VIGIL_UTF16LE;
	vigil_detail(&line, event);
	vigil_put_char(&text, '\0');
	row = GROW_ROWS(report->incidents);
	if (row)
		report->incidents.row = row;
	if (text.failed || !row) {
		vigil_buffer_free(&text);
		return false;
	}
	row[report->incidents.count++] =
	    (struct report_incident){ .time = event->record->time,
				      .type = event->record->type,
				      .by = node_of(report, vigil_subject_id(event)),
				      .on = node_of(report, vigil_target_id(event)),
				      .text = text.data };
	return true;
}

static bool add_loss(struct report *report, const struct vigil_event *event)
{
	struct report_loss *row;

	if (report->losses.count >= REPORT_ROWS) {
		report->losses.cut++;
		return true;
	}
	row = GROW_ROWS(report->losses);
	if (!row)
		return false;
	report->losses.row = row;
	row[report->losses.count++] =
	    (struct report_loss){ event->record->time, event->lost->count, event->lost->type,
				  event->lost->reason };
	return true;
}

static void count_event(struct report *report, const struct vigil_event *event)
{
	size_t length = event->host.length < sizeof(report->host) - 1 ? event->host.length
								      : sizeof(report->host) - 1;
	uint64_t time = event->record->time;

	if (event->record->type < VIGIL_TYPE_MAX)
		report->counts[event->record->type]++;
	if (length) {
		memcpy(report->host, event->host.data, length);
		report->host[length] = '\0';
	}
	if (!report->first || time < report->first)
		report->first = time;
	if (time > report->last)
		report->last = time;
}

bool report_apply(struct report *report, const struct vigil_event *event)
{
	count_event(report, event);
	if (tree_apply(report->tree, event) < 0 || !programs_apply(&report->programs, event))
		return false;
	switch (event->record->type) {
	case VIGIL_EVENT_IMAGE_LOAD:
	case VIGIL_EVENT_DRIVER_LOAD:
		return add_image(report, event);
	case VIGIL_EVENT_REMOTE_THREAD:
	case VIGIL_EVENT_PROCESS_ACCESS:
	case VIGIL_EVENT_PROCESS_DENIED:
	case VIGIL_EVENT_ALERT:
		return add_incident(report, event);
	case VIGIL_EVENT_LOST:
		return add_loss(report, event);
	default:
		return true;
	}
}
