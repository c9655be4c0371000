/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"
#include "run/metrics.h"

static struct health health;

static void make_health(uint64_t beat_ms)
{
	struct health_output *output;

	health = (struct health){ .pid = 1,
				  .version = "1.2.3",
				  .backend = "none",
				  .started_ns = 1700000000500000000u,
				  .beat_ns = 1700000001500000000u,
				  .beat_ms = beat_ms,
				  .is_ready = true };
	health.type[VIGIL_EVENT_PROCESS_EXEC].delivered = 12345678901234u;
	health.type[VIGIL_EVENT_PROCESS_EXEC].dropped[VIGIL_LOSS_QUEUE_FULL] = 7;
	output = health_output(&health, "a \"b\" \\c", "kafka");
	output->acked = 3;
	output->oldest_ns = health.beat_ns - 1234000000;
	strcpy(health.filter[0].name, "line\nbreak");
	strcpy(health.filter[1].name, "\xff\xfe");
	strcpy(health.filter[2].name, "twice");
	strcpy(health.filter[3].name, "twice");
	health.filters = 4;
}

/* ---- answers ---- */

static char *answer(const char *request, size_t length, bool has_health, uint64_t now)
{
	struct vigil_buffer out = { .failed = false };

	if (!metrics_answer(&out, request, length, has_health ? &health : NULL, now)) {
		vigil_buffer_free(&out);
		return NULL;
	}
	vigil_put_char(&out, '\0');
	assert_false(out.failed);
	return out.data;
}

static void assert_answer(const char *request, const char *begin)
{
	char *text = answer(request, strlen(request), true, 5000);

	if (!begin) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	if (strncmp(text, begin, strlen(begin)) != 0)
		fail_msg("%s: %.100s", request, text);
	free(text);
}

static void requests(void **state)
{
	char large[METRICS_REQUEST], *text;

	(void)state;
	make_health(4500);
	assert_answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.0 200 OK\r\n");
	assert_answer("GET /metrics HTTP/1.0\n\n", "HTTP/1.0 200 OK\r\n");
	assert_answer("GET /metrics?name[]=x HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n");
	assert_answer("GET /livez HTTP/1.1\r\n\r\n", "HTTP/1.0 200 OK\r\n");
	assert_answer("GET /readyz HTTP/1.1\r\n\r\n", "HTTP/1.0 200 OK\r\n");
	assert_answer("GET / HTTP/1.1\r\n\r\n", "HTTP/1.0 404 ");
	assert_answer("GET /metricss HTTP/1.1\r\n\r\n", "HTTP/1.0 404 ");
	assert_answer("GET /metrics\r\n\r\n", "HTTP/1.0 404 ");
	assert_answer("GET\r\n\r\n", "HTTP/1.0 405 ");
	assert_answer("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.0 405 ");
	assert_answer("\r\n\r\n", "HTTP/1.0 405 ");
	assert_answer("\n\n", "HTTP/1.0 405 ");
	assert_answer("\x16\x03\x01\x02", "HTTP/1.0 400 "); /* TLS */
	assert_answer("GET /met", NULL);
	assert_answer("GET /metrics HTTP/1.1\r\n", NULL);
	assert_answer("GET /metrics HTTP/1.1\r\nHost: x\r\n", NULL);
	assert_answer("", NULL);
	memset(large, 'x', sizeof(large));
	assert_null(answer(large, sizeof(large) - 1, true, 0));
	text = answer(large, sizeof(large), true, 0);
	assert_memory_equal(text, "HTTP/1.0 431 ", 13);
	free(text);
	text = answer("HEAD /metrics HTTP/1.1\r\n\r\n", 26, true, 0);
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
	assert_non_null(strstr(text, "Content-Length: "));
	free(text);
}

/* Every beginning of a request is incomplete; what follows the headers does not matter. */
static void beginnings(void **state)
{
	static const char request[] = "GET /livez HTTP/1.1\r\nA: b\r\n\r\nrest";

	(void)state;
	make_health(0);
	for (size_t length = 0; length < sizeof(request); length++) {
		char *text = answer(request, length, true, 0);

		assert_int_equal(text != NULL, length >= strlen(request) - strlen("rest"));
		free(text);
	}
}

