/* SPDX-License-Identifier: MIT */
/* Assignment of requests, deadlines and avoided subjects: the client, with a fake spawner whose
 * workers do what the test says. */
#include "make_event.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* NOLINTNEXTLINE(bugprone-suspicious-include): its spawner is the one below */
#include "inspect/client.c" /* overrides the library's, with the spawner below */

#define WORKERS 64

static struct {
	int worker[WORKERS]; /* the other ends, by worker number */
	unsigned started, killed, hanging, opened;
	bool gone;
	uint32_t last_killed;
} hand;

int spawner_open(struct spawner *spawner)
{
	*spawner = (struct spawner){ .control = 0 };
	hand.opened++;
	hand.gone = false;
	return 0;
}

void spawner_close(struct spawner *spawner)
{
	spawner->control = -1;
}

int spawner_start(struct spawner *spawner, uint32_t number, enum inspect_class class, bool realtime,
		  bool *gone)
{
	int pair[2];

	(void)spawner;
	(void)class;
	(void)realtime;
	*gone = hand.gone;
	if (hand.gone)
		return -1;
	assert_in_range(number, 1, WORKERS - 1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	hand.worker[number] = pair[1];
	hand.started++;
	return pair[0];
}

void spawner_kill(struct spawner *spawner, uint32_t number)
{
	(void)spawner;
	hand.killed++;
	hand.last_killed = number;
}

unsigned spawner_hanging(const struct spawner *spawner)
{
	(void)spawner;
	return hand.hanging;
}

static struct inspect *client;
static const struct inspect_request ask_build_id = {
	.what = INSPECT_BUILD_ID, .device = 7, .inode = 11, .path = "/x"
};

static int open_client(void **state)
{
	(void)state;
	memset(&hand, 0, sizeof(hand));
	return inspect_open(&client,
			    INSPECT_CLASS(INSPECT_QUICK) | INSPECT_CLASS(INSPECT_HASHES) |
				INSPECT_CLASS(INSPECT_NAMES),
			    NULL);
}

static int close_client(void **state)
{
	(void)state;
	inspect_close(client);
	for (int i = 0; i < WORKERS; i++)
		if (hand.worker[i])
			close(hand.worker[i]);
	return 0;
}

/* Receives the request that was sent to the worker of this number; false: none. */
static bool receive(uint32_t number, struct inspect_message *message)
{
	return recv(hand.worker[number], message, sizeof(*message), MSG_DONTWAIT) > 0;
}

static void reply(uint32_t number, const struct inspect_answer *answer, size_t size)
{
	assert_int_equal(send(hand.worker[number], answer, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Waits up to three seconds for an answer. */
static const struct inspect_answer *next(void)
{
	int64_t until = os_now_ms() + 3000;
	const struct inspect_answer *answer;

	while (!(answer = inspect_next(client)) && os_now_ms() < until)
		poll(&(struct pollfd){ .fd = inspect_fd(client), .events = POLLIN }, 1, 100);
	return answer;
}

static const size_t HEAD = offsetof(struct inspect_answer, text);
static struct inspect_message message;
static struct inspect_answer answer;

static void a_request_and_its_answer(void **state)
{
	const struct inspect_answer *got;
	uint32_t ticket;

	(void)state;
	assert_int_equal(hand.started, 5); /* none for names yet */
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
	assert_null(inspect_next(client));
	assert_true(receive(1, &message));
	assert_int_equal(message.ticket, ticket);
	assert_int_equal(message.request.inode, 11);
	assert_int_equal(message.path_length, 2);
	assert_memory_equal(message.path, "/x", 2);
	answer = (struct inspect_answer){ .ticket = ticket,
					  .known = INSPECT_BUILD_ID,
					  .build_id_length = 3 };
	reply(1, &answer, HEAD);
	got = next();
	assert_non_null(got);
	assert_int_equal(got->ticket, ticket);
	assert_int_equal(got->build_id_length, 3);
	assert_null(inspect_next(client));
}

/* Each class has a number of workers; further requests are refused as busy. */
static void busy(void **state)
{
	struct inspect_request hash = { .what = INSPECT_SHA256, .device = 8, .inode = 1 };
	uint32_t ticket, first;

	(void)state;
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &first), INSPECT_ASKED);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_BUSY);
	assert_int_equal(inspect_ask(client, &hash, -1, &ticket), INSPECT_ASKED);
	assert_int_equal(inspect_ask(client, &hash, -1, &ticket), INSPECT_ASKED);
	assert_int_equal(inspect_ask(client, &hash, -1, &ticket), INSPECT_BUSY);
	answer = (struct inspect_answer){ .ticket = first };
	reply(1, &answer, HEAD);
	assert_non_null(next());
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
}

/* A worker that does not answer: unknown at the deadline, and another replaces it. Its file
 * system is avoided for a while, others are not. */
static void given_up(void **state)
{
	struct inspect_request other = ask_build_id;
	const struct inspect_answer *got;
	int64_t begun = os_now_ms();
	uint32_t ticket, next_ticket;

	(void)state;
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
	got = next();
	assert_in_range(os_now_ms() - begun, 500, 1500);
	assert_non_null(got);
	assert_int_equal(got->ticket, ticket);
	assert_int_equal(got->known, 0);
	assert_int_equal(hand.killed, 1);
	assert_int_equal(hand.last_killed, 1);
	assert_int_equal(hand.started, 6);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &next_ticket), INSPECT_REFUSED);
	other.device++;
	assert_int_equal(inspect_ask(client, &other, -1, &next_ticket), INSPECT_ASKED);
	os_sleep_ms(1000);
	assert_non_null(next());
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &next_ticket), INSPECT_ASKED);
}

