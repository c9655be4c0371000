/* SPDX-License-Identifier: MIT */
/*
 * seeds.h - formats for the sample clients of "Windows Kernel Programming".
 *
 * If the setting SeedDevices is on, \\.\SysMon and \\.\KDetector return the byte
 * formats of that book's second edition. Records are converted when they are read; the
 * capture path is not involved. See docs/driver.md.
 */
#ifndef VIGIL_SEEDS_H
#define VIGIL_SEEDS_H

#include "nt.h"
#include "reader.h"

/* Answers a read at once with the available records: 0 bytes are a success.
 * STATUS_BUFFER_TOO_SMALL: the next item does not fit; nothing is lost. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS SeedRead(_Inout_ struct reader *reader, _Out_writes_bytes_to_(room, *taken) PUCHAR buffer,
		  _In_ ULONG room, _Out_ ULONG *taken);

/* Converts a record to an item of that device. Returns the item's size; 0: the device
 * does not show such records. Nothing is written beyond `room`. */
ULONG SeedConvert(_In_ enum device_kind kind, _In_ const struct vigil_header *record,
		  _Out_writes_bytes_(room) PUCHAR item, _In_ ULONG room);

/* Number of records truncated to the size of an item so far. */
UINT64 SeedsCut(VOID);

#endif /* VIGIL_SEEDS_H */
