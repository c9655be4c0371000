/* SPDX-License-Identifier: MIT */
/* reader.c - reader.exe: the least client of vigil.sys, for its tests. */
#include "reader.h"

#include <process.h>
#include <stdlib.h>
#include <string.h>

#include <vigil/control.h>

#define READS      2u /* pended at once */
#define READ_BYTES (1u << 20)
#define RULE_BYTES 65536u

struct read {
	OVERLAPPED overlapped;
	char *buffer;
};

static HANDLE driver;

static int fail(const char *what)
{
	fprintf(stderr, "reader: %s: error %lu\n", what, GetLastError());
	return 1;
}

static int ask(uint32_t code, void *request, size_t bytes, void *reply, size_t room)
{
	OVERLAPPED overlapped = { .hEvent = CreateEventW(NULL, TRUE, FALSE, NULL) };
	DWORD used = 0, error;
	BOOL done;

	done = DeviceIoControl(driver, code, request, (DWORD)bytes, reply, (DWORD)room, &used,
			       &overlapped);
	if (!done && GetLastError() == ERROR_IO_PENDING)
		done = GetOverlappedResult(driver, &overlapped, &used, TRUE);
	error = GetLastError();
	CloseHandle(overlapped.hEvent);
	SetLastError(error);
	return done ? 0 : -1;
}

static int ask_head(uint32_t code, void *reply, size_t room)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };

	return ask(code, &head, sizeof(head), reply, room);
}

/* -- reading --------------------------------------------------------------------- */

/* The records of one read; the result counts those that the ledger counts. -1:
 * what was read is not a row of whole records. */
static long take(const char *buffer, size_t bytes, int quiet)
{
	size_t at = 0;
	long count = 0;

	while (at < bytes) {
		const struct vigil_header *header = (const void *)(buffer + at);

		if (bytes - at < sizeof(*header) || header->size < header->fixed ||
		    header->size > bytes - at)
			return -1;
		if (!quiet)
			record_emit(header);
		count += record_counts(header);
		at += header->size;
	}
	return count;
}

static int pend(struct read *read)
{
	HANDLE event = read->overlapped.hEvent;

	memset(&read->overlapped, 0, sizeof(read->overlapped));
	read->overlapped.hEvent = event;
	if (!ReadFile(driver, read->buffer, READ_BYTES, NULL, &read->overlapped) &&
	    GetLastError() != ERROR_IO_PENDING)
		return -1;
	return 0;
}

static int begin(struct read *reads)
{
	unsigned i;

	for (i = 0; i < READS; i++) {
		reads[i].buffer = malloc(READ_BYTES);
		reads[i].overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
		if (reads[i].buffer == NULL || pend(&reads[i]) != 0)
			return -1;
	}
	return 0;
}

/* Waits for one read, takes it and pends it again; -1: it failed. */
static long next(struct read *read, DWORD *bytes, int quiet)
{
	long count;

	if (!GetOverlappedResult(driver, &read->overlapped, bytes, TRUE))
		return -1;
	count = take(read->buffer, *bytes, quiet);
	if (count < 0)
		SetLastError(ERROR_INVALID_DATA);
	return count >= 0 && pend(read) == 0 ? count : -1;
}

static void __cdecl wait_for_end(void *event)
{
	while (getchar() != EOF)
		;
	SetEvent(event);
}

static int emit_ledger(const struct vigil_reader *ledger)
{
	emit_begin("ledger");
	emit_number("produced", ledger->produced);
	emit_number("delivered", ledger->delivered);
	emit_number("lost", ledger->lost);
	emit_number("queued", ledger->queued);
	emit_number("unreported", ledger->unreported);
	emit_end();
	return 0;
}

