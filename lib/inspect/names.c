/* SPDX-License-Identifier: MIT */
/* names.c - queries users and groups from the name service, whose server may not respond. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/types.h>

#include "inspect/worker.h"

#define ENTRY_MAX 65536 /* bytes of a database entry: a group may have many members */

/* Whether the service has answered, even if the entry does not exist. */
static bool has_answered(int result)
{
	return result == 0 || result == ENOENT || result == ESRCH;
}

static void answer_with_name(struct inspect_answer *answer, const char *name)
{
	size_t length = strlen(name);

	if (length > INSPECT_NAME_MAX)
		return;
	memcpy(answer->text, name, length);
	answer->name_length = (uint32_t)length;
}

static void read_user(const struct inspect_message *message, struct inspect_answer *answer)
{
	static char memory[ENTRY_MAX];
	struct passwd entry, *found = NULL;
	int result;

	if (message->request.what & INSPECT_USER_NAME)
		result =
		    getpwuid_r((uid_t)message->request.id, &entry, memory, sizeof(memory), &found);
	else
		result = getpwnam_r(message->path, &entry, memory, sizeof(memory), &found);
	if (has_answered(result))
		answer->known = message->request.what;
	if (result || !found)
		return;
	answer->id = (uint32_t)found->pw_uid;
	answer_with_name(answer, found->pw_name);
}

static void read_group(const struct inspect_message *message, struct inspect_answer *answer)
{
	static char memory[ENTRY_MAX];
	struct group entry, *found = NULL;
	int result = getgrgid_r((gid_t)message->request.id, &entry, memory, sizeof(memory), &found);

	if (has_answered(result))
		answer->known = INSPECT_GROUP_NAME;
	if (result == 0 && found)
		answer_with_name(answer, found->gr_name);
}

void inspect_read_name(const struct inspect_message *message, struct inspect_answer *answer)
{
	if (message->request.what & INSPECT_GROUP_NAME)
		read_group(message, answer);
	else
		read_user(message, answer);
}
