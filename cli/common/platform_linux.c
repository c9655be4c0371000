/* SPDX-License-Identifier: MIT */
/* platform_linux.c - start and signals of the command on Linux. */
#include "platform_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli.h"

static struct rlimit files_given;

/* The sensor needs a descriptor for each CPU; no code here depends on a low limit. */
static void raise_files(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &files_given) < 0)
		return;
	most = (struct rlimit){ files_given.rlim_max, files_given.rlim_max };
	setrlimit(RLIMIT_NOFILE, &most);
}

/* The signals whose inherited disposition this program changes. */
static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };
#define HANDLED (sizeof(handled) / sizeof(handled[0]))

static bool ignored[HANDLED]; /* when the program started, as with nohup(1) */
static int terminal = -1;     /* the controlling terminal, once signals are caught */
static bool reopens;

bool cli_begin(int *argc, char ***argv)
{
	struct sigaction action;

	(void)argc;
	(void)argv;
	raise_files();
	for (size_t i = 0; i < HANDLED; i++)
		ignored[i] =
		    sigaction(handled[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN;
	action = (struct sigaction){ .sa_handler = SIG_IGN };
	sigaction(SIGXFSZ, &action, NULL); /* a write fails with EFBIG, which can be reported */
	sigaction(SIGPIPE, &action, NULL); /* likewise with EPIPE */
	return true;
}

void cli_give_back(void)
{
	if (files_given.rlim_max)
		setrlimit(RLIMIT_NOFILE, &files_given);
	for (size_t i = 0; i < HANDLED; i++) {
		struct sigaction action = { .sa_handler = ignored[i] ? SIG_IGN : SIG_DFL };

		sigaction(handled[i], &action, NULL);
	}
}

static bool has_terminal_hung_up(void)
{
	struct pollfd look = { .fd = terminal };

	return terminal >= 0 && poll(&look, 1, 0) > 0 && look.revents & POLLHUP;
}

/* When a terminal closes, SIGHUP goes to the session leader only, often a shell, which forwards it.
 * A second SIGHUP is therefore normal; only a second SIGINT or SIGTERM ends the wait. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	int reason = errno;

	(void)context;
	if (number == SIGHUP && reopens && !has_terminal_hung_up()) {
		cli_reopen = 1;
	} else if (!cli_signal) {
		cli_signal_alone = info->si_code <= 0 || number == SIGHUP;
		cli_signal = number;
	} else if (number != SIGHUP) {
		_exit(128 + number);
	}
	errno = reason;
}

void cli_catch_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!ignored[2])
		sigaction(SIGHUP, &action, NULL);
}

void cli_catch_reopen(void)
{
	terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	reopens = true;
}
