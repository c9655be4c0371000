/* SPDX-License-Identifier: MIT */
/*
 * rig_loader.c - drivers that are loaded after the rig use its routines.
 *
 * Wine's loader reports every image it has mapped before any of its code runs.
 * The rig then writes its routines over that image's import slots, in memory:
 * the file stays as it was built.
 */
#include "rig_parts.h"

#include <ntimage.h>

#define MODULES          8
#define SUBSYSTEM_NATIVE 1

/* Places in the PEB and what hangs from it (x64). */
#define PEB_OF_TEB        0x60
#define LDR_OF_PEB        0x18
#define LDR_IN_LOAD_ORDER 0x10

/* The head of an entry of the loader's list. */
struct entry {
	LIST_ENTRY in_load_order, in_memory_order, in_initialization_order;
	PUCHAR base;
	PVOID entry_point;
	ULONG size;
	UNICODE_STRING path, name;
};

/* The loader's report of an image. */
struct loaded {
	ULONG flags;
	PCUNICODE_STRING path, name;
	PUCHAR base;
	ULONG size;
};

#define REASON_LOADED 1

typedef VOID(NTAPI *loaded_routine)(ULONG reason, const struct loaded *loaded, PVOID context);

/* What ntdll has and ntoskrnl has not. An import of ntdll.dll would make Wine
 * take this file for a library of user mode. */
static NTSTATUS(NTAPI *LdrRegister)(ULONG flags, loaded_routine routine, PVOID context,
				    PVOID *cookie);
static NTSTATUS(NTAPI *LdrUnregister)(PVOID cookie);
static NTSTATUS(NTAPI *Protect)(HANDLE process, PVOID *address, SIZE_T *size, ULONG protection,
				ULONG *old);

static PVOID cookie;
static ULONG imports;
static struct {
	PUCHAR base;
	ULONG size;
} modules[MODULES];

static const IMAGE_OPTIONAL_HEADER64 *HeaderOf(const UCHAR *base)
{
	const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)base;

	return &((const IMAGE_NT_HEADERS64 *)(base + dos->e_lfanew))->OptionalHeader;
}

static PVOID ExportOf(PUCHAR base, const char *name)
{
	const IMAGE_DATA_DIRECTORY *place =
	    &HeaderOf(base)->DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
	const IMAGE_EXPORT_DIRECTORY *exports;
	const ULONG *names, *functions;
	const USHORT *numbers;
	ULONG i;

	if (place->Size == 0)
		return NULL;
	exports = (const IMAGE_EXPORT_DIRECTORY *)(base + place->VirtualAddress);
	names = (const ULONG *)(base + exports->AddressOfNames);
	numbers = (const USHORT *)(base + exports->AddressOfNameOrdinals);
	functions = (const ULONG *)(base + exports->AddressOfFunctions);
	for (i = 0; i < exports->NumberOfNames; i++)
		if (strcmp((const char *)base + names[i], name) == 0)
			return base + functions[numbers[i]];
	return NULL;
}

static PUCHAR FindNtdll(VOID)
{
	UNICODE_STRING wanted = RTL_CONSTANT_STRING(L"ntdll.dll");
	PUCHAR peb = (PUCHAR)__readgsqword(PEB_OF_TEB);
	const LIST_ENTRY *head = (LIST_ENTRY *)(*(PUCHAR *)(peb + LDR_OF_PEB) + LDR_IN_LOAD_ORDER);
	const LIST_ENTRY *link;

	for (link = head->Flink; link != head; link = link->Flink) {
		const struct entry *entry = CONTAINING_RECORD(link, struct entry, in_load_order);

		if (RtlEqualUnicodeString(&entry->name, &wanted, TRUE))
			return entry->base;
	}
	return NULL;
}

