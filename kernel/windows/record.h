/* SPDX-License-Identifier: MIT */
/*
 * record.h - one record: described on the stack, written once into the queue.
 *
 * A caller fills a body, adds references to strings, and sends. The strings must stay
 * valid until then, and may be pageable; the body must not be. Strings of more than
 * about 500 characters in all need a temporary allocation.
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
	UINT64 mono; /* 100 ns since boot: when it was sent; 0: it was not */
	ULONG parts;
	struct record_part part[RECORD_PARTS];
};

/* A body in which all is unknown: zeros, and of the ids that only Linux has VIGIL_UNKNOWN. */
static inline VOID RecordClearProcess(_Out_ struct vigil_process_body *body)
{
	RtlZeroMemory(body, sizeof(*body));
	RtlFillMemory((UCHAR *)body + offsetof(struct vigil_process_body, uid),
		      offsetof(struct vigil_process_body, integrity) -
			  offsetof(struct vigil_process_body, uid),
		      0xff);
}

/* The actor is the current thread. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordBegin(_Out_ struct record *record, _In_ UINT16 type,
		 _In_reads_bytes_(body_size) const VOID *body, _In_ UINT16 body_size);

/* Adds a counted string, which need not end with a zero. NULL, empty or without a
 * buffer: no part is added. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordString(_Inout_ struct record *record, _In_ UINT16 kind, _In_ UINT8 source,
		  _In_opt_ PCUNICODE_STRING string);

_IRQL_requires_max_(APC_LEVEL)
VOID RecordBytes(_Inout_ struct record *record, _In_ UINT16 kind, _In_ UINT8 source,
		 _In_reads_bytes_(length) const VOID *value, _In_ ULONG length);

/* Truncates what is too long, and writes the record. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordSend(_Inout_ struct record *record);

/* Writes a VIGIL_EVENT_STATUS record with a short text. */
_IRQL_requires_max_(APC_LEVEL)
VOID RecordStatus(_In_ UINT32 state, _In_ PCWSTR text);

#endif /* VIGIL_RECORD_H */
