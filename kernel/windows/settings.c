/* SPDX-License-Identifier: MIT */
/* settings.c - the driver's parameters: one table, from the registry, with limits. */
#include "settings.h"

#include "pooltags.h"
#include "routines.h"

static const struct {
	PCWSTR name;
	ULONG normal, least, most;
	BOOLEAN changeable; /* while the driver runs */
} table[] = {
	[VIGIL_SETTING_QUEUE_BYTES] = { L"QueueBytes", 4u << 20, 512u << 10, 256u << 20, FALSE },
	[VIGIL_SETTING_POLICY] = { L"Policy", VIGIL_DROP_OLDEST, 0, VIGIL_DROP_NEWEST, TRUE },
	[VIGIL_SETTING_EVENTS] = { L"Events", VIGIL_TYPE_ALL, 0, VIGIL_TYPE_ALL, TRUE },
	[VIGIL_SETTING_TRACE] = { L"Trace", 0, 0, 1, TRUE },
	[VIGIL_SETTING_SEED_DEVICES] = { L"SeedDevices", 0, 0, 1, FALSE },
	[VIGIL_SETTING_BATCH_BYTES] = { L"BatchBytes", 32u << 10, 1, 1u << 20, TRUE },
	[VIGIL_SETTING_BATCH_MS] = { L"BatchMilliseconds", 5, 1, 10000, TRUE },
	[VIGIL_SETTING_SNAPSHOT] = { L"Snapshot", 1, 0, 1, FALSE },
	[VIGIL_SETTING_FILTER_NAMES] = { L"FilterNames", 1, 0, 1, TRUE },
	[VIGIL_SETTING_READERS] = { L"Readers", 16, 1, 64, TRUE },
};
VIGIL_STATIC_ASSERT(settings_all, RTL_NUMBER_OF(table) == VIGIL_SETTING_MAX);

static struct {
	HANDLE key; /* <service>\Parameters */
	volatile LONG value[VIGIL_SETTING_MAX];
} settings;

