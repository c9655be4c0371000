/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

const char *command_as(struct command *command, const char *user)
{
	command->as = getpwnam(user);
	return command->as ? NULL : "there is no such user";
}

static void become(const struct passwd *as)
{
	if (initgroups(as->pw_name, as->pw_gid) < 0 || setgid(as->pw_gid) < 0 ||
	    setuid(as->pw_uid) < 0) {
		cli_say("cannot become %s: %s", as->pw_name, strerror(errno));
		_exit(EXIT_TRACE_FAILED);
	}
	setenv("HOME", as->pw_dir, 1);
	setenv("USER", as->pw_name, 1);
	setenv("LOGNAME", as->pw_name, 1);
}

/* Waits for the word to go, then becomes the command. A failed exec says so and
 * ends as a shell would. */
_Noreturn static void run_child(const struct command *command, const int gate[2])
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	const char *name = command->argv[0];
	char go;

	close(gate[1]);
	if (read(gate[0], &go, 1) != 1)
		_exit(EXIT_TRACE_FAILED);
	sigaction(SIGPIPE, &normal, NULL); /* ignored signals would stay ignored */
	sigaction(SIGXFSZ, &normal, NULL);
	cli_give_back();
	if (command->as)
		become(command->as);
	execvp(name, command->argv);
	if (errno == ENOENT)
		cli_say("%s: not found%s", name, strchr(name, '/') ? "" : " in PATH");
	else
		cli_say("%s: cannot be run: %s", name, strerror(errno));
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

int command_start(struct command *command)
{
	int gate[2];
	pid_t child;

	if (pipe2(gate, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		cli_say("cannot start a process: %s", strerror(errno));
		return EXIT_TRACE_FAILED;
	}
	if (child == 0)
		run_child(command, gate);
	close(gate[0]);
	command->gate = gate[1];
	command->pid = (uint32_t)child;
	return -1;
}

bool command_go(struct command *command)
{
	bool gone = write((int)command->gate, "", 1) == 1;

	if (!gone)
		cli_say("cannot start the command: %s", strerror(errno));
	close((int)command->gate);
	return gone;
}

bool command_ended(struct command *command, bool wait)
{
	int status;

	if (command->ended || !command->pid ||
	    waitpid((pid_t)command->pid, &status, wait ? 0 : WNOHANG) != (pid_t)command->pid)
		return command->ended;
	command->ended = true;
	command->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/* Ctrl-C reaches it from the terminal, SIGTERM does not. */
void command_terminate(const struct command *command)
{
	kill((pid_t)command->pid, SIGTERM);
}

bool command_runs(uint32_t pid)
{
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}
