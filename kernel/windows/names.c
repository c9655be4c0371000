/* SPDX-License-Identifier: MIT */
/* names.c - the path of a file that is being run or mapped, and its source. */
#include "names.h"

#include "flt.h"
#include "identity.h"
#include "settings.h"

static volatile LONG missing;

static BOOLEAN Empty(_In_opt_ PCUNICODE_STRING string)
{
	return string == NULL || string->Buffer == NULL || string->Length < sizeof(WCHAR);
}

/* Short names (8.3) have a ~: such a path may have another spelling. */
VIGIL_PAGE
static BOOLEAN HasShortName(_In_ PCUNICODE_STRING path)
{
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < path->Length / sizeof(WCHAR); i++)
		if (path->Buffer[i] == L'~')
			return TRUE;
	return FALSE;
}

/*
 * Queries the filter manager for the path. The query may read from the disk, so it
 * may deadlock with all APCs disabled, inside another I/O request, and on a file
 * object after its IRP_MJ_CLEANUP; there only the cache is queried (WDK:
 * FltGetFileNameInformationUnsafe, Remarks). If a path cannot be normalized (one of
 * its directories cannot be opened, as on some network volumes), the path by which
 * the file was opened still includes the volume.
 */
VIGIL_PAGE
static BOOLEAN AskFilter(_In_ PFILE_OBJECT file, _Inout_ struct file_name *name)
{
	static const ULONG formats[] = { FLT_FILE_NAME_NORMALIZED, FLT_FILE_NAME_OPENED };
	PFLT_FILE_NAME_INFORMATION information = NULL;
	BOOLEAN cached = IoGetTopLevelIrp() != NULL || KeAreAllApcsDisabled() ||
			 (file->Flags & FO_CLEANUP_COMPLETE) != 0;
	NTSTATUS status = STATUS_UNSUCCESSFUL;
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < RTL_NUMBER_OF(formats) && !NT_SUCCESS(status); i++)
		status =
		    FltGetFileNameInformationUnsafe(file, NULL,
						    formats[i] |
							(cached ? FLT_FILE_NAME_QUERY_CACHE_ONLY
								: FLT_FILE_NAME_QUERY_DEFAULT),
						    &information);
	if (!NT_SUCCESS(status))
		return FALSE;
	if (Empty(&information->Name)) {
		FltReleaseFileNameInformation(information);
		return FALSE;
	}
	name->path = information->Name;
	name->source = cached ? VIGIL_PART_ORIGIN_CACHE : VIGIL_PART_ORIGIN_FILTER;
	name->unique = i == 1 || !HasShortName(&name->path);
	name->information = information;
	return TRUE;
}

/* The kernel's name of the image of a process. Unlike the name in the notification, it
 * does not depend on the creator's spelling: links and \\?\GLOBALROOT are resolved. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static BOOLEAN AskProcess(_In_ PEPROCESS process, _Inout_ struct file_name *name)
{
	PAGED_CODE();

	name->image = IdentityImage(process);
	if (name->image == NULL)
		return FALSE;
	name->path = *name->image;
	name->source = VIGIL_PART_ORIGIN_QUERY;
	name->unique = !HasShortName(&name->path);
	return TRUE;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID NameResolve(PFILE_OBJECT file, PEPROCESS process, PCUNICODE_STRING given, BOOLEAN whole,
		 struct file_name *name)
{
	PAGED_CODE();

	RtlZeroMemory(name, sizeof(*name));
	if (file != NULL && SettingGet(VIGIL_SETTING_FILTER_NAMES) != 0 && AskFilter(file, name))
		return;
	if (process != NULL && AskProcess(process, name))
		return;
	if (!Empty(given)) {
		name->path = *given;
		name->source = VIGIL_PART_ORIGIN_NOTIFY;
		name->partial = !whole;
		return;
	}
	/* After cleanup a file system may have removed the name. */
	if (file != NULL && (file->Flags & FO_CLEANUP_COMPLETE) == 0 && !Empty(&file->FileName)) {
		name->path = file->FileName;
		name->source = VIGIL_PART_ORIGIN_FILE;
		name->partial = TRUE; /* it lacks the volume */
		return;
	}
	InterlockedIncrement(&missing);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID NameRelease(struct file_name *name)
{
	PAGED_CODE();

	if (name->information != NULL)
		FltReleaseFileNameInformation(name->information);
	if (name->image != NULL)
		ExFreePool(name->image);
	name->information = NULL;
	name->image = NULL;
}

_Use_decl_annotations_
UINT64 NamesMissing(VOID)
{
	return (ULONG)LoadAcquire(&missing);
}
