/* SPDX-License-Identifier: MIT */
/* zwkey.c - the registry as a driver sees it. PASSIVE_LEVEL only; kernel handles only. */
#include "registry.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

/* A handle's object: the path, so that a deleted key is noticed. */
struct open_key {
	WCHAR path[512];
	USHORT count;
};

static void begin(const char *routine)
{
	need_irql(routine, PASSIVE_LEVEL, PASSIVE_LEVEL);
}

/* The absolute path an OBJECT_ATTRIBUTES means. */
static NTSTATUS full_path(POBJECT_ATTRIBUTES attributes, struct open_key *out)
{
	PCUNICODE_STRING name = attributes->ObjectName;
	size_t used = 0, count = name->Length / 2u;

	if (attributes->RootDirectory) {
		struct open_key *root =
		    handle_object_for(attributes->RootDirectory, OBJECT_KEY, "ZwOpenKey");

		memcpy(out->path, root->path, root->count * sizeof(WCHAR));
		used = root->count;
		out->path[used++] = '\\';
		object_unref(root);
	}
	if (used + count > sizeof(out->path) / sizeof(WCHAR))
		return STATUS_OBJECT_NAME_INVALID;
	memcpy(out->path + used, name->Buffer, name->Length);
	out->count = (USHORT)(used + count);
	while (out->count && out->path[out->count - 1] == '\\')
		out->count--;
	return STATUS_SUCCESS;
}

static NTSTATUS open_key(const struct open_key *path, ACCESS_MASK access, ULONG attributes,
			 PHANDLE handle)
{
	struct open_key *open = object_new(OBJECT_KEY, sizeof(*open));

	*open = *path;
	*handle = handle_new(open, access,
			     attributes & OBJ_KERNEL_HANDLE ? NULL : current_process(), true);
	object_unref(open);
	return STATUS_SUCCESS;
}

NTSTATUS ZwOpenKey(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
	struct open_key path;
	NTSTATUS status = full_path(attributes, &path);
	bool exists;

	begin("ZwOpenKey");
	*handle = NULL;
	if (!NT_SUCCESS(status))
		return status;
	if (fault("ZwOpenKey"))
		return STATUS_INSUFFICIENT_RESOURCES;
	klock();
	exists = key_find(path.path, path.count) != NULL;
	kunlock();
	if (!exists)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	return open_key(&path, access, attributes->Attributes, handle);
}

static size_t parent_count(const struct open_key *path)
{
	size_t i = path->count;

	while (i && path->path[i - 1] != '\\')
		i--;
	return i ? i - 1 : 0;
}

NTSTATUS ZwCreateKey(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG index,
		     PUNICODE_STRING type, ULONG options, PULONG disposition)
{
	struct open_key path;
	NTSTATUS status = full_path(attributes, &path);
	bool existed, has_parent;

	(void)index, (void)type, (void)options;
	begin("ZwCreateKey");
	*handle = NULL;
	if (!NT_SUCCESS(status))
		return status;
	if (fault("ZwCreateKey"))
		return STATUS_INSUFFICIENT_RESOURCES;
	klock();
	existed = key_find(path.path, path.count) != NULL;
	has_parent = key_find(path.path, parent_count(&path)) != NULL;
	if (!existed && has_parent)
		key_add(path.path, path.count);
	kunlock();
	if (!existed && !has_parent)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (disposition)
		*disposition = existed ? REG_OPENED_EXISTING_KEY : REG_CREATED_NEW_KEY;
	return open_key(&path, access, attributes->Attributes, handle);
}

/* The key of a handle, with the kernel lock held; NULL and not held if deleted. */
static struct key *enter(HANDLE handle, ACCESS_MASK needed, const char *routine, NTSTATUS *status)
{
	struct open_key *open, path;
	ACCESS_MASK access = 0;
	struct key *key;

	begin(routine);
	open = handle_object_for(handle, OBJECT_KEY, routine);
	path = *open;
	object_unref(open);
	object_unref(handle_object(handle, OBJECT_KEY, &access));
	*status = STATUS_ACCESS_DENIED;
	if (needed & ~access && !(access & (GENERIC_ALL | MAXIMUM_ALLOWED)))
		return NULL;
	*status = STATUS_INSUFFICIENT_RESOURCES;
	if (fault(routine))
		return NULL;
	klock();
	key = key_find(path.path, path.count);
	*status = key ? STATUS_SUCCESS : STATUS_KEY_DELETED;
	if (!key)
		kunlock();
	return key;
}

