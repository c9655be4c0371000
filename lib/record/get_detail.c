/* SPDX-License-Identifier: MIT */
/* get_detail.c - computed fields that only one type of event has: exits, threads, images, access;
 * and those of containers. */
#include "record/fields.h"
#include "record/file_info.h"

/* ---- exit ---- */

/* A process that was terminated by a signal has no exit code: 0 would read as success. */
GETTER(process_exit_code)
{
	return vigil_event_is(event, EXIT) && event->exit->signal == 0 &&
	       vigil_set_unsigned(value, event->exit->code, true);
}

GETTER(process_uptime)
{
	return vigil_event_is(event, EXIT) &&
	       vigil_set_unsigned(value, event->exit->lifetime / 1000000000,
				  event->exit->lifetime != 0);
}

static bool set_mode_time(const struct vigil_event *event, uint64_t time, struct vigil_value *value)
{
	return vigil_set_unsigned(value, time,
				  (event->exit->attributes & VIGIL_EXIT_CPU_UNKNOWN) == 0);
}

GETTER(exit_user_time)
{
	return vigil_event_is(event, EXIT) && set_mode_time(event, event->exit->user_time, value);
}

GETTER(exit_system_time)
{
	return vigil_event_is(event, EXIT) && set_mode_time(event, event->exit->system_time, value);
}

/* ---- threads ---- */

/* The thread that an event is about, otherwise the one that acted. */
GETTER(process_thread_id)
{
	if (vigil_event_is(event, THREADS))
		value->u = event->thread->thread.tid;
	else
		value->u = event->record->actor.tid;
	return value->u != 0;
}

static bool set_module(const struct vigil_event *event, uint32_t types, struct vigil_value *value)
{
	return vigil_event_is(event, types) && event->module.length > 0 &&
	       vigil_set_string(value, event->module);
}

static bool set_module_offset(const struct vigil_event *event, uint32_t types,
			      struct vigil_value *value)
{
	return set_module(event, types, value) &&
	       vigil_set_unsigned(value, event->module_offset, true);
}

GETTER(thread_start_module)
{
	return set_module(event, ANY_THREAD, value);
}

GETTER(thread_start_offset)
{
	return set_module_offset(event, ANY_THREAD, value);
}

GETTER(thread_unbacked)
{
	return vigil_event_is(event, ANY_THREAD) && vigil_set_unsigned(value, 1, event->unbacked);
}

GETTER(thread_exit_code)
{
	return vigil_event_is(event, BIT(THREAD_EXIT)) && event->thread->signal == 0 &&
	       vigil_set_unsigned(value, event->thread->code, true);
}

/* ---- images and drivers ---- */

static bool set_base_name(const struct vigil_event *event, struct vigil_value *value)
{
	return event->part[VIGIL_PART_IMAGE].data &&
	       vigil_set_string(value, vigil_base_name(event, event->part[VIGIL_PART_IMAGE]));
}

GETTER(dll_name)
{
	return vigil_event_is(event, BIT(IMAGE_LOAD)) && set_base_name(event, value);
}

/* The Linux kernel knows a loaded module only by its name, not by its file. */
GETTER(file_name)
{
	if (!vigil_event_is(event, FILES))
		return false;
	return set_base_name(event, value) ||
	       (vigil_event_is(event, BIT(DRIVER_LOAD)) && event->part[VIGIL_PART_NAME].data &&
		vigil_set_string(value, event->part[VIGIL_PART_NAME]));
}

GETTER(file_inode)
{
	uint64_t inode = 0;

	if (vigil_event_is(event, BIT(DRIVER_LOAD)))
		inode = event->image->inode;
	else if (vigil_event_is(event, DENIED))
		inode = event->denied->process.inode;
	return inode != 0 && vigil_set_number_text(value, inode);
}

/* ---- access ---- */

GETTER(access_module)
{
	return set_module(event, BIT(PROCESS_ACCESS), value);
}

GETTER(access_offset)
{
	return set_module_offset(event, BIT(PROCESS_ACCESS), value);
}

GETTER(access_result)
{
	if (!vigil_event_is(event, BIT(PROCESS_ACCESS)) ||
	    (event->access->attributes & VIGIL_ACCESS_ASKED) != 0)
		return false;
	value->i = event->access->result;
	return true;
}

/* ---- containers ---- */

static bool is_in_pod(const struct vigil_event *event)
{
	return vigil_container_value(event, "pod").length > 0;
}

GETTER(orchestrator)
{
	return is_in_pod(event) && vigil_set_text(value, "kubernetes");
}

GETTER(orchestrator_type)
{
	return is_in_pod(event) && vigil_set_text(value, "pod");
}

GETTER(container_labels)
{
	return vigil_set_string(value, vigil_container_labels(event));
}
