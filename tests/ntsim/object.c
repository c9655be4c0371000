/* SPDX-License-Identifier: MIT */
/*
 * object.c - referenced objects and handles. Each object knows how many of its
 * references the driver took, so that one given back too often, or never, shows.
 */
#include "sim.h"

struct object {
	struct object *next, *previous;
	struct block *block;
	enum object_type type;
	LONG refs, driver_refs;
	uint64_t align; /* the body is 16-byte aligned */
};
C_ASSERT(sizeof(struct object) % 16 == 8 || sizeof(struct object) % 16 == 0);
#define HEADER ALIGN_UP_BY(sizeof(struct object), 16)

struct handle {
	void *body; /* NULL: free */
	ACCESS_MASK access;
	PEPROCESS owner; /* NULL: a kernel handle */
	bool driver;
};

#define HANDLES     1024
#define KERNEL_BITS 0xffffffff80000000u

struct _OBJECT_TYPE {
	enum object_type type;
};

static struct object all = { &all, &all, NULL, 0, 0, 0, 0 };
static struct handle handles[HANDLES];

static struct _OBJECT_TYPE types[OBJECT_TYPES] = {
	[OBJECT_PROCESS] = { OBJECT_PROCESS }, [OBJECT_THREAD] = { OBJECT_THREAD },
	[OBJECT_FILE] = { OBJECT_FILE },       [OBJECT_DEVICE] = { OBJECT_DEVICE },
	[OBJECT_TOKEN] = { OBJECT_TOKEN },     [OBJECT_KEY] = { OBJECT_KEY },
};
static POBJECT_TYPE process_type = &types[OBJECT_PROCESS], thread_type = &types[OBJECT_THREAD],
		    file_type = &types[OBJECT_FILE], device_type = &types[OBJECT_DEVICE],
		    token_type = &types[OBJECT_TOKEN], key_type = &types[OBJECT_KEY];
POBJECT_TYPE *PsProcessType = &process_type, *PsThreadType = &thread_type,
	     *IoFileObjectType = &file_type, *IoDeviceObjectType = &device_type,
	     *SeTokenObjectType = &token_type, *ExEventObjectType = &key_type;

static const char *const type_names[OBJECT_TYPES] = { "?",      "process", "thread", "file",
						      "device", "token",   "key" };

static const struct {
	void (*destroy)(void *);
	size_t offset; /* from the body a driver sees to the start of ours */
} kinds[OBJECT_TYPES] = {
	[OBJECT_PROCESS] = { process_destroy, 0 },
	[OBJECT_THREAD] = { thread_destroy, 0 },
	[OBJECT_FILE] = { file_destroy, offsetof(struct file, public) },
	[OBJECT_DEVICE] = { device_destroy, offsetof(struct device, public) },
	[OBJECT_TOKEN] = { NULL, 0 },
	[OBJECT_KEY] = { NULL, 0 },
};

void *object_new(enum object_type type, size_t size)
{
	struct block *b = block_new(BLOCK_OBJECT, HEADER + size, type_names[type]);
	struct object *o = (void *)b->data;

	memset(b->data, 0, HEADER + size);
	klock();
	*o = (struct object){ &all, all.previous, b, type, 1, 0, 0 };
	all.previous->next = o;
	all.previous = o;
	kunlock();
	return (char *)o + HEADER + kinds[type].offset;
}

/* The header of a body; a pointer that is none is a violation. */
static struct object *header(const void *body, const char *routine)
{
	struct block *b = body ? block_around(body) : NULL;
	struct object *o;

	if (!b || b->kind != BLOCK_OBJECT)
		ntsim_bugcheck(NTSIM_OBJECT, "%s: %p is no object", routine, body);
	if (b->freed)
		ntsim_bugcheck(NTSIM_OBJECT, "%s: the %s %p does not exist any more", routine,
			       b->what, body);
	o = (void *)b->data;
	if ((const char *)body != (char *)o + HEADER + kinds[o->type].offset)
		ntsim_bugcheck(NTSIM_OBJECT, "%s: %p is inside a %s", routine, body, b->what);
	return o;
}

enum object_type object_type(const void *body, const char *routine)
{
	enum object_type type;

	klock();
	type = header(body, routine)->type;
	kunlock();
	return type;
}

static void add_ref(const void *body, const char *routine, LONG driver)
{
	struct object *o;

	klock();
	o = header(body, routine);
	o->refs++;
	o->driver_refs += driver;
	kunlock();
	sync_acquire(body);
}

void object_ref(void *body)
{
	add_ref(body, "reference", 0);
}

