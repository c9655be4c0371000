/* SPDX-License-Identifier: MIT */
#include "sensor/linux/outsiders.h"

#include <stdio.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "record/subject.h"
#include "shared.h"

/* The types whose records have the start keys of all processes that they name, and name no other
 * processes than ancestors and leaders. */
#define SEPARABLE_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED) | VIGIL_TYPE_BIT(VIGIL_EVENT_DRIVER_LOAD) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT) | VIGIL_TYPES_SENSOR)

/* Whether tracing programs can store values with tasks: since Linux 5.13. Before, only LSM programs
 * can, and type information does not show the difference. */
static bool has_task_storage(void)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 13));
}

bool outsiders_choose(struct vigil_bpf *bpf, const struct vigil_options *options)
{
	uint32_t count = options->children_of_count;

	if (count > 0 && count <= VIGIL_ROOTS_MAX && !(options->types & ~SEPARABLE_TYPES) &&
	    !options->rules && has_task_storage()) {
		for (uint32_t i = 0; i < count; i++)
			bpf->rodata->roots[i] = options->children_of[i];
		bpf->rodata->root_count = count;
		return true;
	}
	/* Of a type that every kernel can create. No program uses it then. */
	bpf_map__set_type(bpf->maps.outsiders, BPF_MAP_TYPE_HASH);
	bpf_map__set_map_flags(bpf->maps.outsiders, 0);
	bpf_map__set_max_entries(bpf->maps.outsiders, 1);
	return false;
}
