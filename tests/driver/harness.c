/* SPDX-License-Identifier: MIT */
/* harness.c - what the driver's tests share: load it, read it, look at records. */
#include "harness.h"

void machine(const struct ntsim_config *config)
{
	ntsim_boot(config);
}

void load(void)
{
	assert_int_equal(ntsim_load(DriverEntry), STATUS_SUCCESS);
}

void unload(void)
{
	ntsim_unload();
	ntsim_shutdown();
}

HANDLE device(void)
{
	NTSTATUS status;
	HANDLE file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ | GENERIC_WRITE, &status);

	assert_int_equal(status, STATUS_SUCCESS);
	return file;
}

/* Every record must be sound: sizes, order, parts, zeros between them. */
static void check_record(const struct vigil_header *record, size_t left)
{
	const unsigned char *at = (const unsigned char *)record, *end;

	assert_true(left >= sizeof(*record));
	assert_true(record->size <= left && record->size % 8 == 0);
	assert_true(record->size <= VIGIL_RECORD_MAX);
	assert_true(record->fixed >= sizeof(*record) && record->fixed <= record->size);
	assert_true(record->type > 0 && record->type < VIGIL_TYPE_MAX);
	assert_int_equal(record->version, VIGIL_RECORD_VERSION);
	assert_int_equal(record->encoding, VIGIL_UTF16LE);
	end = at + record->size;
	at += record->fixed;
	while (at < end) {
		const struct vigil_part *p = (const struct vigil_part *)at;
		size_t used = sizeof(*p) + p->length, whole = (used + 7) & ~(size_t)7;

		assert_true((size_t)(end - at) >= whole);
		assert_true(p->kind > 0 && p->kind < VIGIL_KIND_MAX);
		assert_true(p->original >= p->length);
		for (; used < whole; used++)
			assert_int_equal(at[used], 0);
		at += whole;
	}
	assert_true(at == end);
}

static void append(struct stream_records *all, const unsigned char *bytes, size_t size)
{
	size_t at = 0;

	all->bytes = realloc(all->bytes, all->size + size + 1);
	memcpy(all->bytes + all->size, bytes, size);
	while (at < size) {
		const struct vigil_header *record =
		    (const struct vigil_header *)(all->bytes + all->size + at);

		check_record(record, size - at);
		/* A stream's own greeting repeats the number before its first. */
		if (all->count != 0)
			assert_true(record->seq > all->last_seq);
		all->last_seq = record->seq;
		all->count++;
		at += record->size;
	}
	all->size += size;
}

struct stream_records *drain(HANDLE file)
{
	static struct stream_records all;
	static unsigned char buffer[VIGIL_RECORD_MAX];
	struct vigil_seek seek = { { VIGIL_CONTROL_VERSION, sizeof(seek) }, VIGIL_SEEK_UNREAD, 0 };

	free(all.bytes);
	memset(&all, 0, sizeof(all));
	/* Where it would begin anyway; from there on its ledger counts. */
	if (!reader_ledger(file).started)
		assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_SEEK, &seek, sizeof(seek), NULL, 0,
					     NULL),
				 STATUS_SUCCESS);
	while (reader_ledger(file).queued != 0) {
		ULONG_PTR size = 0;

		assert_int_equal(ntsim_read(file, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
		append(&all, buffer, size);
	}
	return &all;
}

const struct vigil_header *next(const struct stream_records *all, const struct vigil_header *at)
{
	size_t place = at == NULL ? 0 : (size_t)((const unsigned char *)at - all->bytes) + at->size;

	return place < all->size ? (const struct vigil_header *)(all->bytes + place) : NULL;
}

const struct vigil_header *find(const struct stream_records *all, uint16_t type, size_t n)
{
	const struct vigil_header *record;

	for (record = next(all, NULL); record != NULL; record = next(all, record))
		if (record->type == type && n-- == 0)
			return record;
	return NULL;
}

size_t count(const struct stream_records *all, uint16_t type)
{
	const struct vigil_header *record;
	size_t n = 0;

	for (record = next(all, NULL); record != NULL; record = next(all, record))
		n += record->type == type;
	return n;
}

const struct vigil_part *part(const struct vigil_header *record, uint16_t kind)
{
	const unsigned char *at = (const unsigned char *)record + record->fixed;
	const unsigned char *end = (const unsigned char *)record + record->size;

	while (at < end) {
		const struct vigil_part *p = (const struct vigil_part *)at;

		if (p->kind == kind)
			return p;
		at += (sizeof(*p) + p->length + 7) & ~(size_t)7;
	}
	return NULL;
}

bool part_is(const struct vigil_header *record, uint16_t kind, PCUNICODE_STRING text)
{
	const struct vigil_part *p = part(record, kind);

	return p != NULL && p->length == text->Length && p->original == text->Length &&
	       memcmp(p + 1, text->Buffer, text->Length) == 0;
}

static void query(HANDLE file, ULONG code, void *reply, ULONG size)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	ULONG_PTR written = 0;

	assert_int_equal(ntsim_ioctl(file, code, &head, sizeof(head), reply, size, &written),
			 STATUS_SUCCESS);
	assert_int_equal(written, size);
	assert_int_equal(((struct vigil_control *)reply)->size, size);
}