static void probes(void **state)
{
	static const char live[] = "GET /livez HTTP/1.1\r\n\r\n",
			  ready[] = "GET /readyz HTTP/1.1\r\n\r\n";
	static const struct {
		const char *request;
		bool has_health, is_ready;
		uint64_t now;
		bool fine;
	} cases[] = {
		{ live, true, true, 1000 + METRICS_SILENT_MS - 1, true },
		{ live, true, true, 1000 + METRICS_SILENT_MS, false },
		{ live, true, false, 1000, true },
		{ live, false, false, 1000, false },
		{ ready, true, true, 1000, true },
		{ ready, true, true, 900, true },
		{ ready, true, false, 1000, false },
		{ ready, true, true, 1000 + METRICS_SILENT_MS, false },
		{ ready, false, false, 1000, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;

		make_health(1000);
		health.is_ready = cases[i].is_ready;
		text = answer(cases[i].request, strlen(cases[i].request), cases[i].has_health,
			      cases[i].now);
		assert_memory_equal(text, cases[i].fine ? "HTTP/1.0 200 " : "HTTP/1.0 503 ", 13);
		free(text);
	}
}

/* Garbage of all lengths: an answer or none, never anything else. */
static void garbage(void **state)
{
	uint32_t seed = 1;

	(void)state;
	make_health(0);
	for (int round = 0; round < 20000; round++) {
		char request[64];
		size_t length;
		char *text;

		for (size_t i = 0; i < sizeof(request); i++) {
			static const char likely[] = "GET /metricslvz?\r\n\r\n HTP1.";

			seed = seed * 1664525 + 1013904223;
			request[i] = seed >> 30 ? likely[(seed >> 16) % (sizeof(likely) - 1)]
						: (char)(seed >> 16);
		}
		length = (seed >> 8) % (sizeof(request) + 1);
		text = answer(request, length, true, 0);
		assert_true(!text || strncmp(text, "HTTP/1.0 ", 9) == 0);
		free(text);
	}
}

/* ---- the text ---- */

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz_", text[i]))
			return false;
	return length > 0;
}

/* Checks the labels from after '{' on. Returns where they end, after '}'. */
static const char *assert_labels(const char *at)
{
	for (;;) {
		size_t name = strcspn(at, "=");

		assert_true(is_name(at, name));
		at += name;
		assert_memory_equal(at, "=\"", 2);
		at += 2;
		while (*at != '"') {
			assert_true((unsigned char)*at >= ' ');
			if (*at == '\\')
				assert_non_null(strchr("\\\"n", *++at));
			at++;
		}
		at++;
		if (*at == '}')
			return at + 1;
		assert_int_equal(*at++, ',');
	}
}

/* One line of the format: a comment about the family, or a sample of the family announced last. */
static void assert_line(const char *line, char family[64])
{
	size_t length;

	if (*line == '#') {
		assert_true(strncmp(line, "# HELP vigil_", 13) == 0 ||
			    strncmp(line, "# TYPE vigil_", 13) == 0);
		length = strcspn(line + 7, " ");
		assert_true(length < 64 && is_name(line + 7, length));
		if (line[2] == 'T') {
			assert_memory_equal(line + 7, family, length);
			assert_true(strcmp(line + 7 + length, " counter") == 0 ||
				    strcmp(line + 7 + length, " gauge") == 0);
			/* promtool wants this of every counter. */
			assert_int_equal(strcmp(line + 7 + length, " counter") == 0,
					 strcmp(family + length - 6, "_total") == 0);
		}
		memcpy(family, line + 7, length);
		family[length] = '\0';
		return;
	}
	length = strcspn(line, "{ ");
	assert_int_equal(length, strlen(family));
	assert_memory_equal(line, family, length);
	line = line[length] == '{' ? assert_labels(line + length + 1) : line + length;
	assert_int_equal(*line++, ' ');
	assert_int_equal(strspn(line, "0123456789."), strlen(line));
	assert_true(*line >= '0' && *line <= '9');
}

