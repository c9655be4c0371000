/* SPDX-License-Identifier: MIT */
#include "side_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

#define RESTART_MIN_MS 1000
#define RESTART_MAX_MS 60000
#define STEADY_MS      60000 /* a process that ran this long begins with the shortest pause */
#define LOOK_MS        100

/* ---- the guard ---- */

int64_t side_process_ended(const char *name, int status, int64_t pause_ms, int64_t started_ms)
{
	if (WIFSIGNALED(status))
		cli_say("%s was ended by signal %d (%s); it is started again", name,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		cli_say("%s ended with status %d; it is started again", name, WEXITSTATUS(status));
	if (!pause_ms || os_now_ms() - started_ms > STEADY_MS)
		return RESTART_MIN_MS;
	return pause_ms * 2 < RESTART_MAX_MS ? pause_ms * 2 : RESTART_MAX_MS;
}

static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGUSR1 };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

/* Returns whether the sensor has ended, or asks for the end. What it has written is left to the
 * process. */
static bool is_over(int socket)
{
	char bytes[64];
	ssize_t n = recv(socket, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n > 0 && memchr(bytes, SIDE_PROCESS_END, (size_t)n));
}

static bool wait_until_due(int socket, int64_t pause_ms)
{
	for (int64_t due = os_now_ms() + pause_ms; os_now_ms() < due; os_sleep_ms(LOOK_MS))
		if (is_over(socket))
			return false;
	return true;
}

static int start_and_wait(const struct side_process_calls *calls, int socket, void *context)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		calls->run(socket, context);
		_exit(1);
	}
	if (pid < 0)
		return W_EXITCODE(1, 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void guard_run(const struct side_process_calls *calls, int socket, void *context,
		      uint64_t *restarts)
{
	int64_t pause_ms = 0;

	ignore_signals();
	prctl(PR_SET_NAME, "vigil-guard");
	calls->confine(&socket, context);
	for (;;) {
		int64_t started_ms = os_now_ms();
		int status = start_and_wait(calls, socket, context);

		if (status == 0 || is_over(socket))
			_exit(EXIT_FINE);
		pause_ms = side_process_ended(calls->name, status, pause_ms, started_ms);
		if (!wait_until_due(socket, pause_ms))
			_exit(EXIT_FINE);
		__atomic_add_fetch(restarts, 1, __ATOMIC_RELAXED);
	}
}

/* ---- in the process of the sensor ---- */

bool side_process_start(struct side_process *process, const struct side_process_calls *calls,
			void *context)
{
	uint64_t *restarts = mmap(NULL, sizeof(*restarts), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pair[2];
	pid_t pid;

	*process = (struct side_process){ .socket = -1 };
	if (restarts == MAP_FAILED)
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		munmap(restarts, sizeof(*restarts));
		return false;
	}
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		guard_run(calls, pair[1], context, restarts);
	}
	close(pair[1]);
	*process = (struct side_process){ pair[0], restarts };
	if (pid < 0)
		side_process_close(process);
	return pid > 0;
}

bool side_process_has_ended(const struct side_process *process)
{
	char byte;

	return recv(process->socket, &byte, 1, MSG_DONTWAIT) == 0;
}

uint64_t side_process_restarts(const struct side_process *process)
{
	return process->restarts ? __atomic_load_n(process->restarts, __ATOMIC_RELAXED) : 0;
}

void side_process_close(struct side_process *process)
{
	int reason = errno;

	if (process->socket >= 0)
		close(process->socket);
	if (process->restarts)
		munmap((void *)process->restarts, sizeof(*process->restarts));
	*process = (struct side_process){ .socket = -1 };
	errno = reason;
}
