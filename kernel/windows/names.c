/* SPDX-License-Identifier: MIT */
/* names.c - the path of a file that is being run or mapped, and how it was learned. */
#include "names.h"

#include "flt.h"
#include "settings.h"

static volatile LONG missing;

static BOOLEAN Empty(_In_opt_ PCUNICODE_STRING string)
{
	return string == NULL || string->Buffer == NULL || string->Length < sizeof(WCHAR);
}

/*
 * Asks the filter manager for the path. The query may read from the disk, so it
 * may deadlock with all APCs disabled, inside another I/O request, and on a file
 * object after its IRP_MJ_CLEANUP; there only the cache is asked (WDK:
 * FltGetFileNameInformationUnsafe, Remarks). Where a path cannot be normalized (a
 * directory of it cannot be opened, as on some network volumes), the path by which
 * the file was opened still names the volume.
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
	name->source = cached ? VIGIL_SOURCE_CACHE : VIGIL_SOURCE_FILTER;
	name->information = information;
	return TRUE;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID NameResolve(PFILE_OBJECT file, PCUNICODE_STRING told, BOOLEAN whole, struct file_name *name)
{
	PAGED_CODE();

	RtlZeroMemory(name, sizeof(*name));
	if (file != NULL && SettingGet(VIGIL_SETTING_FILTER_NAMES) != 0 && AskFilter(file, name))
		return;
	if (!Empty(told)) {
		name->path = *told;
		name->source = VIGIL_SOURCE_NOTIFY;
		name->partial = !whole;
		return;
	}
	/* After cleanup a file system may have taken the name away. */
	if (file != NULL && (file->Flags & FO_CLEANUP_COMPLETE) == 0 && !Empty(&file->FileName)) {
		name->path = file->FileName;
		name->source = VIGIL_SOURCE_FILE;
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
	name->information = NULL;
}

_Use_decl_annotations_
UINT64 NamesMissing(VOID)
{
	return (ULONG)LoadAcquire(&missing);
}