NTSTATUS ZwDeleteKey(HANDLE handle)
{
	NTSTATUS status;
	struct key *key = enter(handle, DELETE, "ZwDeleteKey", &status);

	if (!key)
		return status;
	if (key_child(key, 0))
		status = STATUS_CANNOT_DELETE;
	else
		key_delete(key);
	kunlock();
	return status;
}

NTSTATUS ZwFlushKey(HANDLE handle)
{
	NTSTATUS status;

	if (enter(handle, 0, "ZwFlushKey", &status))
		kunlock();
	return status;
}

/* ---- values ---- */

static NTSTATUS finish(ULONG fixed, ULONG whole, ULONG length)
{
	if (length < fixed)
		return STATUS_BUFFER_TOO_SMALL;
	return length < whole ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* Copies as much as fits after a fixed part. */
static void copy_part(void *to, const void *from, ULONG size, ULONG offset, ULONG length)
{
	if (length > offset && size)
		memcpy(to, from, size < length - offset ? size : length - offset);
}

static NTSTATUS fill_partial(const struct value *v, PVOID information, ULONG length, PULONG needed)
{
	PKEY_VALUE_PARTIAL_INFORMATION out = information;
	ULONG fixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data);

	*needed = fixed + v->size;
	if (length >= fixed) {
		out->TitleIndex = 0;
		out->Type = v->type;
		out->DataLength = v->size;
		copy_part((UCHAR *)information + fixed, v->data, v->size, fixed, length);
	}
	return finish(fixed, *needed, length);
}

static NTSTATUS fill_basic(const struct value *v, PVOID information, ULONG length, PULONG needed)
{
	PKEY_VALUE_BASIC_INFORMATION out = information;
	ULONG fixed = offsetof(KEY_VALUE_BASIC_INFORMATION, Name);

	*needed = fixed + v->name.Length;
	if (length >= fixed) {
		out->TitleIndex = 0;
		out->Type = v->type;
		out->NameLength = v->name.Length;
		copy_part((UCHAR *)information + fixed, v->name.Buffer, v->name.Length, fixed,
			  length);
	}
	return finish(fixed, *needed, length);
}

static NTSTATUS fill_full(const struct value *v, PVOID information, ULONG length, PULONG needed)
{
	PKEY_VALUE_FULL_INFORMATION out = information;
	ULONG fixed = offsetof(KEY_VALUE_FULL_INFORMATION, Name);
	ULONG data = (ULONG)ALIGN_UP_BY(fixed + v->name.Length, 4);

	*needed = data + v->size;
	if (length >= fixed) {
		out->TitleIndex = 0;
		out->Type = v->type;
		out->DataOffset = data;
		out->DataLength = v->size;
		out->NameLength = v->name.Length;
		copy_part((UCHAR *)information + fixed, v->name.Buffer, v->name.Length, fixed,
			  length);
		copy_part((UCHAR *)information + data, v->data, v->size, data, length);
	}
	return finish(fixed, *needed, length);
}

static NTSTATUS fill_value(const struct value *v, KEY_VALUE_INFORMATION_CLASS type,
			   PVOID information, ULONG length, PULONG needed)
{
	switch (type) {
	case KeyValueBasicInformation:
		return fill_basic(v, information, length, needed);
	case KeyValueFullInformation:
		return fill_full(v, information, length, needed);
	case KeyValuePartialInformation:
		return fill_partial(v, information, length, needed);
	default:
		return STATUS_INVALID_PARAMETER;
	}
}

NTSTATUS ZwQueryValueKey(HANDLE handle, PUNICODE_STRING name, KEY_VALUE_INFORMATION_CLASS type,
			 PVOID information, ULONG length, PULONG needed)
{
	NTSTATUS status;
	struct key *key = enter(handle, KEY_QUERY_VALUE, "ZwQueryValueKey", &status);
	struct value *value;

	*needed = 0;
	if (!key)
		return status;
	value = *value_find(key, name);
	status = value ? fill_value(value, type, information, length, needed)
		       : STATUS_OBJECT_NAME_NOT_FOUND;
	kunlock();
	return status;
}