/* The number of hanging workers is bounded. At the bound all requests are unknown at once, which
 * is reported once, until the workers have ended. */
static void bounded(void **state)
{
	char text[300] = "";
	uint32_t ticket;

	(void)state;
	hand.hanging = 8;
	for (int i = 0; i < 3; i++) {
		struct inspect_request request = ask_build_id;

		request.device = 100u + (unsigned)i;
		assert_int_equal(inspect_ask(client, &request, -1, &ticket), INSPECT_ASKED);
	}
	for (int i = 0; i < 3; i++)
		assert_non_null(next());
	assert_int_equal(hand.started, 5); /* they are not replaced */
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_REFUSED);
	assert_true(inspect_news(client, text, sizeof(text)));
	assert_non_null(strstr(text, "8 wait"));
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_REFUSED);
	assert_false(inspect_news(client, text, sizeof(text)));
	hand.hanging = 7;
	assert_true(inspect_news(client, text, sizeof(text)));
	assert_false(inspect_news(client, text, sizeof(text)));
	os_sleep_ms(1100);
	assert_null(inspect_next(client)); /* restarts them */
	assert_int_equal(hand.started, 8);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
}

static void a_worker_dies(void **state)
{
	const struct inspect_answer *got;
	uint32_t ticket = 0;

	(void)state;
	close(hand.worker[2]); /* an idle worker */
	hand.worker[2] = 0;
	assert_null(inspect_next(client));
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
	close(hand.worker[1]); /* a busy worker */
	hand.worker[1] = 0;
	got = next();
	assert_non_null(got);
	assert_int_equal(got->ticket, ticket);
	assert_int_equal(got->known, 0);
	os_sleep_ms(150); /* a worker is replaced at most ten times a second */
	inspect_next(client);
	assert_int_equal(hand.started, 7);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
}