/* Until its input ends, and all that was recorded by then is read. */
static int watch(void)
{
	HANDLE events[2] = { NULL, CreateEventW(NULL, TRUE, FALSE, NULL) };
	struct read reads[READS];
	struct vigil_reader ledger;
	uint64_t taken = 0;
	unsigned turn = 0;
	int ending = 0;

	if (begin(reads) != 0)
		return fail("ReadFile");
	emit_begin("watching");
	emit_number("pid", GetCurrentProcessId());
	emit_end();
	_beginthread(wait_for_end, 0, events[1]);
	for (;;) {
		DWORD bytes, woken;
		long count;

		events[0] = reads[turn % READS].overlapped.hEvent;
		woken =
		    WaitForMultipleObjects(ending ? 1 : 2, events, FALSE, ending ? 10 : INFINITE);
		if (woken == WAIT_OBJECT_0) {
			count = next(&reads[turn++ % READS], &bytes, 0);
			if (count < 0)
				return fail("a read");
			taken += (uint64_t)count;
			continue;
		}
		ending = 1;
		if (ask_head(VIGIL_CONTROL_READER, &ledger, sizeof(ledger)) != 0)
			return fail("the ledger");
		if (ledger.queued + ledger.unreported == 0 && ledger.delivered == taken)
			return emit_ledger(&ledger);
	}
}

/* The driver refuses it while it answers a read. */
static int seek_oldest(void)
{
	struct vigil_seek seek = { .head = { VIGIL_CONTROL_VERSION, sizeof(seek) },
				   .to = VIGIL_SEEK_OLDEST };

	while (ask(VIGIL_CONTROL_SEEK, &seek, sizeof(seek), NULL, 0) != 0) {
		if (GetLastError() != ERROR_BUSY)
			return -1;
		Sleep(1);
	}
	return 0;
}

/* All that is still in the queue, so often: reading removes nothing. */
static int drain(uint64_t records, uint64_t rounds)
{
	LARGE_INTEGER frequency, begun, ended;
	uint64_t taken = 0, bytes = 0, round;
	struct read reads[READS];
	unsigned turn = 0;

	QueryPerformanceFrequency(&frequency);
	QueryPerformanceCounter(&begun);
	if (begin(reads) != 0)
		return fail("ReadFile");
	for (round = 1; round <= rounds; round++) {
		if (seek_oldest() != 0)
			return fail("SEEK");
		while (taken < round * records) {
			DWORD got;
			long count = next(&reads[turn++ % READS], &got, 1);

			if (count < 0)
				return fail("a read");
			taken += (uint64_t)count;
			bytes += got;
		}
	}
	QueryPerformanceCounter(&ended);
	emit_begin("drained");
	emit_number("records", taken);
	emit_number("bytes", bytes);
	emit_number("reads", turn);
	emit_number("us",
		    (uint64_t)((ended.QuadPart - begun.QuadPart) * 1000000 / frequency.QuadPart));
	emit_end();
	return 0;
}

/* Reads until a read fails, and prints how. */
static int wait_for_failure(void)
{
	struct read reads[READS];
	unsigned turn = 0;
	DWORD bytes;

	if (begin(reads) != 0)
		return fail("ReadFile");
	emit_begin("waiting");
	emit_end();
	while (next(&reads[turn++ % READS], &bytes, 1) >= 0)
		;
	emit_begin("failed");
	emit_number("error", GetLastError());
	emit_end();
	return 0;
}

/* -- requests ----------------------------------------------------------------------- */

static int statistics(void)
{
	struct vigil_driver_statistics found;

	if (ask_head(VIGIL_CONTROL_STATISTICS, &found, sizeof(found)) != 0)
		return fail("the statistics");
	emit_begin("statistics");
	emit_number("produced", found.produced);
	emit_number("delivered", found.delivered);
	emit_number("dropped", found.dropped);
	emit_number("queued", found.queued);
	emit_number("readers", found.readers);
	emit_number("processes", found.processes);
	emit_number("rules", found.rules);
	emit_number("denied", found.denied);
	emit_number("unnamed", found.unnamed);
	emit_end();
	return 0;
}

static int set(unsigned number, uint32_t value)
{
	struct vigil_settings request = {
		.head = { VIGIL_CONTROL_VERSION, sizeof(request) },
		.count = VIGIL_SETTING_MAX,
		.mask = 1u << number,
	};

	request.value[number] = value;
	return ask(VIGIL_CONTROL_SETTINGS_SET, &request, sizeof(request), NULL, 0) == 0
		   ? 0
		   : fail("the setting");
}

