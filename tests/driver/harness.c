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
		assert_true(p->kind > 0 && p->kind < VIGIL_PART_MAX);
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
	assert_int_equal(own.produced, own.delivered + own.lost + own.queued + own.unreported);
}

void finish(HANDLE file)
{
	conserved(file);
	ntsim_close(file);
	unload();
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
	request->size = sizeof(struct vigil_control_rules);
	request->bytes = calloc(1, request->size);
}

static unsigned char *put_bytes(unsigned char *to, const void *from, size_t bytes)
{
	if (bytes != 0)
		memcpy(to, from, bytes);
	return to + bytes;
}

void rules_add_for(struct rules_request *request, uint16_t kind, uint16_t verdict,
		   PCUNICODE_STRING id, PCUNICODE_STRING pattern,
		   const struct rule_condition *condition)
{
	PCUNICODE_STRING parent = condition->parent;
	struct vigil_control_rule rule = {
		.kind = kind,
		.verdict = verdict,
		.id_bytes = id->Length,
		.pattern_bytes = pattern->Length,
		.parent_bytes = parent != NULL ? parent->Length : 0,
		.parent_kind = condition->parent_kind,
		.user_bytes = condition->user_bytes,
	};
	unsigned char *at;

	rule.size = (uint32_t)((sizeof(rule) + id->Length + pattern->Length + rule.parent_bytes +
				rule.user_bytes + 7u) &
			       ~(size_t)7);
	request->bytes = realloc(request->bytes, request->size + rule.size);
	at = request->bytes + request->size;
	memset(at, 0, rule.size);
	at = put_bytes(at, &rule, sizeof(rule));
	at = put_bytes(at, id->Buffer, id->Length);
	at = put_bytes(at, pattern->Buffer, pattern->Length);
	at = put_bytes(at, parent != NULL ? parent->Buffer : NULL, rule.parent_bytes);
	(void)put_bytes(at, condition->user, rule.user_bytes);
	request->size += rule.size;
	((struct vigil_control_rules *)request->bytes)->count++;
}

void rules_add(struct rules_request *request, uint16_t kind, uint16_t verdict, PCUNICODE_STRING id,
	       PCUNICODE_STRING pattern)
{
	const struct rule_condition any = { 0 };

	rules_add_for(request, kind, verdict, id, pattern, &any);
}

NTSTATUS rules_send(struct rules_request *request, HANDLE file, bool keep)
{
	struct vigil_control_rules *head = (struct vigil_control_rules *)request->bytes;
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

void rules_one(HANDLE file, uint16_t kind, uint16_t verdict, PCUNICODE_STRING pattern)
{
	struct rules_request request;

	rules_begin(&request);
	rules_add(&request, kind, verdict, ANY, pattern);
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
}

bool starts(PCUNICODE_STRING image)
{
	struct ntsim_process spec = { .image = image };
	HANDLE pid = ntsim_process(&spec);

	if (pid == NULL) {
		assert_int_equal(spec.status, STATUS_ACCESS_DENIED);
		return false;
	}
	ntsim_process_exit(pid, 0);
	return true;
}
