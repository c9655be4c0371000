/* SPDX-License-Identifier: MIT */
/* image.c - images: mapped into processes, and drivers. */
#include "image.h"

#include "names.h"
#include "processes.h"
#include "record.h"
#include "routines.h"
#include "settings.h"

#define NOTIFY_ALL_ARCHITECTURES 1 /* PS_IMAGE_NOTIFY_CONFLICTING_ARCHITECTURE */

_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID FillBody(_In_ HANDLE pid, _In_ const IMAGE_INFO *image,
		     _Out_ struct vigil_image_body *body)
{
	PAGED_CODE();

	RtlZeroMemory(body, sizeof(*body));
	body->process.pid = IdOf(pid);
	if (pid != NULL)
		body->process.start_key = ProcessesStartKey(IdOf(pid));
	body->base = (UINT64)(ULONG_PTR)image->ImageBase;
	body->size = image->ImageSize;
	if (IMAGE_ALL_PIDS(image->Properties))
		body->attributes |= VIGIL_IMAGE_ALL_PIDS;
	if (IMAGE_PARTIAL_MAP(image->Properties))
		body->attributes |= VIGIL_IMAGE_PARTIAL;
	if (IMAGE_OTHER_MACHINE(image->Properties))
		body->attributes |= VIGIL_IMAGE_OTHER_MACHINE;
	body->signature_level = body->signature_type = 0xff;
	if (nt.signatures) {
		body->signature_level = (UINT8)IMAGE_SIGNATURE_LEVEL(image->Properties);
		body->signature_type = (UINT8)IMAGE_SIGNATURE_TYPE(image->Properties);
	}
}

/* The extended structure contains the basic one, if its flag is set (WDK: IMAGE_INFO). */
VIGIL_PAGE
static PFILE_OBJECT FileOf(_In_ PIMAGE_INFO image)
{
	const IMAGE_INFO_EX *extended = CONTAINING_RECORD(image, IMAGE_INFO_EX, ImageInfo);

	PAGED_CODE();

	if (!IMAGE_EXTENDED(image->Properties) || extended->Size < sizeof(IMAGE_INFO_EX))
		return NULL;
	return extended->FileObject;
}

_Function_class_(PLOAD_IMAGE_NOTIFY_ROUTINE)
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID NTAPI OnImage(_In_opt_ PUNICODE_STRING given, _In_ HANDLE pid, _In_ PIMAGE_INFO image)
{
	UINT16 type = pid == NULL || IMAGE_SYSTEM_MODE(image->Properties) ? VIGIL_EVENT_DRIVER_LOAD
									  : VIGIL_EVENT_IMAGE_LOAD;
	struct vigil_image_body body;
	struct file_name name;
	struct record record;

	PAGED_CODE();

	if (!SettingRecords(type))
		return;
	FillBody(type == VIGIL_EVENT_DRIVER_LOAD ? NULL : pid, image, &body);
	NameResolve(FileOf(image), NULL, given, TRUE, &name);
	RecordBegin(&record, type, &body, sizeof(body));
	RecordString(&record, VIGIL_PART_IMAGE, name.source, &name.path);
	if (name.partial || name.path.Length == 0)
		record.flags |= VIGIL_RECORD_INCOMPLETE;
	RecordSend(&record);
	NameRelease(&name);
}

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS ImageStart(VOID)
{
	if (nt.PsSetLoadImageNotifyRoutineEx != NULL)
		return nt.PsSetLoadImageNotifyRoutineEx(OnImage, NOTIFY_ALL_ARCHITECTURES);
	return PsSetLoadImageNotifyRoutine(OnImage);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID ImageStop(VOID)
{
	PAGED_CODE();

	(VOID) PsRemoveLoadImageNotifyRoutine(OnImage);
}
