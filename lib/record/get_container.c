/* SPDX-License-Identifier: MIT */
/* Getters of the container in which a process runs, and of its pod. */
#include "record/fields.h"

static struct vigil_string info_of(const struct vigil_event *event)
{
	return event->process != NULL ? event->process->container_info
				      : (struct vigil_string){ "", 0, 0 };
}

/* The item KEY=VALUE before the empty one, after which the labels begin. */
static bool get_item(const struct vigil_event *event, const char *key, struct vigil_value *value)
{
	struct vigil_string info = info_of(event);
	const char *at = info.data, *end = info.data + info.length;
	size_t length = strlen(key);

	while (at < end && *at != '\0') {
		const char *nul = memchr(at, '\0', (size_t)(end - at));
		size_t whole = (size_t)((nul != NULL ? nul : end) - at);

		if (whole > length && at[length] == '=' && memcmp(at, key, length) == 0) {
			uint32_t bytes = (uint32_t)(whole - length - 1);

			return vigil_set_string(value, (struct vigil_string){ at + length + 1,
									      bytes, bytes });
		}
		at += whole + 1;
	}
	return false;
}

#define GET_ITEM(name, key) \
	GETTER(name) \
	{ \
		return get_item(event, key, value); \
	}

GET_ITEM(container_name, "name")
GET_ITEM(container_image, "image")
GET_ITEM(container_runtime, "runtime")
GET_ITEM(orchestrator_pod, "pod")
GET_ITEM(orchestrator_namespace, "namespace")
GET_ITEM(orchestrator_pod_uid, "pod_uid")

GETTER(orchestrator)
{
	return get_item(event, "pod", value) && vigil_set_text(value, "kubernetes");
}

GETTER(orchestrator_type)
{
	return get_item(event, "pod", value) && vigil_set_text(value, "pod");
}

GETTER(container_labels)
{
	struct vigil_string info = info_of(event);
	const char *at = info.data, *end = info.data + info.length;

	while (at < end && *at != '\0') {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		at = nul != NULL ? nul + 1 : end;
	}
	if (at < end)
		at++;
	return vigil_set_string(value, (struct vigil_string){ at, (uint32_t)(end - at),
							      (uint32_t)(end - at) });
}
