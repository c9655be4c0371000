/* SPDX-License-Identifier: MIT */
/*
 * record.h - one record: described on the stack, written once into the queue.
 *
 * A caller fills a body, names the strings that belong to it, and sends. The
 * strings stay where they are until then, and may be pageable; the body is not.
 * Strings of more than some 500 characters in all take an allocation for a moment.
 */
#ifndef VIGIL_RECORD_H
#define VIGIL_RECORD_H

#include "nt.h"

#define RECORD_PARTS 4

struct record_part {
	UINT16 kind;
	UINT8 source, flags;
	ULONG length, original;
	const UCHAR *value;
};

struct record {
	UINT16 type, body_size;
	ULONG flags; /* VIGIL_RECORD_... */
	const VOID *body;
	struct vigil_id actor;
	ULONG parts;
	struct record_part part[RECORD_PARTS];
};

/* The actor is the current thread. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordBegin(_Out_ struct record *record, _In_ UINT16 type,
		 _In_reads_bytes_(body_size) const VOID *body, _In_ UINT16 body_size);

/* A counted string, with no promise of a zero at its end. NULL, empty or without
 * a buffer: no part, for there is nothing to tell. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordString(_Inout_ struct record *record, _In_ UINT16 kind, _In_ UINT8 source,
		  _In_opt_ PCUNICODE_STRING string);

_IRQL_requires_max_(APC_LEVEL)
VOID RecordBytes(_Inout_ struct record *record, _In_ UINT16 kind, _In_ UINT8 source,
		 _In_reads_bytes_(length) const VOID *value, _In_ ULONG length);

/* Cuts what is too long, and writes the record. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordSend(_Inout_ struct record *record);

/* A VIGIL_STATUS of the sensor with a few words. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordStatus(_In_ UINT32 state, _In_ PCWSTR text);

#endif /* VIGIL_RECORD_H */
