/* SPDX-License-Identifier: MIT */
#include "ship_confine.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli.h"

static void say_kept(const char *what)
{
	cli_say("a process that sends cannot give up %s: %s. It continues with more privileges "
		"than it needs.",
		what, strerror(errno));
}

void ship_confine_keeper(const char *folder)
{
	struct stat st;

	if (geteuid() == 0 && stat(folder, &st) == 0 && st.st_uid != 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 ||
	     setresuid(st.st_uid, st.st_uid, st.st_uid) < 0))
		say_kept("the user root");
	if (!CONFINE_POSSIBLE)
		return;
	if (!confine_execution())
		say_kept("new privileges");
	if (!confine_capabilities(0))
		say_kept("capabilities");
}

void ship_confine(const char *folder)
{
	if (!CONFINE_POSSIBLE)
		return;
	if (!confine_files(&folder, 1) && errno != ENOSYS && errno != EOPNOTSUPP)
		say_kept("files");
	if (!confine_system_calls(&ship_filters[0], true))
		say_kept("system calls");
}
