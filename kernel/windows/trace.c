/* SPDX-License-Identifier: MIT */
/* trace.c - process and thread events as tables in the debugger. */
#include "trace.h"

#include "settings.h"

#define PROCESS_LINE "+--------------------------------------------+\n"
#define THREAD_LINE  "+--------------------------------------+\n"

#define NAME_MAX_SHOWN 120 /* keeps the table within one DbgPrint */

struct text {
	ULONG length;
	CHAR bytes[TRACE_MAX];
};

static VOID Put(_Inout_ struct text *text, _In_ PCSTR bytes)
{
	while (*bytes != 0 && text->length < TRACE_MAX - 1)
		text->bytes[text->length++] = *bytes++;
	text->bytes[text->length] = 0;
}

/* Prints a number in a column, right-aligned. */
static VOID PutNumber(_Inout_ struct text *text, _In_ UINT32 number, _In_ ULONG width)
{
	CHAR digits[16];
	ULONG at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = (CHAR)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	while (sizeof(digits) - 1 - at < width)
		digits[--at] = ' ';
	Put(text, digits + at);
}

/* Prints the file name in a column, left-aligned, in ASCII. */
static VOID PutName(_Inout_ struct text *text, _In_ PCUNICODE_STRING path, _In_ ULONG width)
{
	ULONG count = path->Buffer != NULL ? path->Length / sizeof(WCHAR) : 0, at = count,
	      shown = 0;
	CHAR one[2] = { 0, 0 };

	while (at > 0 && path->Buffer[at - 1] != L'\\')
		at--;
	for (; at < count && shown < NAME_MAX_SHOWN; at++, shown++) {
		WCHAR c = path->Buffer[at];

		one[0] = c >= 0x20 && c < 0x7f ? (CHAR)c : '?';
		Put(text, one);
	}
	for (; shown < width; shown++)
		Put(text, " ");
}

static VOID PutLevel(_Inout_ struct text *text, _In_ PCSTR routine)
{
	KIRQL irql = KeGetCurrentIrql();

	Put(text, routine);
	Put(text, " (Handling event) IRQL: ");
	Put(text, irql == PASSIVE_LEVEL    ? "PASSIVE_LEVEL"
		  : irql == APC_LEVEL      ? "APC_LEVEL"
		  : irql == DISPATCH_LEVEL ? "DISPATCH_LEVEL"
					   : "UNKNOWN_LEVEL");
	Put(text, "\n");
}

_Use_decl_annotations_
VOID TraceProcess(UINT32 parent, UINT32 pid, PCUNICODE_STRING image)
{
	static const UNICODE_STRING none = RTL_CONSTANT_STRING(L"-");
	struct text text = { 0 };

	if (SettingGet(VIGIL_SETTING_TRACE) == 0)
		return;
	PutLevel(&text, "ProcessNotifyCallback");
	Put(&text,
	    PROCESS_LINE "| Parent PID | PID      | Process Name       |\n" PROCESS_LINE "| ");
	PutNumber(&text, parent, 10);
	Put(&text, " | ");
	PutNumber(&text, pid, 8);
	Put(&text, " | ");
	PutName(&text, image != NULL ? image : &none, 20);
	Put(&text, " |\n" PROCESS_LINE);
	DbgPrint("%s", text.bytes);
}

_Use_decl_annotations_
VOID TraceThread(UINT32 pid, UINT32 tid, BOOLEAN create)
{
	struct text text = { 0 };

	if (SettingGet(VIGIL_SETTING_TRACE) == 0)
		return;
	PutLevel(&text, "ThreadNotifyCallback");
	Put(&text, THREAD_LINE "| PID      | TID      | Thread Event   |\n" THREAD_LINE "| ");
	PutNumber(&text, pid, 8);
	Put(&text, " | ");
	PutNumber(&text, tid, 8);
	Put(&text,
	    create ? " | Create          |\n" THREAD_LINE : " | Terminate       |\n" THREAD_LINE);
	DbgPrint("%s", text.bytes);
}

_Use_decl_annotations_
VIGIL_INIT
NTSTATUS TraceRegistered(PCSTR routine, NTSTATUS status)
{
	if (SettingGet(VIGIL_SETTING_TRACE) == 0)
		return status;
	if (NT_SUCCESS(status))
		DbgPrint("Driver loaded and %s notify routine registered\n", routine);
	else
		DbgPrint("Failed to register %s notify routine: 0x%X\n", routine, (ULONG)status);
	return status;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID TraceUnloaded(VOID)
{
	PAGED_CODE();

	if (SettingGet(VIGIL_SETTING_TRACE) != 0)
		DbgPrint("Driver unloaded\n");
}
