/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/platform_linux.h"

/* The user that the command runs as. */
struct run_as {
	const struct passwd *user;
	gid_t *group; /* all groups of the user */
	int groups;
};

/* Looks up a user by name or number. */
static const struct passwd *find_user(const char *text)
{
	const struct passwd *user = getpwnam(text);
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (user || *text < '0' || *text > '9' || *end || number >= UINT32_MAX)
		return user;
	return getpwuid((uid_t)number);
}

/* Looks up the user here, not in the command's process: the name service would increase its peak
 * memory. */
const char *command_as(struct command *command, const char *user)
{
	static struct run_as as;
	int count = 64;

	as.user = find_user(user);
	if (!as.user)
		return "there is no such user";
	do {
		free(as.group);
		as.group = calloc((size_t)count, sizeof(*as.group));
		as.groups = count;
		if (!as.group)
			return "no memory for its groups";
	} while (getgrouplist(user, as.user->pw_gid, as.group, &as.groups) < 0 &&
		 (count = as.groups) > 0);
	command->as = &as;
	return NULL;
}

static void become(const struct run_as *to)
{
	const struct passwd *as = to->user;

	if (setgroups((size_t)to->groups, to->group) < 0 || setgid(as->pw_gid) < 0 ||
	    setuid(as->pw_uid) < 0) {
		cli_say("cannot become %s: %s", as->pw_name, strerror(errno));
		_exit(EXIT_TRACE_FAILED);
	}
	setenv("HOME", as->pw_dir, 1);
	setenv("USER", as->pw_name, 1);
	setenv("LOGNAME", as->pw_name, 1);
}

/* Waits for permission to start, then execs the command. A failed exec is reported, with the exit
 * status of a shell. */
_Noreturn static void run_child(const struct command *command, int control)
{
	const char *name = command->argv[0];
	char go;

	if (read(control, &go, 1) != 1)
		_exit(EXIT_TRACE_FAILED);
	if (command->as)
		become(command->as);
	execvp(name, command->argv);
	if (errno == ENOENT)
		cli_say("%s: not found%s", name, strchr(name, '/') ? "" : " in PATH");
	else
		cli_say("%s: cannot be run: %s", name, strerror(errno));
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* Waits until the sensor is open, creates the command's process as a child of vigil (not of the
 * starter), and sends its PID. */
_Noreturn static void run_starter(const struct command *command, int control)
{
	pid_t child;
	char go;

	cli_give_back();
	if (read(control, &go, 1) != 1)
		_exit(0);
	child = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		run_child(command, control);
	if (child < 0)
		child = -errno;
	if (send(control, &child, sizeof(child), MSG_NOSIGNAL) == sizeof(child))
		_exit(0);
	if (child > 0) /* vigil, which waits for the PID, reads the end of file */
		kill(child, SIGKILL);
	_exit(1);
}

/* Forks the starter early. Peak memory counts beyond an exec (getrusage(2), ru_maxrss), so the
 * command is created by a process as small as vigil at its start. */
int command_prepare(struct command *command)
{
	int pair[2];
	pid_t starter = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0)
		starter = fork();
	if (starter < 0) {
		cli_say("cannot start a process: %s", strerror(errno));
		return EXIT_TRACE_FAILED;
	}
	if (starter == 0) {
		close(pair[0]);
		run_starter(command, pair[1]);
	}
	close(pair[1]);
	command->gate = pair[0];
	command->handle = starter;
	return -1;
}

int command_start(struct command *command)
{
	int control = (int)command->gate;
	pid_t child = -ECHILD;

	if (send(control, "", 1, MSG_NOSIGNAL) == 1)
		while (recv(control, &child, sizeof(child), MSG_WAITALL) < 0 && errno == EINTR)
			;
	while (waitpid((pid_t)command->handle, NULL, 0) < 0 && errno == EINTR)
		;
	if (child > 0) {
		command->pid = (uint32_t)child;
		return -1;
	}
	if (cli_signal) /* the signal ended the starter as well */
		return 128 + cli_signal;
	cli_say("cannot start a process: %s", strerror(-child));
	return EXIT_TRACE_FAILED;
}

bool command_go(struct command *command)
{
	bool gone = send((int)command->gate, "", 1, MSG_NOSIGNAL) == 1;

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

void command_signal(const struct command *command, int number)
{
	kill((pid_t)command->pid, number);
}

bool command_runs(uint32_t pid)
{
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}
