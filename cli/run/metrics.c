/* SPDX-License-Identifier: MIT */
/* metrics.c - the address of the figures, and the process that answers there. */
#include "metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli.h"
#include "core/error.h"
#include "metrics_confine.h"

#define NOBODY     65534
#define FILES_MAX  32
#define LISTENING  3 /* descriptors of the process */
#define CONTROL    4
#define FIRST_OFF  16 /* where they are while they are moved */
#define MEMORY_MAX (256ull << 20)

/* ---- the address ---- */

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	*port = htons((uint16_t)number);
	return *text >= '0' && *text <= '9' && !*end && number > 0 && number <= 65535;
}

static bool parse_unix(struct metrics_address *address, const char *path)
{
	struct sockaddr_un *to = (struct sockaddr_un *)&address->socket;

	if (*path != '/' || strlen(path) >= sizeof(to->sun_path))
		return false;
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, path, strlen(path) + 1);
	address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
	address->path = path;
	return true;
}

/* Every address of a loopback interface begins with one of these. */
static bool parse_loopback(struct metrics_address *address, const char *text)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;

	if (strncmp(text, "127.0.0.1:", 10) == 0) {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address->length = sizeof(*v4);
		return parse_port(text + 10, &v4->sin_port);
	}
	if (strncmp(text, "[::1]:", 6) == 0) {
		v6->sin6_family = AF_INET6;
		v6->sin6_addr = in6addr_loopback;
		address->length = sizeof(*v6);
		return parse_port(text + 6, &v6->sin6_port);
	}
	return false;
}

enum vigil_code metrics_parse(struct metrics_address *address, const char *text,
			      struct vigil_error *error)
{
	*address = (struct metrics_address){ .path = NULL };
	if (strncmp(text, "unix:", 5) == 0 ? parse_unix(address, text + 5)
					   : parse_loopback(address, text))
		return VIGIL_OK;
	return vigil_fail(
	    error, VIGIL_ERROR_USAGE,
	    "metrics: invalid address `%.100s`: expected 127.0.0.1:PORT, [::1]:PORT or "
	    "unix:PATH. Other machines cannot ask: let a local agent do it.",
	    text);
}

static int open_address(const struct metrics_address *address)
{
	int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;
	int yes = 1, reason;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (address->path && lstat(address->path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(address->path); /* of a service that was killed */
	if (bind(fd, (const struct sockaddr *)&address->socket, address->length) == 0 &&
	    (!address->path || chmod(address->path, 0660) == 0) && listen(fd, METRICS_CLIENTS) == 0)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

/* ---- the process ---- */

static void set_limit(int resource, rlim_t most)
{
	struct rlimit limit = { most, most };

	setrlimit((__rlimit_resource_t)resource, &limit);
}

/* All but the limit of system calls: the guard starts processes. */
static void give_up_privileges(void)
{
	if (CONFINE_POSSIBLE && !confine_execution())
		_exit(EXIT_ERROR);
	/* A container may lack the capabilities for this: then it is root without capabilities. */
	if (geteuid() == 0 && setgroups(0, NULL) == 0 &&
	    (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
		_exit(EXIT_ERROR);
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_FSIZE, 0);
	set_limit(RLIMIT_NOFILE, FILES_MAX);
	if (!CONFINE_POSSIBLE)
		return;
	set_limit(RLIMIT_AS, MEMORY_MAX);
	if (!confine_capabilities(0))
		_exit(EXIT_ERROR);
	confine_files(NULL, 0); /* not every kernel can */
}

/* Keeps the standard files and these descriptors. Any other could be an end of a socket whose closing
 * another process waits for. Returns false on failure. */
static bool keep_descriptors(int *listening, int *control)
{
	*listening = fcntl(*listening, F_DUPFD, FIRST_OFF);
	*control = fcntl(*control, F_DUPFD, FIRST_OFF);
	if (*listening < 0 || *control < 0 || dup2(*listening, LISTENING) < 0 ||
	    dup2(*control, CONTROL) < 0)
		return false;
	*listening = LISTENING;
	*control = CONTROL;
	return close_range(CONTROL + 1, ~0u, 0) == 0;
}

/* What the process answers from, and where. */
struct answered {
	int listening;
	const struct published *figures;
};

static void metrics_confine(int *control, void *context)
{
	struct answered *answered = context;

	if (!keep_descriptors(&answered->listening, control))
		_exit(EXIT_ERROR);
	give_up_privileges();
}

static void metrics_run(int control, void *context)
{
	const struct answered *answered = context;

	prctl(PR_SET_NAME, "vigil-metrics");
	if (CONFINE_POSSIBLE && !confine_system_calls(&metrics_filters[0], false))
		_exit(EXIT_ERROR);
	metrics_serve(answered->listening, control, answered->figures);
	_exit(EXIT_FINE);
}

enum vigil_code metrics_start(struct metrics *metrics, const struct metrics_address *address,
			      const struct published *figures, struct vigil_error *error)
{
	static const struct side_process_calls calls = { "the process that answers for --metrics",
							 metrics_confine, metrics_run };
	struct answered answered = { open_address(address), figures };
	int fd = answered.listening, reason;
	bool started;

	*metrics = (struct metrics){ .process.socket = -1 };
	started = fd >= 0 && side_process_start(&metrics->process, &calls, &answered);
	reason = errno;
	if (fd >= 0)
		close(fd);
	if (started) {
		metrics->path = address->path ? strdup(address->path) : NULL;
		return VIGIL_OK;
	}
	return vigil_fail(error, vigil_code_of(reason, VIGIL_ERROR_OUTPUT),
			  "metrics: cannot answer at %.200s: %s",
			  address->path ? address->path : "that address", strerror(reason));
}

bool metrics_has_ended(struct metrics *metrics)
{
	if (metrics->process.socket < 0 || !side_process_has_ended(&metrics->process))
		return false;
	side_process_close(&metrics->process);
	return true;
}

void metrics_stop(struct metrics *metrics)
{
	side_process_close(&metrics->process);
	if (metrics->path)
		unlink(metrics->path);
	free(metrics->path);
	metrics->path = NULL;
}
