/* SPDX-License-Identifier: MIT */
/*
 * limit.c - the cheapest monitor that one could write, to see how close others come.
 *
 *	bench_limit empty|wake|poll|arguments [FILE]
 *
 * Counts the records, or writes them to FILE as they are.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "limit.h"
#include "limit.skel.h"

static volatile sig_atomic_t done;
static unsigned long counts[4];

static void on_signal(int number)
{
	(void)number;
	done = 1;
}

static int take(void *file, void *data, size_t size)
{
	const struct limit_record *record = data;

	counts[record->what & 3]++;
	if (file)
		fwrite(data, 1, size, file);
	return 0;
}

static int mode_of(const char *name)
{
	static const char *const MODES[] = { "empty", "wake", "poll", "arguments" };

	for (int mode = 0; mode < 4; mode++)
		if (strcmp(name, MODES[mode]) == 0)
			return mode;
	errx(2, "usage: bench_limit empty|wake|poll|arguments [FILE]");
}

static void run(struct ring_buffer *ring, int mode)
{
	const struct timespec pause = { 0, 10000000 };

	while (!done) {
		if (mode == LIMIT_WAKE)
			ring_buffer__poll(ring, 1000);
		else
			nanosleep(&pause, NULL);
		if (mode >= LIMIT_POLL)
			ring_buffer__consume(ring);
	}
	ring_buffer__consume(ring);
}

int main(int argc, char **argv)
{
	int mode = mode_of(argc > 1 ? argv[1] : "");
	struct sigaction action = { .sa_handler = on_signal };
	struct limit_bpf *bpf = limit_bpf__open();
	FILE *file = argc > 2 ? fopen(argv[2], "we") : NULL;
	struct ring_buffer *ring;

	if (!bpf || (argc > 2 && !file))
		err(1, "%s", argc > 2 ? argv[2] : "bpf");
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	bpf->rodata->mode = mode;
	if (limit_bpf__load(bpf) || limit_bpf__attach(bpf))
		errx(1, "cannot load the programs");
	ring = ring_buffer__new(bpf_map__fd(bpf->maps.ring), take, file, NULL);
	if (!ring)
		err(1, "ring");
	run(ring, mode);
	printf("%lu starts, %lu execs, %lu ends, %lu refused\n", counts[LIMIT_START],
	       counts[LIMIT_EXEC], counts[LIMIT_END], (unsigned long)bpf->bss->refused);
	if (file && fclose(file))
		err(1, "%s", argv[2]);
	ring_buffer__free(ring);
	limit_bpf__destroy(bpf);
	return 0;
}
