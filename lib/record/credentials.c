/* SPDX-License-Identifier: MIT */
#include "record/credentials.h"

#include <string.h>

/* Gets the ids of the thread after the event. Returns false if the record has none. */
static bool ids_after(const struct vigil_event *event, struct vigil_ids *ids)
{
	const struct vigil_cred *cred = &event->credentials->after;
	const struct vigil_process_body *child = event->start; /* has the ids of its creator */

	if (event->record->type == VIGIL_EVENT_CREDENTIALS)
		*ids = (struct vigil_ids){ cred->uid, cred->gid, cred->euid, cred->egid };
	else if (event->record->type == VIGIL_EVENT_PROCESS_CREATE)
		*ids = (struct vigil_ids){ child->uid, child->gid, child->euid, child->egid };
	else if (event->part[VIGIL_PART_IDS].length >= sizeof(*ids))
		memcpy(ids, event->part[VIGIL_PART_IDS].data, sizeof(*ids));
	else
		return false;
	return ids->uid != VIGIL_UNKNOWN;
}

bool credentials_learn(struct vigil_process_info *actor, const struct vigil_event *event)
{
	const struct vigil_id *thread = &event->record->actor;
	struct vigil_ids ids;

	if (event->record->encoding != VIGIL_BYTES ||
	    (thread->tid != thread->pid && event->record->type != VIGIL_EVENT_PROCESS_EXIT) ||
	    !ids_after(event, &ids))
		return false;
	if (actor->uid == ids.uid && actor->gid == ids.gid && actor->euid == ids.euid &&
	    actor->egid == ids.egid)
		return false;
	actor->uid = ids.uid;
	actor->gid = ids.gid;
	actor->euid = ids.euid;
	actor->egid = ids.egid;
	return true;
}
