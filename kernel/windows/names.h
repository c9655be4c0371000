/* SPDX-License-Identifier: MIT */
/*
 * names.h - the path of a file that is being run or mapped, and how it was learned.
 *
 * The filter manager knows best, but asking it can deadlock in the wrong place; there
 * only its cache is asked. Next comes what the kernel calls the image of a new process,
 * then the notification's own word, then the file object's name. The record says which
 * it was.
 */
#ifndef VIGIL_NAMES_H
#define VIGIL_NAMES_H

#include "nt.h"

struct file_name {
	UNICODE_STRING path; /* Length 0: unknown */
	UINT8 source;        /* enum vigil_source */
	BOOLEAN partial;     /* may be incomplete or wrong */
	BOOLEAN unique;      /* the file's only spelling: a rule that does not match it, does not
			      * match the file (hard links aside) */
	PVOID information;   /* the filter manager's */
	PUNICODE_STRING image;
};

/* `process` is the new process whose image it is (at PASSIVE_LEVEL), else NULL; `told` is
 * what the notification says, `whole` whether that is the full name. The result points
 * into `told` and `file`: keep them until NameRelease. */
_IRQL_requires_max_(APC_LEVEL)
VOID NameResolve(_In_opt_ PFILE_OBJECT file, _In_opt_ PEPROCESS process,
		 _In_opt_ PCUNICODE_STRING told, _In_ BOOLEAN whole, _Out_ struct file_name *name);

_IRQL_requires_max_(APC_LEVEL)
VOID NameRelease(_Inout_ struct file_name *name);

/* Images that no means gave a name, so far. */
UINT64 NamesMissing(VOID);

#endif /* VIGIL_NAMES_H */
