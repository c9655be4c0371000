/* SPDX-License-Identifier: MIT */
/* device.c - device objects, their names and symbolic links. */
#include "sim.h"
#include <wdmsec.h>

#define LINKS   16
#define DEVICES 16

struct link {
	UNICODE_STRING name, target; /* name.Buffer NULL: free */
};

static struct link links[LINKS];
static PDEVICE_OBJECT devices[DEVICES];

void device_boot(void)
{
	memset(links, 0, sizeof(links));
	memset(devices, 0, sizeof(devices));
}

bool equal_nocase(PCWSTR a, size_t a_count, PCWSTR b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		if (RtlUpcaseUnicodeChar(a[i]) != RtlUpcaseUnicodeChar(b[i]))
			return false;
	}
	return true;
}

static bool same_name(PCUNICODE_STRING a, PCUNICODE_STRING b)
{
	return equal_nocase(a->Buffer, a->Length / 2u, b->Buffer, b->Length / 2u);
}

/* ---- devices ---- */

PDEVICE_OBJECT device_by_name(PCUNICODE_STRING name)
{
	PDEVICE_OBJECT found = NULL;

	klock();
	for (int i = 0; i < DEVICES && !found; i++) {
		if (devices[i] && same_name(&DEVICE(devices[i])->name, name))
			found = devices[i];
	}
	kunlock();
	return found;
}

