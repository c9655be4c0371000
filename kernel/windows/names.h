/* SPDX-License-Identifier: MIT */
/*
 * names.h - the path of a file that is being run or mapped, and its source.
 *
 * The filter manager has the most reliable name, but querying it can deadlock in some
 * contexts; there only its cache is queried. The next choices are the kernel's name of
 * the image of a new process, the name in the notification, and the name of the file
 * object. The record contains the source.
 */
#ifndef VIGIL_NAMES_H
#define VIGIL_NAMES_H

#include "nt.h"

struct file_name {
	UNICODE_STRING path; /* Length 0: unknown */
	UINT8 source;        /* enum vigil_part_origin */
	BOOLEAN partial;     /* may be incomplete or wrong */
	BOOLEAN unique;      /* the only spelling of the file: a rule that does not match it
			      * does not match the file (except by hard links) */
	PVOID information;   /* the filter manager's */
	PUNICODE_STRING image;
};

/* `process` is the new process whose image it is (at PASSIVE_LEVEL), else NULL; `given` is
 * the name in the notification, `whole` whether that is the full name. The result points
 * into `given` and `file`: keep them until NameRelease. */
_IRQL_requires_max_(APC_LEVEL)
VOID NameResolve(_In_opt_ PFILE_OBJECT file, _In_opt_ PEPROCESS process,
		 _In_opt_ PCUNICODE_STRING given, _In_ BOOLEAN whole, _Out_ struct file_name *name);

_IRQL_requires_max_(APC_LEVEL)
VOID NameRelease(_Inout_ struct file_name *name);

/* Number of images without a name so far. */
UINT64 NamesMissing(VOID);

#endif /* VIGIL_NAMES_H */
