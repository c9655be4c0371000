/* SPDX-License-Identifier: MIT */
/* Getters of what only one type of event has: exits, threads, images, access,
 * denials. */
#include "record/fields.h"

/* ---- exit ---- */

/* A process that a signal ended has no exit code: 0 would read as success. */
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

GET_UNSIGNED(exit_signal, EXIT, event->exit->signal, 0)
GET_TEXT(exit_signal_name, EXIT, vigil_signal_name(event->exit->signal))
GET_FLAG(exit_core, EXIT, event->exit->attributes, VIGIL_EXIT_CORE)
GET_FLAG(exit_cpu_unknown, EXIT, event->exit->attributes, VIGIL_EXIT_CPU_UNKNOWN)
GET_UNSIGNED(exit_lifetime, EXIT, event->exit->lifetime, 0)
GET_UNSIGNED(exit_cpu_time, EXIT, event->exit->cpu_time, 0)

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

GET_UNSIGNED(exit_max_memory, EXIT, event->exit->max_memory, 0)

/* ---- threads ---- */

/* The thread that an event is about, else the one that acted. */
GETTER(process_thread_id)
{
	if (vigil_event_is(event, THREADS))
		value->u = event->thread->thread.tid;
	else
		value->u = event->record->actor.tid;
	return value->u != 0;
}

GET_PART(process_thread_name, THREADS, VIGIL_NAME)
GET_UNSIGNED(thread_vtid, ANY_THREAD, event->thread->ns_tid, VIGIL_UNKNOWN)
GET_UNSIGNED(thread_start_address, THREADS, event->thread->start_address, 0)

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

GET_TEXT(thread_origin, ANY_THREAD, vigil_origin_name(event->thread->origin))
GET_TEXT(thread_reason, BIT(REMOTE_THREAD), vigil_reason_name(event->thread->reason))
GET_FLAG(thread_by_parent, BIT(REMOTE_THREAD), event->thread->attributes,
	 VIGIL_THREAD_PARENT_CREATOR)
GET_FLAG(thread_kernel, ANY_THREAD, event->thread->attributes, VIGIL_THREAD_KERNEL)
GET_UNSIGNED(thread_signal, BIT(THREAD_EXIT), event->thread->signal, 0)
GET_UNSIGNED(thread_cpu_time, BIT(THREAD_EXIT), event->thread->cpu_time, 0)

GETTER(thread_exit_code)
{
	return vigil_event_is(event, BIT(THREAD_EXIT)) && event->thread->signal == 0 &&
	       vigil_set_unsigned(value, event->thread->code, true);
}

/* NULL: the sensor keeps nothing of threads. */
static const struct vigil_thread_end *thread_end(const struct vigil_event *event)
{
	const struct vigil_thread_end *end = event->body;
	bool has_it = vigil_event_is(event, BIT(THREAD_EXIT)) &&
		      event->record->fixed >= sizeof *event->record + sizeof *end;

	return has_it ? end : NULL;
}

GETTER(thread_lifetime)
{
	const struct vigil_thread_end *end = thread_end(event);

	return end && vigil_set_unsigned(value, end->lifetime, end->lifetime != 0);
}

GETTER(thread_creator_entity_id)
{
	const struct vigil_thread_end *end = thread_end(event);

	return end && vigil_set_entity(value, event, &end->creator);
}

GETTER(thread_creator_pid)
{
	const struct vigil_thread_end *end = thread_end(event);

	return end && vigil_set_unsigned(value, end->creator.pid, end->creator.pid != 0);
}

GETTER(thread_creator_tid)
{
	const struct vigil_thread_end *end = thread_end(event);

	return end && vigil_set_unsigned(value, end->creator.tid, end->creator.tid != 0);
}

/* ---- images and drivers ---- */

GET_PART(dll_path, BIT(IMAGE_LOAD), VIGIL_IMAGE)
GET_PART(file_path, FILES, VIGIL_IMAGE)
GET_PART(build_id, BIT(IMAGE_LOAD), VIGIL_BUILD_ID)

static bool set_base_name(const struct vigil_event *event, struct vigil_value *value)
{
	return event->part[VIGIL_IMAGE].data != NULL &&
	       vigil_set_string(value, vigil_base_name(event, event->part[VIGIL_IMAGE]));
}

GETTER(dll_name)
{
	return vigil_event_is(event, BIT(IMAGE_LOAD)) && set_base_name(event, value);
}

