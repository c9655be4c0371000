/* SPDX-License-Identifier: MIT */
/* record.c - records events for some seconds, then prints the recording as JSON.
 *
 *	cc record.c $(pkg-config --cflags --libs vigil) -o record && sudo ./record FILE SECONDS
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <vigil/vigil.h>

static void record(const char *path, time_t end)
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	struct vigil_recorder_statistics counts = { .size = sizeof(counts) };
	struct vigil_recorder *recorder;
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v;
	int result;

	if (vigil_recorder_open(&recorder, path, NULL, &error) < 0 ||
	    vigil_open(&v, &options, &error) < 0)
		errx(1, "%s", error.text);
	while ((result = vigil_next(v, &event, 200)) >= 0 && time(NULL) < end)
		if (result > 0 && vigil_recorder_add(recorder, event, true) < 0)
			warnx("an event was dropped: the disk is too slow, or full");
	if (result < 0)
		errx(1, "%s", vigil_last_error(v)->text);
	vigil_close(v);
	if (vigil_recorder_finish(recorder, &counts, &error) < 0)
		errx(1, "%s", error.text);
	fprintf(stderr, "%llu events\n", (unsigned long long)counts.events);
}

static void print(const char *path)
{
	struct vigil_printer_options json = { .size = sizeof(json), .format = VIGIL_FORMAT_JSON };
	struct vigil_printer *printer = vigil_printer_new(&json);
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v;

	if (!printer)
		errx(1, "no memory");
	if (vigil_open_file(&v, path, NULL, &error) < 0)
		errx(1, "%s", error.text);
	while (vigil_next(v, &event, 0) > 0) {
		size_t length;
		const char *line = vigil_print(printer, event, &length);

		if (line)
			fwrite(line, 1, length, stdout);
	}
	vigil_printer_free(printer);
	vigil_close(v);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: record FILE SECONDS");
	record(argv[1], time(NULL) + atoi(argv[2]));
	print(argv[1]);
	return 0;
}