static NTSTATUS enter(PDEVICE_OBJECT device)
{
	for (int i = 0; i < DEVICES; i++) {
		if (!devices[i]) {
			devices[i] = device;
			return STATUS_SUCCESS;
		}
	}
	return STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS create(const char *routine, PDRIVER_OBJECT driver, ULONG extension,
		       PUNICODE_STRING name, DEVICE_TYPE type, ULONG characteristics,
		       BOOLEAN exclusive, PACL acl, PDEVICE_OBJECT *result)
{
	struct device *d;
	PDEVICE_OBJECT body;

	need_irql(routine, PASSIVE_LEVEL, APC_LEVEL);
	*result = NULL;
	if (fault(routine))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (name && device_by_name(name))
		return STATUS_OBJECT_NAME_COLLISION;
	body = object_new(OBJECT_DEVICE, sizeof(*d) + extension);
	d = DEVICE(body);
	d->acl = acl;
	if (name)
		d->name = string_copy(name);
	*body = (DEVICE_OBJECT){ .Type = 3,
				 .Size = (USHORT)(sizeof(*body) + extension),
				 .DriverObject = driver,
				 .Flags = DO_DEVICE_INITIALIZING | (exclusive ? DO_EXCLUSIVE : 0u),
				 .Characteristics = characteristics,
				 .DeviceExtension = extension ? body + 1 : NULL,
				 .DeviceType = type,
				 .StackSize = 1 };
	driver_device_added(body);
	*result = body;
	return enter(body);
}

NTSTATUS IoCreateDevice(PDRIVER_OBJECT driver, ULONG extension, PUNICODE_STRING name,
			DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
			PDEVICE_OBJECT *device)
{
	return create("IoCreateDevice", driver, extension, name, type, characteristics, exclusive,
		      NULL, device);
}

NTSTATUS WdmlibIoCreateDeviceSecure(PDRIVER_OBJECT driver, ULONG extension, PUNICODE_STRING name,
				    DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
				    PCUNICODE_STRING sddl, LPCGUID guid, PDEVICE_OBJECT *device)
{
	PACL acl = acl_from_sddl(sddl);
	NTSTATUS status;

	(void)guid;
	*device = NULL;
	if (!acl)
		return STATUS_INVALID_PARAMETER;
	status = create("IoCreateDeviceSecure", driver, extension, name, type, characteristics,
			exclusive, acl, device);
	if (!NT_SUCCESS(status))
		free(acl);
	return status;
}

VOID IoDeleteDevice(PDEVICE_OBJECT body)
{
	struct device *d = DEVICE(body);

	need_irql("IoDeleteDevice", PASSIVE_LEVEL, APC_LEVEL);
	if (object_type(body, "IoDeleteDevice") != OBJECT_DEVICE || d->deleted)
		ntsim_bugcheck(NTSIM_OBJECT, "IoDeleteDevice twice");
	if (d->shutdown)
		ntsim_bugcheck(NTSIM_LEAK, "device deleted while registered for shutdown");
	klock();
	d->deleted = true;
	for (int i = 0; i < DEVICES; i++) {
		if (devices[i] == body)
			devices[i] = NULL;
	}
	kunlock();
	driver_device_removed(body);
	object_unref(body);
}

void device_destroy(void *body)
{
	struct device *d = DEVICE(body);

	free(d->acl);
	free(d->name.Buffer);
}

NTSTATUS IoRegisterShutdownNotification(PDEVICE_OBJECT device)
{
	need_irql("IoRegisterShutdownNotification", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (fault("IoRegisterShutdownNotification"))
		return STATUS_INSUFFICIENT_RESOURCES;
	DEVICE(device)->shutdown = true;
	return STATUS_SUCCESS;
}

VOID IoUnregisterShutdownNotification(PDEVICE_OBJECT device)
{
	DEVICE(device)->shutdown = false;
}

/* ---- links ---- */

/* The name after \??\, \DosDevices\ or \GLOBAL??\; NULL if it is elsewhere. */
static PCWSTR dos_name(PCUNICODE_STRING s, size_t *count)
{
	static const struct {
		PCWSTR text;
		size_t count;
	} roots[] = { { L"\\??\\", 4 }, { L"\\DosDevices\\", 12 }, { L"\\GLOBAL??\\", 10 } };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (s->Length / 2u > roots[i].count &&
		    equal_nocase(s->Buffer, roots[i].count, roots[i].text, roots[i].count)) {
			*count = s->Length / 2u - roots[i].count;
			return s->Buffer + roots[i].count;
		}
	}
	return NULL;
}

static struct link *link_find(PCWSTR name, size_t count)
{
	for (int i = 0; i < LINKS; i++) {
		if (links[i].name.Buffer &&
		    equal_nocase(links[i].name.Buffer, links[i].name.Length / 2u, name, count))
			return &links[i];
	}
	return NULL;
}

static struct link *link_free(void)
{
	for (int i = 0; i < LINKS; i++) {
		if (!links[i].name.Buffer)
			return &links[i];
	}
	ntsim_bugcheck(NTSIM_MISUSE, "more than %d symbolic links", LINKS);
}

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING link, PUNICODE_STRING device)
{
	size_t count;
	PCWSTR name = dos_name(link, &count);
	NTSTATUS status = STATUS_SUCCESS;
	UNICODE_STRING key;

	need_irql("IoCreateSymbolicLink", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (!name)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	if (fault("IoCreateSymbolicLink"))
		return STATUS_INSUFFICIENT_RESOURCES;
	key = (UNICODE_STRING){ (USHORT)(count * 2), (USHORT)(count * 2), (PWCH)(uintptr_t)name };
	klock();
	if (link_find(name, count))
		status = STATUS_OBJECT_NAME_COLLISION;
	else
		*link_free() = (struct link){ string_copy(&key), string_copy(device) };
	kunlock();
	return status;
}

NTSTATUS IoCreateUnprotectedSymbolicLink(PUNICODE_STRING link, PUNICODE_STRING device)
{
	return IoCreateSymbolicLink(link, device);
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING s)
{
	size_t count = 0;
	PCWSTR name = dos_name(s, &count);
	struct link *link = NULL;

	need_irql("IoDeleteSymbolicLink", PASSIVE_LEVEL, PASSIVE_LEVEL);
	klock();
	if (name)
		link = link_find(name, count);
	if (link) {
		free(link->name.Buffer);
		free(link->target.Buffer);
		memset(link, 0, sizeof(*link));
	}
	kunlock();
	return link ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* The device named \\.\name, referenced; *rest is the remainder of the path. */
PDEVICE_OBJECT device_by_link(PCWSTR path, PCWSTR *rest)
{
	PDEVICE_OBJECT device = NULL;
	struct link *link;
	size_t count = 0;

	if (path[0] != '\\' || path[1] != '\\' || (path[2] != '.' && path[2] != '?') ||
	    path[3] != '\\')
		return NULL;
	path += 4;
	while (path[count] && path[count] != '\\')
		count++;
	*rest = path + count;
	klock();
	link = link_find(path, count);
	if (link)
		device = device_by_name(&link->target);
	if (device)
		object_ref(device);
	kunlock();
	return device;
}

NTSTATUS IoGetDeviceObjectPointer(PUNICODE_STRING name, ACCESS_MASK access, PFILE_OBJECT *file,
				  PDEVICE_OBJECT *device)
{
	(void)name, (void)access;
	*file = NULL;
	*device = NULL;
	return STATUS_NOT_SUPPORTED;
}

void device_unload(void)
{
	for (int i = 0; i < LINKS; i++) {
		if (links[i].name.Buffer)
			ntsim_bugcheck(NTSIM_LEAK, "a symbolic link was not deleted");
	}
	for (int i = 0; i < DEVICES; i++) {
		if (devices[i])
			ntsim_bugcheck(NTSIM_LEAK, "a device was not deleted");
	}
}
