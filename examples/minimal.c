/* SPDX-License-Identifier: MIT */
/* minimal.c - prints the programs that are started.
 *
 *	cc minimal.c $(pkg-config --cflags --libs vigil) -o minimal && sudo ./minimal
 */
#include <err.h>
#include <stdio.h>
#include <vigil/vigil.h>

int main(void)
{
	struct vigil *v;
	struct vigil_error error;
	const struct vigil_event *event;

	if (vigil_open(&v, NULL, &error) < 0)
		errx(1, "%s", error.text);
	while (vigil_next(v, &event, -1) > 0)
		if (event->record->type == VIGIL_EVENT_PROCESS_EXEC && event->process)
			printf("%u %s\n", event->process->id.pid, event->process->command.data);
	vigil_close(v);
}