NTSTATUS ZwEnumerateValueKey(HANDLE handle, ULONG index, KEY_VALUE_INFORMATION_CLASS type,
			     PVOID information, ULONG length, PULONG needed)
{
	NTSTATUS status;
	struct key *key = enter(handle, KEY_QUERY_VALUE, "ZwEnumerateValueKey", &status);
	struct value *value;

	*needed = 0;
	if (!key)
		return status;
	value = key->values;
	while (value && index--)
		value = value->next;
	status =
	    value ? fill_value(value, type, information, length, needed) : STATUS_NO_MORE_ENTRIES;
	kunlock();
	return status;
}

NTSTATUS ZwSetValueKey(HANDLE handle, PUNICODE_STRING name, ULONG index, ULONG type, PVOID data,
		       ULONG size)
{
	NTSTATUS status;
	struct key *key = enter(handle, KEY_SET_VALUE, "ZwSetValueKey", &status);

	(void)index;
	if (!key)
		return status;
	output_record("registry", data, size);
	value_set(key, name, type, data, size);
	kunlock();
	ntsim_point(); /* a registry call takes long: others run meanwhile */
	return status;
}

NTSTATUS ZwDeleteValueKey(HANDLE handle, PUNICODE_STRING name)
{
	NTSTATUS status;
	struct key *key = enter(handle, KEY_SET_VALUE, "ZwDeleteValueKey", &status);
	struct value **link;

	if (!key)
		return status;
	link = value_find(key, name);
	if (*link)
		value_delete(link);
	else
		status = STATUS_OBJECT_NAME_NOT_FOUND;
	kunlock();
	return status;
}

/* ---- keys ---- */

static NTSTATUS fill_key(const struct key *key, PVOID information, ULONG length, PULONG needed)
{
	PKEY_BASIC_INFORMATION out = information;
	ULONG fixed = offsetof(KEY_BASIC_INFORMATION, Name), count = key->path.Length / 2u;
	ULONG from = count;

	while (from && key->path.Buffer[from - 1] != '\\')
		from--;
	*needed = fixed + (count - from) * 2;
	if (length >= fixed) {
		out->LastWriteTime.QuadPart = 0;
		out->TitleIndex = 0;
		out->NameLength = (count - from) * 2;
		copy_part((UCHAR *)information + fixed, key->path.Buffer + from, out->NameLength,
			  fixed, length);
	}
	return finish(fixed, *needed, length);
}

static NTSTATUS fill_key_full(struct key *key, PVOID information, ULONG length, PULONG needed)
{
	PKEY_FULL_INFORMATION out = information;

	*needed = offsetof(KEY_FULL_INFORMATION, Class);
	if (length < *needed)
		return STATUS_BUFFER_TOO_SMALL;
	memset(information, 0, *needed);
	while (key_child(key, out->SubKeys))
		out->SubKeys++;
	for (struct value *v = key->values; v; v = v->next) {
		out->Values++;
		out->MaxValueNameLen = max(out->MaxValueNameLen, v->name.Length);
		out->MaxValueDataLen = max(out->MaxValueDataLen, v->size);
	}
	return STATUS_SUCCESS;
}

NTSTATUS ZwQueryKey(HANDLE handle, KEY_INFORMATION_CLASS type, PVOID information, ULONG length,
		    PULONG needed)
{
	NTSTATUS status;
	struct key *key = enter(handle, KEY_QUERY_VALUE, "ZwQueryKey", &status);

	*needed = 0;
	if (!key)
		return status;
	if (type == KeyFullInformation)
		status = fill_key_full(key, information, length, needed);
	else if (type == KeyBasicInformation)
		status = fill_key(key, information, length, needed);
	else
		status = STATUS_INVALID_PARAMETER;
	kunlock();
	return status;
}

NTSTATUS ZwEnumerateKey(HANDLE handle, ULONG index, KEY_INFORMATION_CLASS type, PVOID information,
			ULONG length, PULONG needed)
{
	NTSTATUS status;
	struct key *key = enter(handle, KEY_ENUMERATE_SUB_KEYS, "ZwEnumerateKey", &status);
	struct key *child;

	*needed = 0;
	if (!key)
		return status;
	child = key_child(key, index);
	if (!child)
		status = STATUS_NO_MORE_ENTRIES;
	else if (type == KeyBasicInformation)
		status = fill_key(child, information, length, needed);
	else
		status = STATUS_INVALID_PARAMETER;
	kunlock();
	return status;
}

