/* SPDX-License-Identifier: MIT */
/* test_conservation.c - produced = delivered + withheld + dropped + queued, on the
 * real kernel, with a queue that is large enough and with one that is not. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <vigil/vigil.h>

static const char *program; /* tests/linux/program.c */

static pid_t burst(const char *count)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(program, program, "burst", count, "2", "/bin/true", (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

/* A record waits up to 100 ms for what is looked up; after that nothing more comes. */
#define REST_MS 200
#define MOST_MS 5000 /* other programs start as well, perhaps more often than REST_MS */

static uint64_t boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct tally {
	uint64_t events, lost, gaps, last;
};

static void take_all(struct vigil *v, struct tally *t, int wait_ms)
{
	uint64_t end = boottime_ns() + MOST_MS * 1000000ull;
	const struct vigil_event *event;

	while (boottime_ns() < end && vigil_next(v, &event, wait_ms) > 0) {
		t->events++;
		assert_true(event->record->seq > t->last);
		t->gaps += event->record->seq - t->last - 1;
		t->last = event->record->seq;
		if (event->record->type == VIGIL_EVENT_LOST) { /* has the number of one of them */
			t->lost += event->lost->count;
			t->gaps++;
		}
	}
}

static uint64_t check(struct vigil *v, const struct tally *t)
{
	const struct vigil_statistics *s = vigil_get_statistics(v);

	/* Computed as a difference: a wrong count shows as one below zero. */
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		assert_true((int64_t)vigil_statistics_count(s, VIGIL_COUNT_QUEUED, type) >= 0);
	assert_int_equal(vigil_statistics_count(s, VIGIL_COUNT_DELIVERED, VIGIL_ANY_TYPE),
			 t->events);
	return vigil_statistics_count(s, VIGIL_COUNT_DROPPED, VIGIL_ANY_TYPE);
}

static struct vigil *open_types(uint32_t types, uint32_t buffer)
{
	struct vigil_options options = {
		.size = sizeof(options),
		.types = types,
		.buffer_bytes = buffer,
	};
	struct vigil_error error;
	struct vigil *v;

	if (vigil_open(&v, &options, &error) < 0)
		fail_msg("%s", error.text);
	return v;
}

static struct vigil *open_sensor(uint32_t buffer)
{
	return open_types(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
			      VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
			      VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT),
			  buffer);
}

static void nothing_lost(void **state)
{
	struct vigil *v = open_sensor(0);
	struct tally t = { 0 };
	pid_t pid = burst("3000");

	(void)state;
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		take_all(v, &t, 10);
		check(v, &t);
	}
	take_all(v, &t, REST_MS);
	assert_int_equal(check(v, &t), 0);
	assert_int_equal(t.gaps, 0);
	assert_true(t.events >= 9000);
	vigil_close(v);
}

static void losses_are_exact(void **state)
{
	struct vigil *v = open_sensor(64u << 10);
	struct tally t = { 0 };
	const struct vigil_statistics *s;
	uint64_t produced = 0;

	(void)state;
	for (int round = 0; round < 3; round++) { /* losses at several places */
		waitpid(burst("1000"), NULL, 0);
		take_all(v, &t, REST_MS);
	}
	assert_true(t.lost > 3000);
	assert_int_equal(t.gaps, t.lost);
	assert_int_equal(check(v, &t), t.lost);
	s = vigil_get_statistics(v);
	for (uint32_t type = VIGIL_EVENT_PROCESS_CREATE; type <= VIGIL_EVENT_PROCESS_EXIT; type++)
		produced += vigil_statistics_count(s, VIGIL_COUNT_PRODUCED, type);
	assert_true(produced >= 9000);
	vigil_close(v);
}

/* ---- image loads, which have separate queues ---- */

struct window {
	uint64_t begin, end; /* CLOCK_BOOTTIME, ns */
	uint64_t images;     /* in it */
};

/* Takes for so long, and counts what happened in the window. */
static void take_window(struct vigil *v, struct window *w, unsigned ms)
{
	uint64_t until = boottime_ns() + ms * 1000000ull;
	const struct vigil_event *event;

	while (boottime_ns() < until)
		if (vigil_next(v, &event, 5) > 0 && event->record->type == VIGIL_EVENT_IMAGE_LOAD &&
		    event->record->mono > w->begin && event->record->mono <= w->end)
			w->images++;
}

static uint64_t images_lost(struct vigil *v)
{
	return vigil_statistics_dropped(vigil_get_statistics(v), VIGIL_EVENT_IMAGE_LOAD,
					VIGIL_LOSS_QUEUE_FULL);
}

static struct vigil *open_images(uint32_t buffer)
{
	return open_types(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
			      VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD),
			  buffer);
}

