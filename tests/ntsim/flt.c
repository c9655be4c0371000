/* SPDX-License-Identifier: MIT */
/*
 * flt.c - file names from the filter manager. A query that may have to ask the
 * file system deadlocks when the thread is in I/O already, when no APC can end
 * that I/O, and when the file object has had its IRP_MJ_CLEANUP (DDI
 * FltGetFileNameInformationUnsafe, Remarks).
 */
#include "sim.h"
#include <fltKernel.h>

static unsigned infos; /* not released */
static bool (*is_busy)(void);

struct info {
	LONG refs;
	FLT_FILE_NAME_INFORMATION public;
};

void flt_boot(bool (*busy)(void))
{
	infos = 0;
	is_busy = busy;
}

void flt_unload(void)
{
	if (infos)
		ntsim_bugcheck(NTSIM_LEAK, "%u file name informations not released", infos);
}

static void check_context(PFILE_OBJECT file, FLT_FILE_NAME_OPTIONS options)
{
	FLT_FILE_NAME_OPTIONS method = options & FLT_VALID_FILE_NAME_QUERY_METHODS;

	need_irql("FltGetFileNameInformationUnsafe", PASSIVE_LEVEL, APC_LEVEL);
	if (method == FLT_FILE_NAME_QUERY_CACHE_ONLY)
		return;
	if (self()->top_level)
		ntsim_bugcheck(NTSIM_NAME_QUERY, "FltGetFileNameInformationUnsafe with a top-level "
						 "IRP set may deadlock: ask the cache only");
	if (self()->guarded > 0 || self()->irql >= APC_LEVEL)
		ntsim_bugcheck(NTSIM_NAME_QUERY, "FltGetFileNameInformationUnsafe with all APCs "
						 "disabled may deadlock: ask the cache only");
	if (file->Flags & FO_CLEANUP_COMPLETE)
		ntsim_bugcheck(NTSIM_NAME_QUERY,
			       "FltGetFileNameInformationUnsafe after the file "
			       "object's cleanup may deadlock: ask the cache only");
}

NTSTATUS FltGetFileNameInformationUnsafe(PFILE_OBJECT file, PFLT_INSTANCE instance,
					 FLT_FILE_NAME_OPTIONS options,
					 PFLT_FILE_NAME_INFORMATION *information)
{
	const UNICODE_STRING *name;
	struct info *info;

	(void)instance;
	*information = NULL;
	if (object_type(file, "FltGetFileNameInformationUnsafe") != OBJECT_FILE)
		return STATUS_INVALID_PARAMETER;
	check_context(file, options);
	if (fault("FltGetFileNameInformationUnsafe"))
		return STATUS_INSUFFICIENT_RESOURCES;
	if (is_busy && is_busy())
		return STATUS_FLT_NAME_CACHE_MISS;
	name = &FILE_(file)->image;
	info =
	    pool_special(sizeof(*info) + name->Length, true, 0x6c664d46, "file name information");
	memset(info, 0, sizeof(*info));
	info->refs = 1;
	info->public.Size = sizeof(info->public);
	info->public.Format = options & FLT_VALID_FILE_NAME_FORMATS;
	info->public.Name = (UNICODE_STRING){ name->Length, name->Length, (PWCH)(info + 1) };
	memcpy(info + 1, name->Buffer, name->Length);
	klock();
	infos++;
	kunlock();
	*information = &info->public;
	return STATUS_SUCCESS;
}

VOID FltReferenceFileNameInformation(PFLT_FILE_NAME_INFORMATION information)
{
	klock();
	CONTAINING_RECORD(information, struct info, public)->refs++;
	kunlock();
}

VOID FltReleaseFileNameInformation(PFLT_FILE_NAME_INFORMATION information)
{
	struct info *info = CONTAINING_RECORD(information, struct info, public);
	bool last;

	need_irql("FltReleaseFileNameInformation", PASSIVE_LEVEL, APC_LEVEL);
	klock();
	last = --info->refs == 0;
	infos -= last;
	kunlock();
	if (last)
		ExFreePool(info);
}

/* Volume, directory, last component and extension of \Device\Volume\dir\name.ext. */
NTSTATUS FltParseFileNameInformation(PFLT_FILE_NAME_INFORMATION information)
{
	PCUNICODE_STRING name = &information->Name;
	USHORT count = name->Length / 2, volume = 0, last = 0, dot = 0, slashes = 0;

	for (USHORT i = 0; i < count; i++) {
		if (name->Buffer[i] == '\\') {
			if (++slashes == 3)
				volume = i;
			last = i;
			dot = 0;
		} else if (name->Buffer[i] == '.') {
			dot = i;
		}
	}
	if (slashes < 3)
		return STATUS_INVALID_PARAMETER;
#define PART(from, to) \
	(UNICODE_STRING){ (USHORT)(((to) - (from)) * 2), (USHORT)(((to) - (from)) * 2), \
			  name->Buffer + (from) }
	information->Volume = PART(0, volume);
	information->ParentDir = PART(volume, last + 1);
	information->FinalComponent = PART(last + 1, count);
	information->Extension = dot ? PART(dot + 1, count) : PART(count, count);
#undef PART
	information->NamesParsed = 7;
	return STATUS_SUCCESS;
}