/* The Linux kernel knows a module by its name alone, no longer by its file. */
GETTER(file_name)
{
	if (!vigil_event_is(event, FILES))
		return false;
	return set_base_name(event, value) ||
	       (vigil_event_is(event, BIT(DRIVER_LOAD)) && event->part[VIGIL_NAME].data != NULL &&
		vigil_set_string(value, event->part[VIGIL_NAME]));
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

GET_UNSIGNED(image_base, IMAGES, event->image->base, 0)
GET_UNSIGNED(image_size, IMAGES, event->image->size, 0)
GET_FLAG(image_deleted, IMAGES, event->image->attributes, VIGIL_IMAGE_DELETED)
GET_FLAG(image_maybe_deleted, IMAGES, event->image->attributes, VIGIL_IMAGE_MAYBE_DELETED)
GET_FLAG(image_anonymous, IMAGES, event->image->attributes, VIGIL_IMAGE_ANONYMOUS)
GET_FLAG(image_memory_only, IMAGES, event->image->attributes, VIGIL_IMAGE_MEMORY_ONLY)
GET_FLAG(image_all_processes, IMAGES, event->image->attributes, VIGIL_IMAGE_ALL_PIDS)
GET_FLAG(image_partial, IMAGES, event->image->attributes, VIGIL_IMAGE_PARTIAL)
GET_FLAG(image_other_machine, IMAGES, event->image->attributes, VIGIL_IMAGE_OTHER_MACHINE)
GET_FLAG(image_tainted, IMAGES, event->image->attributes, VIGIL_IMAGE_TAINTED)
GET_UNSIGNED(image_signature_level, IMAGES, event->image->signature_level, 0xff)
GET_UNSIGNED(image_signature_type, IMAGES, event->image->signature_type, 0xff)

/* Offset 0 is the beginning of the file; Windows has no offset. */
GETTER(image_offset)
{
	return vigil_event_is(event, BIT(IMAGE_LOAD)) && event->record->encoding == VIGIL_BYTES &&
	       vigil_set_unsigned(value, event->image->offset, true);
}

GETTER(image_device)
{
	return vigil_event_is(event, IMAGES) && vigil_set_device(value, event->image->device);
}

GETTER(image_inode)
{
	return vigil_event_is(event, BIT(IMAGE_LOAD)) && event->image->inode != 0 &&
	       vigil_set_number_text(value, event->image->inode);
}

GETTER(image_generation)
{
	return vigil_event_is(event, IMAGES) && event->image->generation != 0 &&
	       vigil_set_number_text(value, event->image->generation);
}

GETTER(image_protection)
{
	static const char *const RIGHTS[] = { NULL, "r", "w", "rw", "x", "rx", "wx", "rwx" };

	return vigil_event_is(event, IMAGES) &&
	       vigil_set_text(value, RIGHTS[event->image->protection & 7]);
}

/* ---- access and denials ---- */

GET_PART(failed_filename, FAILED, VIGIL_FILENAME)
GET_PART(failed_args, FAILED, VIGIL_ARGS)
GET_TEXT(failed_error_name, FAILED, vigil_exec_error_name(event->exec_failed->error))
GET_UNSIGNED(failed_error, FAILED, event->exec_failed->error, 0)
GET_FLAG(failed_at, FAILED, event->exec_failed->attributes, VIGIL_EXEC_FAILED_AT)

GET_TEXT(access_method, BIT(PROCESS_ACCESS), vigil_method_name(event->access->method))
GET_UNSIGNED(access_address, BIT(PROCESS_ACCESS), event->access->address, 0)
GETTER(access_module)
{
	return set_module(event, BIT(PROCESS_ACCESS), value);
}

GETTER(access_offset)
{
	return set_module_offset(event, BIT(PROCESS_ACCESS), value);
}

GET_UNSIGNED(access_length, BIT(PROCESS_ACCESS), event->access->length, 0)
GET_UNSIGNED(access_count, BIT(PROCESS_ACCESS), event->access->count, 0)
GET_FLAG(access_asked, BIT(PROCESS_ACCESS), event->access->attributes, VIGIL_ACCESS_ASKED)
GET_FLAG(access_own_child, BIT(PROCESS_ACCESS), event->access->attributes, VIGIL_ACCESS_OWN_CHILD)

GETTER(access_result)
{
	if (!vigil_event_is(event, BIT(PROCESS_ACCESS)) ||
	    (event->access->attributes & VIGIL_ACCESS_ASKED) != 0)
		return false;
	value->i = event->access->result;
	return true;
}

GET_PART(rule_name, DENIED, VIGIL_RULE)
GET_TEXT(denied_verdict, DENIED, vigil_verdict_name(event->denied->verdict))
GET_COUNT(denied_status, DENIED, event->denied->status)
GET_COUNT(denied_hits, DENIED, event->denied->hits)
GET_UNSIGNED(denied_pid, DENIED, event->denied->process.process.pid, 0)
GET_PART(denied_command_line, DENIED, VIGIL_COMMAND_LINE)
GET_PART(denied_args, DENIED, VIGIL_ARGS)
