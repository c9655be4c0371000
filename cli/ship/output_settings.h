/* SPDX-License-Identifier: MIT */
/* output_settings.h - the sections [output NAME] of the settings of `vigil run`. */
#ifndef VIGIL_SHIP_OUTPUT_SETTINGS_H
#define VIGIL_SHIP_OUTPUT_SETTINGS_H

#include "common/options.h"
#include "common/settings.h"
#include "outlet.h"

#define OUTPUTS_MAX         16
#define OUTPUT_SETTINGS_MAX 64 /* those of the engine */
#define OUTPUT_NAME_MAX     48u

enum output_key {
	OUTPUT_KEY_HOST,
	OUTPUT_KEY_PROCESS,
	OUTPUT_KEY_NONE
};

/* One section. Its first member is what option_read() stores the shared settings in. */
struct output_settings {
	struct options options; /* conditions, fields, alerts-only, min-level */
	char name[OUTPUT_NAME_MAX + 1];
	unsigned line; /* of the heading */
	const char *to;
	enum vigil_format format;
	enum output_key key;
	uint64_t spool_bytes, spool_age_s;
	uint64_t sync_ms;
	uint64_t rate; /* events in a second; 0: no limit */
	struct ship_setting own[OUTPUT_SETTINGS_MAX];
	size_t own_count;
	const struct outlet_calls *engine;
	uint64_t hash; /* of all lines of the section: another one if any has changed */
};

struct output_list {
	struct output_settings *output[OUTPUTS_MAX];
	size_t count;
	size_t completed;  /* those at the end of the file that were checked as a whole */
	bool only_sending; /* lines with conditions are skipped: the sensor applies these */
};

/* Takes a line of the settings file from the first heading on: a heading, whose name begins with
 * '[', or a setting of the section that began last. NULL: the file has ended. Texts must stay valid.
 * Returns false if something is wrong; with NULL the error begins with the line of the output that is, and the
 * next call has the next one. */
bool output_setting(struct output_list *list, const struct setting *setting,
		    struct vigil_error *error);

void output_list_free(struct output_list *list);

/* Returns a hash of the contents of the files that the conditions name. */
uint64_t output_list_files(const struct output_list *list);

/* Calls visit with each setting of a section, and with those of each engine. */
void output_settings_each(options_visit_own *visit, void *context);

/* Fills in what an outlet knows of its output. */
struct ship_settings output_ship_settings(const struct output_settings *output, const char *host);

#endif /* VIGIL_SHIP_OUTPUT_SETTINGS_H */
