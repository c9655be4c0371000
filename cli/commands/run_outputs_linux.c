/* SPDX-License-Identifier: MIT */
#include "run_outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "run.h"
#include "run/outputs.h"
#include "service/service.h"

void run_own_each(options_visit_own *visit, void *context)
{
	output_settings_each(visit, context);
}

bool run_section(struct options *options, const struct setting *setting, struct vigil_error *error)
{
	struct run *r = (struct run *)options;

	if (!r->outputs.list && !setting)
		return true;
	if (!r->outputs.list)
		r->outputs.list = calloc(1, sizeof(*r->outputs.list));
	if (!r->outputs.list) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
		return false;
	}
	if (!setting) /* files of the sections are read again if they have changed */
		options->files_hash ^= output_list_files(r->outputs.list);
	return output_setting(r->outputs.list, setting, error);
}

/* Returns the sections of a settings file as it was read; "": there are none. */
static const char *sections_of(const struct run *r)
{
	const char *text = r->options.settings_as_read;

	while (text && *text && *(text + strspn(text, " \t")) != '[') {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return text ? text : "";
}

int run_outputs_start(struct run *r)
{
	const char *folder = r->outputs.spool ? r->outputs.spool : SERVICE_SPOOL;
	size_t size = strlen(folder) + sizeof("/x");
	struct vigil_error error;

	if (!r->outputs.list)
		return -1;
	r->outputs.path = malloc(size);
	if (!r->outputs.path) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	snprintf(r->outputs.path, size, "%s/x", folder);
	r->outputs.running = outputs_start(r->outputs.list, sections_of(r), folder,
					   r->options.how.trust_path, &error);
	return r->outputs.running ? -1 : cli_fail(&error);
}

int run_outputs_open(struct run *r)
{
	struct vigil_error error;

	if (outputs_open(r->outputs.running, &error) == VIGIL_OK)
		return -1;
	run_outputs_close(r);
	return cli_fail(&error);
}

void run_outputs_begin(struct run *r)
{
	outputs_begin(r->outputs.running);
}

uint32_t run_outputs_types(const struct run *r)
{
	return r->outputs.list ? output_list_types(r->outputs.list) : 0;
}

void run_outputs_event(struct run *r, const struct vigil_event *event)
{
	outputs_event(r->outputs.running, event);
}

void run_outputs_flush(struct run *r)
{
	outputs_flush(r->outputs.running);
}

/* The folder of the spools and the processes that send are made at the start. */
bool run_outputs_prepare(struct run *r, const struct run *next)
{
	struct vigil_error error;

	if (!r->outputs.running || outputs_prepare(r->outputs.running, next->outputs.list, &error))
		return true;
	cli_say("%s", error.text);
	return false;
}

void run_outputs_discard(struct run *r)
{
	if (r->outputs.running)
		outputs_discard(r->outputs.running);
}

void run_outputs_commit(struct run *r, const struct run *next)
{
	if (r->outputs.running)
		outputs_commit(r->outputs.running, next->outputs.list, sections_of(next),
			       &r->health.figures);
	else if (next->outputs.list)
		cli_say("outputs begin only with a restart, because there was none at the start");
}

void run_outputs_look_again(struct run *r)
{
	outputs_look_again(r->outputs.running);
}

int run_outputs_close(struct run *r)
{
	int status = outputs_close(r->outputs.running);

	r->outputs.running = NULL;
	return status;
}

void run_outputs_free(struct run_outputs *outputs)
{
	if (outputs->list)
		output_list_free(outputs->list);
	free(outputs->list);
	free(outputs->path);
	outputs->list = NULL;
	outputs->path = NULL;
}

void run_outputs_health(const struct run *r, struct health *health)
{
	outputs_health(r->outputs.running, health);
}

const char *run_outputs_path(const struct run *r)
{
	return r->outputs.path;
}
