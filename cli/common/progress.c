/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "cli.h"
#include "os/os.h"

#define AFTER_MS 700 /* shorter work shows no progress */
#define EVERY_MS 200

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){ .what = what,
				       .begun_ms = os_now_ms(),
				       .shown = os_columns(STDERR_FILENO) > 0 };
}

static void draw(struct progress *progress, uint64_t done, uint64_t all, int64_t now)
{
	uint64_t left = done ? (uint64_t)(now - progress->begun_ms) * (all - done) / done : 0;

	if (all)
		cli_print_to(STDERR_FILENO, "\r%s: %" PRIu64 "%%, %" PRIu64 " s left \033[K",
			     progress->what, done * 100 / all, (left + 999) / 1000);
	else
		cli_print_to(STDERR_FILENO, "\r%s: %" PRIu64 " \033[K", progress->what, done);
	progress->drawn = true;
	progress->drawn_ms = now;
}

bool progress_update(struct progress *progress, uint64_t done, uint64_t all)
{
	int64_t now;

	if (!progress->shown)
		return !cli_signal;
	now = os_now_ms();
	if (now - progress->begun_ms >= AFTER_MS && now - progress->drawn_ms >= EVERY_MS)
		draw(progress, done, all < done && all ? done : all, now);
	return !cli_signal;
}

bool progress_of(void *context, uint64_t done, uint64_t all)
{
	return progress_update(context, done, all);
}

void progress_end(struct progress *progress)
{
	if (!progress->drawn)
		return;
	cli_print_to(STDERR_FILENO, "\r\033[K");
	progress->drawn = false;
}