static uint16_t place_of(const WCHAR *word, const WCHAR *const *words)
{
	uint16_t i;

	for (i = 1; words[i] != NULL; i++)
		if (wcscmp(word, words[i]) == 0)
			return i;
	return 0;
}

/* The names of enum vigil_verdict and enum vigil_rule_kind. */
static const WCHAR *const verdicts[] = { L"", L"audit", L"deny", NULL };
static const WCHAR *const shapes[] = { L"", L"exact", L"prefix", L"", L"wildcard", L"name", NULL };

/* Verdict, kind and pattern of each; r1, r2... are their ids. */
static int rules(int count, WCHAR **words)
{
	static char request[RULE_BYTES];
	struct vigil_control_rules *head = (void *)request;
	size_t at = sizeof(*head);

	for (; count >= 3; count -= 3, words += 3) {
		struct vigil_control_rule *rule = (void *)(request + at);
		WCHAR id[2] = { L'r', (WCHAR)(L'1' + head->count) };

		rule->verdict = place_of(words[0], verdicts);
		rule->kind = place_of(words[1], shapes);
		rule->id_bytes = sizeof(id);
		rule->pattern_bytes = (uint32_t)(wcslen(words[2]) * sizeof(WCHAR));
		rule->size =
		    ((uint32_t)(sizeof(*rule) + sizeof(id)) + rule->pattern_bytes + 7) & ~7u;
		if (head->count == 9 || at + rule->size > sizeof(request))
			return fail("too many rules");
		head->count++;
		memcpy(rule + 1, id, sizeof(id));
		memcpy((char *)(rule + 1) + sizeof(id), words[2], rule->pattern_bytes);
		at += rule->size;
	}
	head->head.version = VIGIL_CONTROL_VERSION;
	head->head.size = (uint32_t)at;
	return ask(VIGIL_CONTROL_RULES_SET, request, at, NULL, 0) == 0 ? 0 : fail("the rules");
}

static int usage(void)
{
	fputs("usage: reader ACTION\n"
	      "  watch              prints every record until the end of its input\n"
	      "  drain COUNT TIMES  reads the queue's records, and prints how long it took\n"
	      "  wait               reads until a read fails, and prints how\n"
	      "  statistics         prints the driver's ledger\n"
	      "  set NUMBER VALUE   a setting\n"
	      "  rules [VERDICT KIND PATTERN]...\n"
	      "  message FILE ID    a message of a program's resources\n",
	      stderr);
	return 2;
}

/* A message of a program's resources, as the event log's viewer shows it. */
static int message(const WCHAR *path, DWORD id)
{
	HMODULE module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
	WCHAR fields[] = L"FIELDS", text[300];
	DWORD_PTR arguments[] = { (DWORD_PTR)fields };

	if (!module || !FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY,
				       module, id, 0, text, 300, (va_list *)(void *)arguments))
		return fail("the message");
	emit_begin("message");
	emit_wide("text", text);
	emit_end();
	FreeLibrary(module);
	return 0;
}

int wmain(int count, WCHAR **words);

int wmain(int count, WCHAR **words)
{
	const WCHAR *action = count > 1 ? words[1] : L"";

	emit_to(NULL);
	driver = CreateFileW(L"\\\\.\\Vigil", GENERIC_READ | GENERIC_WRITE,
			     FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
			     FILE_FLAG_OVERLAPPED, NULL);
	if (driver == INVALID_HANDLE_VALUE)
		return fail("\\\\.\\Vigil");
	if (wcscmp(action, L"watch") == 0)
		return watch();
	if (wcscmp(action, L"drain") == 0 && count == 4)
		return drain(wcstoul(words[2], NULL, 0), wcstoul(words[3], NULL, 0));
	if (wcscmp(action, L"wait") == 0)
		return wait_for_failure();
	if (wcscmp(action, L"statistics") == 0)
		return statistics();
	if (wcscmp(action, L"set") == 0 && count == 4)
		return set(wcstoul(words[2], NULL, 0), wcstoul(words[3], NULL, 0));
	if (wcscmp(action, L"message") == 0 && count == 4)
		return message(words[2], wcstoul(words[3], NULL, 0));
	if (wcscmp(action, L"rules") == 0)
		return rules(count - 2, words + 2);
	return usage();
}
