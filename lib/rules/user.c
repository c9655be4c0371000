/* SPDX-License-Identifier: MIT */
/* user.c - resolves the users of rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/set.h"
#include "users/users.h"

char *rules_user(const char *name, bool windows)
{
	char sid[SID_TEXT_MAX], text[16], *end;
	unsigned long number;
	uint32_t uid;

	if (windows && strncmp(name, "S-1-", 4) == 0)
		return strdup(name);
	if (windows)
		return vigil_account_find(name, sid) ? strdup(sid) : NULL;
	number = strtoul(name, &end, 10);
	if (*name < '0' || *name > '9' || *end || number >= VIGIL_UNKNOWN) {
		if (vigil_user_find(name, &uid) != VIGIL_USER_FOUND)
			return NULL;
		number = uid;
	}
	snprintf(text, sizeof(text), "%lu", number); /* without leading zeros */
	return strdup(text);
}