/* A worker that sends something else than an answer is ended. */
static void garbage(void **state)
{
	static const struct {
		struct inspect_answer answer;
		size_t size;
	} wrong[] = {
		{ { .known = INSPECT_BUILD_ID }, sizeof(uint32_t) },
		{ { .known = INSPECT_SHA256 }, offsetof(struct inspect_answer, text) },
		{ { .known = INSPECT_BUILD_ID, .build_id_length = 33 },
		  offsetof(struct inspect_answer, text) },
		{ { .args_length = 1 }, offsetof(struct inspect_answer, text) },
		{ { .args_length = UINT32_MAX, .name_length = 1 },
		  offsetof(struct inspect_answer, text) },
		{ { .name_length = INSPECT_NAME_MAX + 1 },
		  offsetof(struct inspect_answer, text) + INSPECT_NAME_MAX + 1 },
		{ { .ticket = 1 }, offsetof(struct inspect_answer, text) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct inspect_request request = ask_build_id;
		const struct inspect_answer *got;
		uint32_t ticket, number = 0;

		request.device = 1000 + i;
		while (inspect_ask(client, &request, -1, &ticket) != INSPECT_ASKED)
			os_sleep_ms(10);
		for (uint32_t n = 1; n < WORKERS && !number; n++)
			if (hand.worker[n] && receive(n, &message) && message.ticket == ticket)
				number = n;
		assert_true(number);
		answer = wrong[i].answer;
		answer.ticket += ticket;
		reply(number, &answer, wrong[i].size);
		got = next();
		assert_non_null(got);
		assert_int_equal(got->ticket, ticket);
		assert_int_equal(got->known, 0);
		assert_int_equal(hand.last_killed, number);
		inspect_next(client);
	}
}

/* An answer without a request. */
static void unasked(void **state)
{
	(void)state;
	answer = (struct inspect_answer){ 0 };
	reply(1, &answer, HEAD);
	assert_null(inspect_next(client));
	assert_int_equal(hand.last_killed, 1);
}

static void a_spawner_dies(void **state)
{
	uint32_t ticket;

	(void)state;
	hand.gone = true;
	for (int i = 1; i <= 5; i++) {
		close(hand.worker[i]);
		hand.worker[i] = 0;
	}
	os_sleep_ms(150);
	inspect_next(client);
	assert_int_equal(hand.opened, 2);
	os_sleep_ms(1100);
	inspect_next(client);
	assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
	assert_int_equal(hand.opened, 2);
}

/* A result is sent with the next request. It is returned without a request, for a while, only if
 * root alone can write to the file. */
static void remembered(void **state)
{
	uint32_t ticket;
	size_t length;
	int64_t now;

	(void)state;
	for (uint8_t root_only = 0; root_only < 2; root_only++) {
		assert_null(inspect_known_build_id(client, 7, 11, 0, os_now_ms(), &length));
		assert_int_equal(inspect_ask(client, &ask_build_id, -1, &ticket), INSPECT_ASKED);
		assert_true(receive(1, &message));
		assert_int_equal(message.known, root_only ? INSPECT_BUILD_ID : 0);
		answer = (struct inspect_answer){ .ticket = ticket,
						  .known = INSPECT_BUILD_ID,
						  .settled = 1,
						  .root_only = root_only,
						  .build_id_length = 1,
						  .build_id = { 0xaa },
						  .file = { 1, 11, 3, 4, 5 } };
		reply(1, &answer, HEAD);
		assert_non_null(next());
	}
	assert_int_equal(message.file.changed, 4);
	assert_int_equal(message.build_id[0], 0xaa);
	now = os_now_ms();
	assert_int_equal(*inspect_known_build_id(client, 7, 11, 0, now, &length), 0xaa);
	assert_int_equal(length, 1);
	assert_null(
	    inspect_known_build_id(client, 7, 11, 1, now, &length)); /* another generation */
	assert_null(inspect_known_build_id(client, 7, 11, 0, now + 1050, &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_and_its_answer, open_client,
						close_client),
		cmocka_unit_test_setup_teardown(busy, open_client, close_client),
		cmocka_unit_test_setup_teardown(given_up, open_client, close_client),
		cmocka_unit_test_setup_teardown(bounded, open_client, close_client),
		cmocka_unit_test_setup_teardown(a_worker_dies, open_client, close_client),
		cmocka_unit_test_setup_teardown(garbage, open_client, close_client),
		cmocka_unit_test_setup_teardown(unasked, open_client, close_client),
		cmocka_unit_test_setup_teardown(a_spawner_dies, open_client, close_client),
		cmocka_unit_test_setup_teardown(remembered, open_client, close_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
