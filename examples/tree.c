/* SPDX-License-Identifier: MIT */
/* tree.c - prints the process tree of a recording, or of the next seconds: who started what.
 *
 *	cc tree.c $(pkg-config --cflags --libs vigil) -o tree
 *	sudo ./tree 5
 *	./tree FILE
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <vigil/vigil.h>

/* One line per start: the command line, indented below its ancestors. */
static void print_start(const struct vigil_event *event)
{
	int depth = 0;

	if (!event->process)
		return;
	for (uint32_t i = 0; i < event->ancestors.length; i++)
		depth += event->ancestors.data[i] == '\0'; /* each is terminated by a NUL */
	printf("%*s%s (%u)\n", 2 * depth, "", event->process->command.data, event->process->id.pid);
}

int main(int argc, char **argv)
{
	struct vigil_options options = { .size = sizeof(options),
					 .types = VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
						  VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC),
					 .ancestors = VIGIL_ANCESTORS_MAX };
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v;
	char *rest;
	int result;
	long seconds;
	time_t end;

	if (argc != 2)
		errx(2, "usage: tree SECONDS | FILE");
	seconds = strtol(argv[1], &rest, 10);
	if (*rest)
		result = vigil_open_file(&v, argv[1], &options, &error);
	else
		result = vigil_open(&v, &options, &error);
	if (result < 0)
		errx(1, "%s", error.text);
	end = time(NULL) + seconds;
	while ((result = vigil_next(v, &event, 200)) >= 0) {
		if (result > 0 && event->record->type == VIGIL_EVENT_PROCESS_EXEC)
			print_start(event);
		if (vigil_at_end(v) || (!*rest && time(NULL) >= end))
			break;
	}
	if (result < 0)
		errx(1, "%s", vigil_last_error(v)->text);
	vigil_close(v);
	return 0;
}