void object_driver_ref(void *body)
{
	add_ref(body, "ObReferenceObject", 1);
}

static void destroy(struct object *o, void *body)
{
	if (kinds[o->type].destroy)
		kinds[o->type].destroy(body);
	klock();
	o->previous->next = o->next;
	o->next->previous = o->previous;
	kunlock();
	lock_purge(o->block->data, o->block->size);
	timer_purge(o->block->data, o->block->size);
	block_free(o->block);
}

static void drop_ref(void *body, const char *routine, LONG driver)
{
	struct object *o;
	bool last;

	sync_release(body);
	klock();
	o = header(body, routine);
	if (o->driver_refs < driver)
		ntsim_bugcheck(NTSIM_OBJECT, "%s: the driver has no reference to this %s", routine,
			       type_names[o->type]);
	o->driver_refs -= driver;
	last = --o->refs == 0;
	kunlock();
	if (last) {
		sync_acquire(body);
		destroy(o, body);
	}
}

void object_unref(void *body)
{
	drop_ref(body, "dereference", 0);
}

void object_driver_unref(void *body, const char *routine)
{
	drop_ref(body, routine, 1);
}

void object_unload(void)
{
	klock();
	for (struct object *o = all.next; o != &all; o = o->next) {
		if (o->driver_refs)
			ntsim_bugcheck(NTSIM_LEAK, "%d references to a %s not given back",
				       o->driver_refs, type_names[o->type]);
	}
	kunlock();
}

void object_shutdown(void)
{
	all.next = all.previous = &all;
	memset(handles, 0, sizeof(handles));
}

/* ---- handles ---- */

static HANDLE to_handle(size_t index, PEPROCESS owner)
{
	return (HANDLE)(((index + 1) * 4) | (owner ? 0 : KERNEL_BITS));
}

static struct handle *from_handle(HANDLE value)
{
	bool kernel = ((ULONG_PTR)value & KERNEL_BITS) == KERNEL_BITS;
	size_t index = ((ULONG_PTR)value & ~(ULONG_PTR)KERNEL_BITS) / 4 - 1;

	if (!value || index >= HANDLES || !handles[index].body)
		return NULL;
	return kernel == !handles[index].owner ? &handles[index] : NULL;
}

HANDLE handle_new(void *body, ACCESS_MASK access, PEPROCESS owner, bool driver)
{
	size_t i;

	object_ref(body);
	klock();
	for (i = 0; i < HANDLES && handles[i].body; i++)
		;
	if (i == HANDLES)
		ntsim_bugcheck(NTSIM_MISUSE, "more than %d handles", HANDLES);
	handles[i] = (struct handle){ body, access, owner, driver };
	kunlock();
	return to_handle(i, owner);
}

void *handle_object(HANDLE value, enum object_type type, ACCESS_MASK *access)
{
	struct handle *handle;
	void *body = NULL;

	klock();
	handle = from_handle(value);
	if (handle && header(handle->body, "handle")->type == type) {
		body = handle->body;
		header(body, "handle")->refs++;
		if (access)
			*access = handle->access;
	}
	kunlock();
	if (body)
		sync_acquire(body);
	return body;
}

/* For a system service that the driver calls with a handle it made: in another
 * process's context only kernel handles mean what the driver thinks. */
void *handle_object_for(HANDLE value, enum object_type type, const char *routine)
{
	struct handle *handle;
	void *body;

	klock();
	handle = from_handle(value);
	if (handle && handle->owner && handle->driver && !current_process()->system)
		ntsim_bugcheck(NTSIM_HANDLE, "%s: not a kernel handle (OBJ_KERNEL_HANDLE)",
			       routine);
	kunlock();
	body = handle_object(value, type, NULL);
	if (!body && self()->in_driver)
		ntsim_bugcheck(NTSIM_HANDLE, "%s: %p is no handle to a %s", routine, value,
			       type_names[type]);
	return body;
}

bool handle_is_last(const void *body)
{
	unsigned count = 0;

	for (size_t i = 0; i < HANDLES; i++)
		count += handles[i].body == body;
	return count == 0;
}

bool handle_close(HANDLE value)
{
	struct handle *handle;
	void *body = NULL;
	bool last = false;

	klock();
	handle = from_handle(value);
	if (handle) {
		body = handle->body;
		memset(handle, 0, sizeof(*handle));
		last = handle_is_last(body);
	}
	kunlock();
	if (!body)
		return false;
	if (last && object_type(body, "close") == OBJECT_FILE)
		file_cleanup(body);
	object_unref(body);
	return true;
}