NTSTATUS IoOpenDriverRegistryKey(PDRIVER_OBJECT driver, ULONG type, ACCESS_MASK access, ULONG flags,
				 PHANDLE key)
{
	(void)driver, (void)type, (void)access, (void)flags;
	*key = NULL;
	return STATUS_NOT_SUPPORTED; /* here as on Windows before 10 1803 */
}

/* ---- RtlQueryRegistryValues: direct queries of values ---- */

static NTSTATUS open_relative(ULONG relative, PCWSTR path, ACCESS_MASK access, PHANDLE handle)
{
	WCHAR text[512];
	UNICODE_STRING name = { 0, sizeof(text), text };
	OBJECT_ATTRIBUTES attributes;

	if ((relative & 0xff) == RTL_REGISTRY_SERVICES)
		RtlAppendUnicodeToString(&name, SERVICES);
	if (!NT_SUCCESS(RtlAppendUnicodeToString(&name, path)))
		return STATUS_OBJECT_NAME_INVALID;
	InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
				   NULL, NULL);
	return ZwOpenKey(handle, access, &attributes);
}

/* Strings go into a UNICODE_STRING, allocated when it has no buffer; at most
 * four bytes of anything else go where EntryContext points. */
static NTSTATUS store(const RTL_QUERY_REGISTRY_TABLE *entry, ULONG type, const void *data,
		      ULONG size)
{
	PUNICODE_STRING s = entry->EntryContext;
	ULONG expected = entry->Flags >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;

	if ((entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) && expected != type)
		return STATUS_OBJECT_TYPE_MISMATCH;
	if (type != REG_SZ && type != REG_EXPAND_SZ) {
		if (size > sizeof(ULONG64))
			return STATUS_BUFFER_TOO_SMALL;
		memcpy(entry->EntryContext, data, size);
		return STATUS_SUCCESS;
	}
	if (!s->Buffer) {
		s->Buffer = pool_special(size + 2, true, 0x67655252, "registry string");
		s->MaximumLength = (USHORT)(size + 2);
	}
	if (s->MaximumLength < size)
		return STATUS_BUFFER_TOO_SMALL;
	memcpy(s->Buffer, data, size);
	s->Length = (USHORT)(size >= 2 ? size - 2 : 0);
	return STATUS_SUCCESS;
}

static NTSTATUS query_one(HANDLE key, const RTL_QUERY_REGISTRY_TABLE *entry, PVOID context)
{
	UCHAR buffer[1024];
	PKEY_VALUE_PARTIAL_INFORMATION value = (void *)buffer;
	UNICODE_STRING name;
	ULONG needed;
	NTSTATUS status;

	RtlInitUnicodeString(&name, entry->Name);
	status = ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof(buffer),
				 &needed);
	if (!NT_SUCCESS(status)) {
		if (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED)
			return status;
		value->Type = entry->DefaultType;
		value->DataLength = entry->DefaultLength;
		if (entry->DefaultType == REG_NONE)
			return STATUS_SUCCESS;
		memcpy(value->Data, entry->DefaultData, entry->DefaultLength);
	}
	if (entry->Flags & RTL_QUERY_REGISTRY_DIRECT)
		return store(entry, value->Type, value->Data, value->DataLength);
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): value was filled by either way */
	return entry->QueryRoutine(entry->Name, value->Type, value->Data, value->DataLength,
				   context, entry->EntryContext);
}

NTSTATUS RtlQueryRegistryValues(ULONG relative, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
				PVOID context, PVOID environment)
{
	HANDLE key;
	NTSTATUS status;

	(void)environment;
	begin("RtlQueryRegistryValues");
	status = open_relative(relative, path, KEY_READ, &key);
	if (!NT_SUCCESS(status))
		return status;
	for (; NT_SUCCESS(status) && (table->QueryRoutine || table->Name); table++)
		status = query_one(key, table, context);
	ZwClose(key);
	return status;
}

NTSTATUS RtlWriteRegistryValue(ULONG relative, PCWSTR path, PCWSTR name, ULONG type, PVOID data,
			       ULONG length)
{
	UNICODE_STRING s;
	HANDLE key;
	NTSTATUS status;

	status = open_relative(relative, path, KEY_WRITE, &key);
	if (!NT_SUCCESS(status))
		return status;
	RtlInitUnicodeString(&s, name);
	status = ZwSetValueKey(key, &s, 0, type, data, length);
	ZwClose(key);
	return status;
}
