/* SPDX-License-Identifier: MIT */
/* run_check.c - `vigil run --check`: the mistakes in the files that the settings name. */
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "detect.h"
#include "os/input.h"
#include "run.h"
#include "service/service.h"

#define MISTAKES_MAX    100 /* of a file of rules */
#define RULES_BYTES_MAX (16u << 20)

/* ---- rules ---- */

/* Returns the line that a message about the file begins with, "FILE:LINE:"; 0: none. */
static unsigned long line_of(const char *message, const char *path)
{
	const char *colon = strstr(message, path);

	colon = colon ? strchr(colon + strlen(path), ':') : NULL;
	return colon ? strtoul(colon + 1, NULL, 10) : 0;
}

/* Overwrites a line with blanks, which mean nothing. Returns false if there is no such line. */
static bool blank_line(char *text, unsigned long number)
{
	for (; number > 1 && text; number--) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	if (!text || !number || !*text || !text[strspn(text, " \r")] || *text == '\n')
		return false;
	memset(text, ' ', strcspn(text, "\n"));
	return true;
}

/* Parsing ends at the first mistake: it is repeated without that line. */
static unsigned check_text(const char *path, char *text, size_t length)
{
	struct vigil_rules *rules;
	struct vigil_error error;
	unsigned wrong = 0;

	while (wrong < MISTAKES_MAX && vigil_rules_parse(&rules, text, length, path, &error) < 0) {
		cli_say("%s", error.text);
		wrong++;
		if (error.code != VIGIL_ERROR_USAGE || !blank_line(text, line_of(error.text, path)))
			return wrong;
	}
	if (wrong < MISTAKES_MAX)
		vigil_rules_free(rules);
	return wrong;
}

static unsigned check_rules(const char *path)
{
	struct vigil_rules *rules;
	struct vigil_error error;
	unsigned wrong = 0;
	char *text = NULL;
	size_t length;

	if (!path)
		return 0;
	if (input_read(&text, &length, path, RULES_BYTES_MAX, &error) == VIGIL_OK)
		wrong = check_text(path, text, length);
	free(text);
	if (wrong)
		return wrong;
	if (vigil_rules_load(&rules, path, &error) < 0) { /* also what no text has */
		cli_say("%s", error.text);
		return 1;
	}
	vigil_rules_free(rules);
	return 0;
}

/* ---- detection rules ---- */

static unsigned check_detection(const struct options *options)
{
	const char *paths[2 * OPTION_LIST_MAX];
	struct alert_options choice = { 0 };
	struct alerts *alerts = NULL;
	struct vigil_error error;
	unsigned wrong = 0;

	if (options->detect.paths.count == 0)
		return 0;
	detecting_choose(&choice, &options->detect, paths);
	choice.origin = (struct alert_origin){ .inspect = options->source.inspect, .live = true };
	if (alerts_open(&alerts, &choice, &error) < 0) {
		cli_say("%s", error.text);
		return 1;
	}
#ifdef VIGIL_DETECT
	wrong = detect_say_mistakes(alerts);
#endif
	if (!wrong && alerts_loaded(alerts).rules == 0) {
		cli_say("no detection rule is loaded from %s; `vigil detect check` says why",
			options->detect.paths.item[0]);
		wrong = 1;
	}
	alerts_free(alerts);
	return wrong;
}

/* ---- outputs ---- */

/* Whether the folder of a file that will be made is there. */
static unsigned check_folder(const char *name, const char *path)
{
	char *folder = path ? strdup(path) : NULL;
	char *slash = folder ? strrchr(folder, '/') : NULL, *back;
	unsigned wrong = 0;

	back = OS_WINDOWS && folder ? strrchr(folder, '\\') : NULL;
	slash = back && (!slash || back > slash) ? back : slash;
	if (slash && slash != folder) {
		*slash = '\0';
		wrong = !os_exists(folder);
	}
	if (wrong)
		cli_say("%s: the folder %s of %s is not there. Make it first.", name, folder, path);
	free(folder);
	return wrong;
}

int run_check(struct run *r)
{
	unsigned wrong = r->options.mistakes;

	wrong += check_rules(r->options.source.rules);
	wrong += check_detection(&r->options);
	if (strcmp(r->log_options.path, service_log()) !=
	    0) /* the service manager makes its folder */
		wrong += check_folder("output", r->log_options.path);
	wrong += check_folder("record", r->recording.path);
	wrong += run_health_check(r) >= 0;
	if (wrong) {
		cli_say("mistakes: %u; nothing was started", wrong);
		return EXIT_USAGE;
	}
	cli_print("no mistakes\n");
	return EXIT_FINE;
}
