/* SPDX-License-Identifier: MIT */
/* platform_linux.c - how the command begins, and is told to end, on Linux. */
#include "cli.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static struct rlimit files_given;

/* The sensor needs a descriptor for each CPU; nothing here depends on a low limit. */
static void raise_files(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &files_given) < 0)
		return;
	most = (struct rlimit){ files_given.rlim_max, files_given.rlim_max };
	setrlimit(RLIMIT_NOFILE, &most);
}

void cli_give_back(void)
{
	if (files_given.rlim_max)
		setrlimit(RLIMIT_NOFILE, &files_given);
}

bool cli_begin(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	raise_files();
	return true;
}

static void on_signal(int number)
{
	if (cli_signal) /* the second one: do not wait any longer */
		_exit(128 + number);
	cli_signal = number;
}

void cli_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN; /* a write then fails with EPIPE, which can be told */
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL); /* likewise: EFBIG, beyond RLIMIT_FSIZE */
}