/* The result of ZwQueryValueKey for a REG_DWORD. */
union dword_value {
	KEY_VALUE_PARTIAL_INFORMATION information;
	UCHAR bytes[FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + sizeof(ULONG)];
};

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_INIT
static VOID ReadSetting(_In_ ULONG setting)
{
	union dword_value found;
	UNICODE_STRING name;
	NTSTATUS status;
	ULONG value = table[setting].normal, used;

	RtlInitUnicodeString(&name, table[setting].name);
	RtlZeroMemory(&found, sizeof(found));
	status = ZwQueryValueKey(settings.key, &name, KeyValuePartialInformation, &found,
				 sizeof(found), &used);
	if (NT_SUCCESS(status) && found.information.Type == REG_DWORD &&
	    found.information.DataLength == sizeof(ULONG)) {
		RtlCopyMemory(&value, found.information.Data, sizeof(value));
		if (value < table[setting].least)
			value = table[setting].least;
		if (value > table[setting].most)
			value = table[setting].most;
	}
	StoreRelease(&settings.value[setting], (LONG)value);
}

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS SettingsStart(PUNICODE_STRING registry_path)
{
	OBJECT_ATTRIBUTES attributes;
	UNICODE_STRING name;
	HANDLE service;
	NTSTATUS status;
	ULONG i;

	InitializeObjectAttributes(&attributes, registry_path,
				   OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
	status = ZwOpenKey(&service, KEY_READ | KEY_WRITE, &attributes);
	if (!NT_SUCCESS(status))
		return status;

	RtlInitUnicodeString(&name, L"Parameters");
	InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
				   service, NULL);
	status = ZwCreateKey(&settings.key, KEY_READ | KEY_WRITE, &attributes, 0, NULL,
			     REG_OPTION_NON_VOLATILE, NULL);
	ZwClose(service);
	if (!NT_SUCCESS(status))
		return status;

	for (i = 0; i < VIGIL_SETTING_MAX; i++)
		ReadSetting(i);
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID SettingsStop(VOID)
{
	PAGED_CODE();

	ZwClose(settings.key);
	settings.key = NULL;
}

_Use_decl_annotations_
ULONG SettingGet(enum vigil_setting setting)
{
	return (ULONG)LoadAcquire(&settings.value[setting]);
}

_Use_decl_annotations_
VOID SettingForce(enum vigil_setting setting, ULONG value)
{
	StoreRelease(&settings.value[setting], (LONG)value);
}

_Use_decl_annotations_
BOOLEAN SettingRecords(UINT16 type)
{
	return (SettingGet(VIGIL_SETTING_EVENTS) & VIGIL_TYPE_BIT(type)) != 0;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID SettingsQuery(struct vigil_settings *reply)
{
	ULONG i;

	PAGED_CODE();

	RtlZeroMemory(reply, sizeof(*reply));
	reply->count = VIGIL_SETTING_MAX;
	reply->mask = (1u << VIGIL_SETTING_MAX) - 1;
	for (i = 0; i < VIGIL_SETTING_MAX; i++) {
		reply->value[i] = SettingGet((enum vigil_setting)i);
		if (table[i].changeable)
			reply->changeable |= 1u << i;
	}
}

/* Saves every value in the mask; stops at the first failure. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static NTSTATUS KeepSettings(_In_ const struct vigil_settings *request)
{
	NTSTATUS status = STATUS_SUCCESS;
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < VIGIL_SETTING_MAX && NT_SUCCESS(status); i++) {
		UNICODE_STRING name;
		ULONG value = request->value[i];

		if ((request->mask & (1u << i)) == 0)
			continue;
		RtlInitUnicodeString(&name, table[i].name);
		status = ZwSetValueKey(settings.key, &name, 0, REG_DWORD, &value, sizeof(value));
	}
	return status;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS SettingsChange(const struct vigil_settings *request)
{
	NTSTATUS status;
	ULONG i;

	PAGED_CODE();

	if (request->keep > 1 || (request->mask >> VIGIL_SETTING_MAX) != 0)
		return STATUS_INVALID_PARAMETER;
	for (i = 0; i < VIGIL_SETTING_MAX; i++) {
		ULONG value = request->value[i];

		if ((request->mask & (1u << i)) == 0)
			continue;
		if (value < table[i].least || value > table[i].most)
			return STATUS_INVALID_PARAMETER;
		/* A value that is fixed at load can only be stored for the next load. */
		if (!table[i].changeable && !request->keep)
			return STATUS_INVALID_DEVICE_STATE;
	}
	if (request->keep) {
		status = KeepSettings(request);
		if (!NT_SUCCESS(status))
			return status;
	}
	for (i = 0; i < VIGIL_SETTING_MAX; i++)
		if ((request->mask & (1u << i)) != 0 && table[i].changeable)
			StoreRelease(&settings.value[i], (LONG)request->value[i]);
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS SettingsLoadBinary(PCWSTR value_name, ULONG limit, PVOID *memory, PVOID *value,
			    ULONG *bytes)
{
	KEY_VALUE_PARTIAL_INFORMATION *found;
	UNICODE_STRING name;
	NTSTATUS status;
	ULONG size = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + limit, used;

	PAGED_CODE();

	*memory = *value = NULL;
	*bytes = 0;
	found = PoolPaged(size, TAG_SETTINGS);
	if (found == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	RtlInitUnicodeString(&name, value_name);
	status =
	    ZwQueryValueKey(settings.key, &name, KeyValuePartialInformation, found, size, &used);
	if (NT_SUCCESS(status) && (found->Type != REG_BINARY || found->DataLength > limit))
		status = STATUS_OBJECT_TYPE_MISMATCH;
	if (!NT_SUCCESS(status)) {
		ExFreePoolWithTag(found, TAG_SETTINGS);
		return status;
	}
	*memory = found;
	*value = found->Data;
	*bytes = found->DataLength;
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS SettingsSaveBinary(PCWSTR value_name, const VOID *value, ULONG bytes)
{
	UNICODE_STRING name;

	PAGED_CODE();

	RtlInitUnicodeString(&name, value_name);
	return ZwSetValueKey(settings.key, &name, 0, REG_BINARY, (PVOID)(ULONG_PTR)value, bytes);
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS SettingsRemove(PCWSTR value_name)
{
	UNICODE_STRING name;
	NTSTATUS status;

	PAGED_CODE();

	RtlInitUnicodeString(&name, value_name);
	status = ZwDeleteValueKey(settings.key, &name);
	return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_SUCCESS : status;
}
