/* SPDX-License-Identifier: MIT */
/* old.c - a program for libvigil 0.1, in that release's names; compat.h is all that it needs. */
#include <err.h>
#include <stdio.h>
#include <vigil/vigil.h>

#include <vigil/compat.h>

int main(int argc, char **argv)
{
	struct vigil_options options = { .size = sizeof(options),
					 .types = VIGIL_TYPE_ALL,
					 .full_access_types = 0,
					 .unread = true,
					 .look = VIGIL_INSPECT_HASH,
					 .inspect_wait_ms = 100,
					 .inspect_bytes_max = 1 << 20 };
	const struct vigil_event *event;
	struct vigil_statistics counts;
	const struct vigil_proc *first;
	const struct vigil_process *start;
	struct vigil_error error = { VIGIL_OK, "" };
	struct vigil *v;
	int got;

	if (argc != 2)
		return 2;
	if (vigil_open_file(&v, argv[1], &options, &error) < 0)
		errx(1, "%s", error.text);
	while ((got = vigil_next(v, &event, 0)) > 0)
		if (event->record->type == VIGIL_PROCESS_EXEC)
			printf("%u %s %s\n", event->process->id.pid, event->process->image.data,
			       event->part[VIGIL_FILENAME].data);
		else if (event->record->type == VIGIL_EXISTING) {
			start = event->start;
			printf("%u was there before\n", start->process.pid);
		}
	if (got < 0)
		errx(1, "%s", vigil_last_error(v)->text);
	vigil_statistics(v, &counts);
	first = vigil_lookup_process(v, 1, 0);
	printf("%llu execs, 1 is %s\n",
	       (unsigned long long)counts.type[VIGIL_PROCESS_EXEC].delivered,
	       first ? first->image.data : "unknown");
	vigil_drain(v);
	vigil_close(v);
	return error.code == VIGIL_ERROR_PIPE;
}