/* Two sensors see the same. What the small one lacks is what it says that it lost; what else
 * runs on this machine loads images, too. */
static uint64_t compare_images(char *const command[])
{
	struct vigil *large = open_images(256u << 20), *small = open_images(64u << 10);
	struct window a = { .begin = UINT64_MAX }, b = { .begin = UINT64_MAX };
	uint64_t lost, accounted;
	pid_t pid;

	take_window(small, &a, 50);
	lost = images_lost(small);
	b = a = (struct window){ .begin = boottime_ns(), .end = UINT64_MAX };
	pid = fork();
	if (pid == 0) {
		execv(command[0], command);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	take_window(small, &a, 250);
	assert_true(vigil_drain(small)); /* its losses are exact at its end */
	b.end = boottime_ns();
	while (!vigil_at_end(small))
		take_window(small, &a, 5);
	lost = images_lost(small) - lost;
	take_window(large, &b, 500);
	accounted = a.images + lost;
	print_message("# images: %llu of %llu, %llu lost\n", (unsigned long long)a.images,
		      (unsigned long long)b.images, (unsigned long long)lost);
	assert_int_equal(images_lost(large), 0);
	/* A program that is just being started, memory without a file, and what was lost just
	 * before the beginning may count. */
	assert_in_range(accounted + 8, b.images, b.images + 72 + b.images / 100);
	vigil_close(small);
	vigil_close(large);
	return lost;
}

static void lost_images_are_exact(void **state)
{
	char *command[] = { (char *)(uintptr_t)program, (char[]){ "burst" },
			    (char[]){ "2000" },         (char[]){ "2" },
			    (char[]){ "/bin/true" },    NULL };

	(void)state;
	assert_true(compare_images(command) > 1000);
}

static void forks_are_no_lost_images(void **state)
{
	char *command[] = { (char *)(uintptr_t)program, (char[]){ "forks" }, (char[]){ "20000" },
			    (char[]){ "2" }, NULL };

	(void)state;
	compare_images(command);
}

static void descriptor_can_be_polled(void **state)
{
	struct vigil *v = open_sensor(0);
	struct tally t = { 0 };
	struct pollfd poll_for = { .fd = vigil_fd(v), .events = POLLIN };
	int found = 0, rounds = 0;

	(void)state;
	assert_true(poll_for.fd >= 0);
	for (int i = 0; i < 10; i++) {
		const struct vigil_event *event;
		pid_t pid;

		take_all(v, &t, 0);
		usleep(i % 2 ? 150000 : 1000); /* from sleep, and from among others */
		take_all(v, &t, 0);
		pid = fork();
		if (pid == 0)
			_exit(0);
		for (bool seen = false; !seen && rounds < 10000; rounds++) {
			assert_true(poll(&poll_for, 1, 2000) > 0);
			while (vigil_next(v, &event, 0) > 0) {
				t.events++;
				if (event->record->type == VIGIL_EVENT_PROCESS_EXIT &&
				    event->exit->process.pid == (uint32_t)pid)
					seen = true;
			}
			found += seen;
		}
		waitpid(pid, NULL, 0);
	}
	assert_int_equal(found, 10);
	vigil_close(v);
}

static void two_at_once(void **state)
{
	struct vigil *a = open_sensor(0), *b = open_sensor(0);
	struct tally ta = { 0 }, tb = { 0 };

	(void)state;
	waitpid(burst("500"), NULL, 0);
	take_all(a, &ta, REST_MS);
	take_all(b, &tb, REST_MS);
	assert_true(ta.events >= 1500 && tb.events >= 1500);
	assert_int_equal(ta.lost + tb.lost, 0);
	vigil_close(a);
	vigil_close(b);
}

static void looking_up_processes(void **state)
{
	struct vigil *v = open_sensor(0);
	struct tally t = { 0 };
	const struct vigil_process_info *me;

	(void)state;
	take_all(v, &t, 100);
	me = vigil_lookup_process(v, (uint32_t)getpid(), 0);
	assert_non_null(me);
	assert_int_equal(me->parent.pid, getppid());
	assert_non_null(strstr(me->image.data, "test_conservation"));
	assert_null(vigil_lookup_process(v, 0x3fffffff, 0));
	vigil_close(v);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_lost),
		cmocka_unit_test(losses_are_exact),
		cmocka_unit_test(lost_images_are_exact),
		cmocka_unit_test(forks_are_no_lost_images),
		cmocka_unit_test(descriptor_can_be_polled),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(looking_up_processes),
	};

	if (argc != 2)
		return 2;
	if (geteuid() != 0) {
		puts("ok conservation # SKIP only root may load BPF programs");
		return 0;
	}
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