struct vigil_driver_statistics statistics(HANDLE file)
{
	struct vigil_driver_statistics reply;

	query(file, VIGIL_CONTROL_STATISTICS, &reply, sizeof(reply));
	return reply;
}

struct vigil_reader reader_ledger(HANDLE file)
{
	struct vigil_reader reply;

	query(file, VIGIL_CONTROL_READER, &reply, sizeof(reply));
	return reply;
}

void conserved(HANDLE file)
{
	struct vigil_driver_statistics all = statistics(file);
	struct vigil_reader own = reader_ledger(file);

	assert_int_equal(all.produced, all.delivered + all.dropped + all.queued);
	assert_int_equal(own.produced, own.delivered + own.lost + own.queued + own.untold);
}

NTSTATUS set(HANDLE file, enum vigil_setting setting, uint32_t value)
{
	struct vigil_settings request;

	memset(&request, 0, sizeof(request));
	request.head.version = VIGIL_CONTROL_VERSION;
	request.head.size = sizeof(request);
	request.mask = 1u << setting;
	request.value[setting] = value;
	return ntsim_ioctl(file, VIGIL_CONTROL_SETTINGS_SET, &request, sizeof(request), NULL, 0,
			   NULL);
}

void rules_begin(struct rules_request *request)
{
	request->size = sizeof(struct vigil_rules);
	request->bytes = calloc(1, request->size);
}

void rules_add(struct rules_request *request, uint16_t kind, uint16_t verdict, PCUNICODE_STRING id,
	       PCUNICODE_STRING pattern)
{
	struct vigil_rule rule;
	size_t size = (sizeof(rule) + id->Length + pattern->Length + 7u) & ~(size_t)7;

	memset(&rule, 0, sizeof(rule));
	rule.size = (uint32_t)size;
	rule.kind = kind;
	rule.verdict = verdict;
	rule.id_bytes = id->Length;
	rule.pattern_bytes = pattern->Length;
	request->bytes = realloc(request->bytes, request->size + size);
	memset(request->bytes + request->size, 0, size);
	memcpy(request->bytes + request->size, &rule, sizeof(rule));
	memcpy(request->bytes + request->size + sizeof(rule), id->Buffer, id->Length);
	memcpy(request->bytes + request->size + sizeof(rule) + id->Length, pattern->Buffer,
	       pattern->Length);
	request->size += size;
	((struct vigil_rules *)request->bytes)->count++;
}

NTSTATUS rules_send(struct rules_request *request, HANDLE file, bool keep)
{
	struct vigil_rules *head = (struct vigil_rules *)request->bytes;
	NTSTATUS status;

	head->head.version = VIGIL_CONTROL_VERSION;
	head->head.size = (uint32_t)request->size;
	head->keep = keep;
	status = ntsim_ioctl(file, VIGIL_CONTROL_RULES_SET, request->bytes, (ULONG)request->size,
			     NULL, 0, NULL);
	free(request->bytes);
	request->bytes = NULL;
	return status;
}