void handle_close_all(PEPROCESS owner)
{
	for (size_t i = 0; i < HANDLES; i++) {
		bool ours;

		klock();
		ours = handles[i].body && handles[i].owner == owner;
		kunlock();
		if (ours)
			handle_close(to_handle(i, owner));
	}
}

void handle_unload(void)
{
	for (size_t i = 0; i < HANDLES; i++) {
		if (handles[i].body && handles[i].driver)
			ntsim_bugcheck(NTSIM_LEAK, "a handle to a %s not closed",
				       type_names[object_type(handles[i].body, "unload")]);
	}
}

/* ---- what a driver calls ---- */

LONG_PTR ObReferenceObject(PVOID object)
{
	need_irql("ObReferenceObject", PASSIVE_LEVEL, DISPATCH_LEVEL);
	object_driver_ref(object);
	return 2;
}

BOOLEAN ObReferenceObjectSafe(PVOID object)
{
	ObReferenceObject(object);
	return TRUE;
}

LONG_PTR ObDereferenceObject(PVOID object)
{
	/* The last one may run the object's deletion, which is pageable. */
	need_irql("ObDereferenceObject", PASSIVE_LEVEL, DISPATCH_LEVEL);
	object_driver_unref(object, "ObDereferenceObject");
	return 1;
}

VOID ObDereferenceObjectDeferDelete(PVOID object)
{
	ObDereferenceObject(object);
}

NTSTATUS ObReferenceObjectByPointer(PVOID object, ACCESS_MASK access, POBJECT_TYPE type,
				    KPROCESSOR_MODE mode)
{
	(void)access;
	need_irql("ObReferenceObjectByPointer", PASSIVE_LEVEL, DISPATCH_LEVEL);
	if (!type && mode == UserMode)
		return STATUS_OBJECT_TYPE_MISMATCH;
	if (type && object_type(object, "ObReferenceObjectByPointer") != type->type)
		return STATUS_OBJECT_TYPE_MISMATCH;
	object_driver_ref(object);
	return STATUS_SUCCESS;
}

static void *pseudo_object(HANDLE handle)
{
	if (handle == NtCurrentProcess())
		return current_process();
	return handle == NtCurrentThread() ? (void *)current_thread() : NULL;
}

NTSTATUS ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type,
				   KPROCESSOR_MODE mode, PVOID *object,
				   POBJECT_HANDLE_INFORMATION information)
{
	void *body = pseudo_object(handle);
	struct handle *entry;
	NTSTATUS status = STATUS_SUCCESS;

	(void)information;
	need_irql("ObReferenceObjectByHandle", PASSIVE_LEVEL, PASSIVE_LEVEL);
	*object = NULL;
	if (fault("ObReferenceObjectByHandle"))
		return STATUS_INSUFFICIENT_RESOURCES;
	klock();
	entry = from_handle(handle);
	if (!body && !entry)
		status = STATUS_INVALID_HANDLE;
	else if (!body && mode == UserMode && (access & ~entry->access))
		status = STATUS_ACCESS_DENIED;
	else
		body = body ? body : entry->body;
	if (NT_SUCCESS(status) && type && header(body, "handle")->type != type->type)
		status = STATUS_OBJECT_TYPE_MISMATCH;
	kunlock();
	if (!NT_SUCCESS(status))
		return status;
	object_driver_ref(body);
	*object = body;
	return status;
}

NTSTATUS ObOpenObjectByPointer(PVOID object, ULONG attributes, PACCESS_STATE state,
			       ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode,
			       PHANDLE handle)
{
	bool kernel = attributes & OBJ_KERNEL_HANDLE;

	(void)state, (void)mode;
	need_irql("ObOpenObjectByPointer", PASSIVE_LEVEL, PASSIVE_LEVEL);
	*handle = NULL;
	if (type && object_type(object, "ObOpenObjectByPointer") != type->type)
		return STATUS_OBJECT_TYPE_MISMATCH;
	if (fault("ObOpenObjectByPointer"))
		return STATUS_INSUFFICIENT_RESOURCES;
	*handle = handle_new(object, access, kernel ? NULL : current_process(), true);
	return STATUS_SUCCESS;
}

NTSTATUS ZwClose(HANDLE handle)
{
	need_irql("ZwClose", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (!handle_close(handle))
		ntsim_bugcheck(NTSIM_HANDLE, "ZwClose of %p, which is no handle", handle);
	return STATUS_SUCCESS;
}

NTSTATUS ObCloseHandle(HANDLE handle, KPROCESSOR_MODE mode)
{
	(void)mode;
	return ZwClose(handle);
}