static void text_is_well_formed(void **state)
{
	struct vigil_buffer out = { .failed = false };
	char family[64] = "", *line, *rest;

	(void)state;
	make_health(0);
	metrics_put(&out, &health, 250);
	vigil_put_char(&out, '\0');
	assert_true(vigil_utf8_valid(out.data, out.length - 1));
	assert_non_null(strstr(out.data,
			       "\nvigil_events_total{type=\"exec\",outcome=\"delivered\"} "
			       "12345678901234\n"));
	assert_non_null(strstr(out.data, "{type=\"exec\",reason=\"queue-full\"} 7\n"));
	assert_non_null(strstr(out.data, "{output=\"a \\\"b\\\" \\\\c\",kind=\"kafka\"} 1.234\n"));
	assert_non_null(strstr(out.data, "{exclusion=\"line\\nbreak\"} 0\n"));
	assert_non_null(strstr(out.data, "{exclusion=\"??\"} 0\n"));
	assert_non_null(strstr(out.data, "\nvigil_start_time_seconds 1700000000.500\n"));
	assert_non_null(strstr(out.data, "\nvigil_age_seconds 0.250\n"));
	line = strstr(out.data, "\"twice\"");
	assert_null(strstr(line + 1, "\"twice\""));
	rest = out.data;
	while ((line = strsep(&rest, "\n")) && rest)
		assert_line(line, family);
	assert_string_equal(line, ""); /* the last line ends, too */
	vigil_buffer_free(&out);
}

/* ---- addresses ---- */

static void addresses(void **state)
{
	static const char *const wrong[] = { "",
					     "9469",
					     ":9469",
					     "0.0.0.0:9469",
					     "127.0.0.1",
					     "127.0.0.1:",
					     "127.0.0.1:0",
					     "127.0.0.1:65536",
					     "127.0.0.1:12x",
					     "127.0.0.1: 1",
					     "127.0.0.1:-1",
					     "192.168.1.1:9469",
					     "[::]:9469",
					     "[::1]",
					     "::1:9469",
					     "unix:",
					     "unix:relative",
					     "tcp:127.0.0.1:9469" };
	struct metrics_address address;
	struct vigil_error error;
	char path[200] = "unix:/";

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (metrics_parse(&address, wrong[i], &error) != VIGIL_ERROR_USAGE)
			fail_msg("%s is accepted", wrong[i]);
	memset(path + 6, 'x', 120);
	assert_int_equal(metrics_parse(&address, path, &error), VIGIL_ERROR_USAGE);
	assert_int_equal(metrics_parse(&address, "127.0.0.1:9469", &error), VIGIL_OK);
	assert_int_equal(((struct sockaddr_in *)&address.socket)->sin_port, htons(9469));
	assert_int_equal(metrics_parse(&address, "[::1]:1", &error), VIGIL_OK);
	assert_int_equal(metrics_parse(&address, "unix:/run/x", &error), VIGIL_OK);
	assert_string_equal(address.path, "/run/x");
}

/* ---- the process ---- */

static char folder[] = "/tmp/vigil-metrics-XXXXXX";
static char path[64];
static struct published figures;
static struct metrics metrics;

