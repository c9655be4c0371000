/* SPDX-License-Identifier: MIT */
/* settings.h - the driver's parameters: one table, from the registry, with limits. */
#ifndef VIGIL_SETTINGS_H
#define VIGIL_SETTINGS_H

#include "nt.h"

#include <vigil/control.h>

/* Opens <service>\Parameters and reads the table. A value that is missing or of another
 * type keeps its default; one outside the limits is replaced by the nearest limit. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SettingsStart(_In_ PUNICODE_STRING registry_path);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID SettingsStop(VOID);

_IRQL_requires_max_(HIGH_LEVEL)
ULONG SettingGet(_In_ enum vigil_setting setting);

/* Sets a value until the next load, without changing the registry. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID SettingForce(_In_ enum vigil_setting setting, _In_ ULONG value);

/* Whether records of this type are requested. */
_IRQL_requires_max_(HIGH_LEVEL)
BOOLEAN SettingRecords(_In_ UINT16 type);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID SettingsQuery(_Out_ struct vigil_settings *reply);

/* All or nothing: one value that is out of limits or fixed at load rejects all. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SettingsChange(_In_ const struct vigil_settings *request);

/* A binary value beside the settings: the rules. Loaded memory is paged pool of
 * TAG_SETTINGS; STATUS_OBJECT_NAME_NOT_FOUND if there is none. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SettingsLoadBinary(_In_ PCWSTR name, _In_ ULONG limit, _Out_ PVOID *memory,
			    _Out_ PVOID *value, _Out_ ULONG *bytes);

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SettingsSaveBinary(_In_ PCWSTR name, _In_reads_bytes_(bytes) const VOID *value,
			    _In_ ULONG bytes);

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SettingsRemove(_In_ PCWSTR name);

#endif /* VIGIL_SETTINGS_H */
