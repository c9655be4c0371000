/* SPDX-License-Identifier: MIT */
/*
 * names.h - the path of a file that is being run or mapped, and how it was learned.
 *
 * The filter manager knows best, but asking it can deadlock in the wrong place;
 * there it is asked for what it has cached, and else the notification's own
 * word or the file object's is taken. The record says which it was.
 */
#ifndef VIGIL_NAMES_H
#define VIGIL_NAMES_H

#include "nt.h"

struct file_name {
	UNICODE_STRING path; /* Length 0: unknown */
	UINT8 source;        /* enum vigil_source */
	BOOLEAN partial;     /* may be incomplete or wrong */
	PVOID information;   /* the filter manager's */
};

/* `told` is what the notification says; `whole` whether that is the full name.
 * The result points into both: keep them until NameRelease. */
_IRQL_requires_max_(APC_LEVEL)
VOID NameResolve(_In_opt_ PFILE_OBJECT file, _In_opt_ PCUNICODE_STRING told, _In_ BOOLEAN whole,
		 _Out_ struct file_name *name);

_IRQL_requires_max_(APC_LEVEL)
VOID NameRelease(_Inout_ struct file_name *name);

/* Images that no means gave a name, so far. */
UINT64 NamesMissing(VOID);

#endif /* VIGIL_NAMES_H */
