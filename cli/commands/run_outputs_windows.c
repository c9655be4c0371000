/* SPDX-License-Identifier: MIT */
#include "run_outputs.h"

#include "common/settings.h"
#include "core/error.h"
#include "run.h"

void run_own_each(options_visit_own *visit, void *context)
{
	(void)visit;
	(void)context;
}

bool run_section(struct options *options, const struct setting *setting, struct vigil_error *error)
{
	(void)options;
	if (!setting)
		return true;
	vigil_fail(error, VIGIL_ERROR_USAGE, "there are no sections on Windows");
	return false;
}

int run_outputs_start(struct run *r)
{
	(void)r;
	return -1;
}

int run_outputs_open(struct run *r)
{
	(void)r;
	return -1;
}

void run_outputs_begin(struct run *r)
{
	(void)r;
}

uint32_t run_outputs_types(const struct run *r)
{
	(void)r;
	return 0;
}

void run_outputs_event(struct run *r, const struct vigil_event *event)
{
	(void)r;
	(void)event;
}

void run_outputs_flush(struct run *r)
{
	(void)r;
}

bool run_outputs_prepare(struct run *r, const struct run *next)
{
	(void)r;
	(void)next;
	return true;
}

void run_outputs_discard(struct run *r)
{
	(void)r;
}

void run_outputs_commit(struct run *r, const struct run *next)
{
	(void)r;
	(void)next;
}

void run_outputs_look_again(struct run *r)
{
	(void)r;
}

int run_outputs_close(struct run *r)
{
	(void)r;
	return 0;
}

void run_outputs_free(struct run_outputs *outputs)
{
	(void)outputs;
}

void run_outputs_health(const struct run *r, struct health *health)
{
	(void)r;
	(void)health;
}

const char *run_outputs_path(const struct run *r)
{
	(void)r;
	return NULL;
}
