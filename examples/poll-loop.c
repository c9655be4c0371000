/* SPDX-License-Identifier: MIT */
/* poll-loop.c - a sensor in a program that has a poll(2) loop: it prints the programs that are
 * started, and how many events were lost, until a line arrives on standard input.
 *
 *	cc poll-loop.c $(pkg-config --cflags --libs vigil) -o poll-loop && sudo ./poll-loop
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <vigil/vigil.h>

static void log_warning(enum vigil_log_level level, const char *text, void *context)
{
	(void)context;
	if (level == VIGIL_LOG_WARNING)
		warnx("libvigil: %s", text);
}

/* Takes all events that are there, before each poll: the descriptor reports only new ones. */
static void take_events(struct vigil *v)
{
	const struct vigil_event *event;
	int result;

	while ((result = vigil_next(v, &event, 0)) > 0)
		if (event->record->type == VIGIL_EVENT_PROCESS_EXEC && event->process)
			printf("%s\n", event->process->command.data);
	if (result < 0)
		errx(1, "%s", vigil_last_error(v)->text);
	fflush(stdout);
}

int main(void)
{
	struct vigil_options options = { .size = sizeof(options),
					 .types = VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) };
	const struct vigil_statistics *statistics;
	struct vigil_error error;
	struct vigil *v;

	vigil_set_log(log_warning, NULL);
	if (vigil_open(&v, &options, &error) < 0)
		errx(1, "%s", error.text);
	for (;;) {
		struct pollfd wait[] = { { .fd = vigil_fd(v), .events = POLLIN },
					 { .fd = STDIN_FILENO, .events = POLLIN } };

		take_events(v);
		if (poll(wait, 2, -1) < 0)
			err(1, "poll");
		if (wait[1].revents)
			break;
	}
	statistics = vigil_get_statistics(v);
	fprintf(stderr, "%llu events lost\n",
		(unsigned long long)vigil_statistics_count(statistics, VIGIL_COUNT_DROPPED,
							   VIGIL_ANY_TYPE));
	vigil_close(v);
	return 0;
}