static VOID Replace(ULONG_PTR *slot, PVOID routine)
{
	PVOID page = slot;
	SIZE_T size = sizeof(*slot);
	ULONG old;

	if (!NT_SUCCESS(Protect(NtCurrentProcess(), &page, &size, PAGE_READWRITE, &old)))
		return;
	*slot = (ULONG_PTR)routine;
	Protect(NtCurrentProcess(), &page, &size, old, &old);
	imports++;
}

static VOID ReplaceImports(PUCHAR base)
{
	const IMAGE_DATA_DIRECTORY *place =
	    &HeaderOf(base)->DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
	const IMAGE_IMPORT_DESCRIPTOR *library;

	if (place->Size == 0)
		return;
	library = (const IMAGE_IMPORT_DESCRIPTOR *)(base + place->VirtualAddress);
	for (; library->Name != 0; library++) {
		const ULONG_PTR *named = (ULONG_PTR *)(base + library->OriginalFirstThunk);
		ULONG_PTR *slot = (ULONG_PTR *)(base + library->FirstThunk);

		for (; *named != 0; named++, slot++) {
			PVOID routine = NULL;

			if ((*named & IMAGE_ORDINAL_FLAG64) == 0)
				routine = SupplyFind((const char *)base + *named +
						     FIELD_OFFSET(IMAGE_IMPORT_BY_NAME, Name));
			if (routine != NULL)
				Replace(slot, routine);
		}
	}
}

/* Wine's builtin modules have a mark after their DOS header. */
static BOOLEAN IsWines(const UCHAR *base)
{
	return strncmp((const char *)base + sizeof(IMAGE_DOS_HEADER), "Wine ", 5) == 0;
}

static VOID NTAPI OnLoaded(ULONG reason, const struct loaded *loaded, PVOID context)
{
	ULONG i;

	UNREFERENCED_PARAMETER(context);
	if (reason != REASON_LOADED) {
		for (i = 0; i < MODULES; i++)
			if (modules[i].base == loaded->base)
				modules[i].base = NULL;
		return;
	}
	if (HeaderOf(loaded->base)->Subsystem != SUBSYSTEM_NATIVE || IsWines(loaded->base))
		return;
	for (i = 0; i < MODULES && modules[i].base != NULL; i++)
		;
	if (i == MODULES)
		return;
	modules[i].base = loaded->base;
	modules[i].size = loaded->size;
	ReplaceImports(loaded->base);
}

BOOLEAN LoaderIntegrity(PVOID address)
{
	const UCHAR *code = address;
	ULONG i;

	for (i = 0; i < MODULES; i++)
		if (modules[i].base != NULL && code >= modules[i].base &&
		    code < modules[i].base + modules[i].size)
			return (HeaderOf(modules[i].base)->DllCharacteristics &
				IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY) != 0;
	return FALSE;
}

VOID LoaderCount(struct rig_counts *counts)
{
	ULONG i;

	for (i = 0; i < MODULES; i++)
		counts->modules += modules[i].base != NULL;
	counts->imports = imports;
}

NTSTATUS LoaderStart(VOID)
{
	PUCHAR ntdll = FindNtdll();
	PVOID found[3];

	if (ntdll == NULL)
		return STATUS_DLL_NOT_FOUND;
	found[0] = ExportOf(ntdll, "LdrRegisterDllNotification");
	found[1] = ExportOf(ntdll, "LdrUnregisterDllNotification");
	found[2] = ExportOf(ntdll, "NtProtectVirtualMemory");
	if (found[0] == NULL || found[1] == NULL || found[2] == NULL)
		return STATUS_PROCEDURE_NOT_FOUND;
	RtlCopyMemory(&LdrRegister, &found[0], sizeof(found[0]));
	RtlCopyMemory(&LdrUnregister, &found[1], sizeof(found[1]));
	RtlCopyMemory(&Protect, &found[2], sizeof(found[2]));
	return LdrRegister(0, OnLoaded, NULL, &cookie);
}

VOID LoaderStop(VOID)
{
	LdrUnregister(cookie);
}