static int start(void **state)
{
	struct metrics_address address;
	struct vigil_error error;
	char text[80];

	(void)state;
	if (!path[0] && !mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(text, sizeof(text), "unix:%s", path);
	make_health((uint64_t)os_now_ms());
	if (chmod(folder, 0755) < 0 ||
	    published_open(&figures, NULL, false, sizeof(health), &error) < 0)
		return -1;
	published_put(&figures, &health);
	if (metrics_parse(&address, text, &error) < 0)
		return -1;
	return metrics_start(&metrics, &address, &figures, &error) < 0 ? -1 : 0;
}

static int stop(void **state)
{
	struct stat st;

	(void)state;
	metrics_stop(&metrics);
	published_close(&figures);
	while (wait(NULL) < 0 && errno == EINTR)
		;
	return stat(path, &st) < 0 ? 0 : -1;
}

static int connect_once(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads to the end. Returns the bytes, and their beginning in text. */
static size_t receive_all(int fd, char text[64])
{
	size_t bytes = 0;
	char rest[65536];
	ssize_t n;

	memset(text, 0, 64);
	while ((n = recv(fd, rest, sizeof(rest), 0)) > 0) {
		if (bytes == 0)
			memcpy(text, rest, (size_t)n < 63 ? (size_t)n : 63);
		bytes += (size_t)n;
	}
	close(fd);
	return bytes;
}

static void assert_serves(void)
{
	char text[64];
	int fd = connect_once();

	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(receive_all(fd, text) > 5000);
	assert_memory_equal(text, "HTTP/1.0 200 OK", 15);
}

static void answers(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	for (int i = 0; i < 200; i++)
		assert_serves();
	assert_false(metrics_has_ended(&metrics));
}

/* Clients that connect and say nothing, that send a byte now and then, that do not read, that go
 * away: others are served within the time that each client has. */
static void slow_clients(void **state)
{
	int fd[3 * METRICS_CLIENTS];
	int64_t begun;
	char text[64];

	(void)state;
	for (size_t i = 0; i < 2 * METRICS_CLIENTS; i++)
		fd[i] = connect_once();
	send_text(fd[0], "G");
	send_text(fd[1], "GET /metrics HTTP/1.1\r\n\r\n"); /* and does not read */
	for (size_t i = 2 * METRICS_CLIENTS; i < 3 * METRICS_CLIENTS; i++) {
		fd[i] = -1;
		close(connect_once());
	}
	begun = os_now_ms();
	assert_serves();
	assert_true(os_now_ms() - begun < 2 * METRICS_CLIENT_MS + 3000);
	assert_int_equal(receive_all(fd[0], text), 0);
	for (size_t i = 1; i < 2 * METRICS_CLIENTS; i++)
		close(fd[i]);
	begun = os_now_ms();
	assert_serves();
	assert_true(os_now_ms() - begun < 3000);
}

/* A request in pieces, one larger than it may be, garbage that never ends. */
static void odd_clients(void **state)
{
	static const char request[] = "GET /livez HTTP/1.1\r\n\r\n";
	char text[64], many[1000];
	int fd = connect_once();

	(void)state;
	for (size_t i = 0; i < strlen(request); i++) {
		assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
		os_sleep_ms(2);
	}
	receive_all(fd, text);
	assert_memory_equal(text, "HTTP/1.0 200 OK", 15);
	memset(many, 'x', sizeof(many));
	fd = connect_once();
	for (int i = 0; i < 10000; i++)
		if (send(fd, many, sizeof(many), MSG_NOSIGNAL) < 0)
			break;
	receive_all(fd, text);
	assert_memory_equal(text, "HTTP/1.0 431 ", 13);
	fd = connect_once();
	send_text(fd, "\x16\x03\x01");
	receive_all(fd, text);
	assert_memory_equal(text, "HTTP/1.0 400 ", 13);
	assert_serves();
}

/* The sensor publishes meanwhile, and does not wait for a process that is stopped. */
static void the_sensor_does_not_wait(void **state)
{
	int64_t begun = os_now_ms();

	(void)state;
	for (int i = 0; i < 10000; i++)
		published_put(&figures, &health);
	assert_true(os_now_ms() - begun < 5000);
	assert_serves();
}

/* The socket of a service that was killed is replaced; a file is not. */
static void what_is_in_the_way(void **state)
{
	struct metrics_address address;
	struct vigil_error error;
	struct metrics other;
	char text[80], file[70];
	struct stat st;
	int fd;

	(void)state;
	snprintf(text, sizeof(text), "unix:%s", path);
	assert_int_equal(metrics_parse(&address, text, &error), VIGIL_OK);
	assert_int_equal(metrics_start(&other, &address, &figures, &error), VIGIL_OK);
	assert_serves();
	metrics_stop(&other);
	snprintf(file, sizeof(file), "%s/file", folder);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	snprintf(text, sizeof(text), "unix:%s", file);
	assert_int_equal(metrics_parse(&address, text, &error), VIGIL_OK);
	assert_true(metrics_start(&other, &address, &figures, &error) < 0);
	assert_int_equal(stat(file, &st), 0);
	unlink(file);
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(beginnings),
		cmocka_unit_test(probes),
		cmocka_unit_test(garbage),
		cmocka_unit_test(text_is_well_formed),
		cmocka_unit_test(addresses),
		cmocka_unit_test_setup_teardown(answers, start, stop),
		cmocka_unit_test_setup_teardown(slow_clients, start, stop),
		cmocka_unit_test_setup_teardown(odd_clients, start, stop),
		cmocka_unit_test_setup_teardown(the_sensor_does_not_wait, start, stop),
		cmocka_unit_test_setup_teardown(what_is_in_the_way, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, remove_folder);
}
