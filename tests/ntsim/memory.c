/* SPDX-License-Identifier: MIT */
/*
 * memory.c - guarded blocks: all memory that a driver may point to.
 *
 * Each block is on separate pages between two inaccessible ones, its end
 * at the end of its last page (a block of a page or more starts at one, as in
 * pool). The remaining bytes are filled with a pattern that is checked, and are
 * poisoned under AddressSanitizer. A freed block becomes inaccessible and stays
 * so for a long time.
 */
#include "sim.h"

#include <execinfo.h>
#include <sys/mman.h>

#if SIM_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define SLACK            0xee
#define QUARANTINE_MAX   2048
#define QUARANTINE_BYTES (256u << 20)

static struct block live = { .next = &live, .previous = &live };
static struct block dead = { .next = &dead, .previous = &dead };
static struct block *paged; /* those of live that are paged pool */
static size_t dead_count, dead_bytes;
static uint64_t next_serial;
static unsigned char fill_byte = 0xa5;
static bool hidden;

void memory_boot(unsigned char fill)
{
	fill_byte = fill ? fill : 0xa5;
	next_serial = 1;
	hidden = false;
}

unsigned char memory_fill(void)
{
	return fill_byte;
}

/* Blocks by the page that they begin on: no two share one. */
#define BUCKETS 4096
static struct block *buckets[BUCKETS];

static struct block **bucket_of(const void *address)
{
	return &buckets[((uintptr_t)address >> PAGE_SHIFT) % BUCKETS];
}

static void enter_bucket(struct block *b)
{
	b->chain = *bucket_of(b->data);
	*bucket_of(b->data) = b;
}

static void leave_bucket(struct block *b)
{
	struct block **link = bucket_of(b->data);

	while (*link != b)
		link = &(*link)->chain;
	*link = b->chain;
}

static void unlink_block(struct block *b)
{
	b->previous->next = b->next;
	b->next->previous = b->previous;
}

static void link_last(struct block *head, struct block *b)
{
	b->next = head;
	b->previous = head->previous;
	head->previous->next = b;
	head->previous = b;
}

static unsigned char *pages_end(const struct block *b)
{
	return b->map + b->map_size - PAGE_SIZE;
}

/* The bytes on the block's pages before and after it. */
static void fill_slack(struct block *b)
{
	unsigned char *first = b->map + PAGE_SIZE, *behind = b->data + b->size;

	memset(first, SLACK, (size_t)(b->data - first));
	memset(behind, SLACK, (size_t)(pages_end(b) - behind));
	ASAN_POISON_MEMORY_REGION(first, (size_t)(b->data - first));
	ASAN_POISON_MEMORY_REGION(behind, (size_t)(pages_end(b) - behind));
}

/* Blocks of one page that have left the quarantine. Most are allocated and freed so often
 * that a run would mostly map them again. ThreadSanitizer is not shown the simulator's own
 * locks, so it takes a block that is used again for a race; munmap makes it forget. */
static const unsigned spare_max = SIM_TSAN ? 0 : 8192;
static struct block *spare;
static unsigned spare_count;

static struct block *take_spare(size_t pages)
{
	struct block *b = NULL;

	klock();
	if (pages == PAGE_SIZE && spare) {
		b = spare;
		spare = b->next;
		spare_count--;
	}
	kunlock();
	return b;
}

/* Inaccessible pages with guards around them. *fresh: they are zeros. */
static struct block *take_map(size_t pages, bool *fresh)
{
	struct block *b = take_spare(pages);
	unsigned char *map;

	*fresh = b == NULL;
	if (b) {
		map = b->map;
		memset(b, 0, sizeof(*b));
	} else {
		b = calloc(1, sizeof(*b));
		map = mmap(NULL, pages + 2 * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);
	}
	if (!b || map == MAP_FAILED)
		abort();
	b->map = map;
	b->map_size = pages + 2 * PAGE_SIZE;
	return b;
}

struct block *block_new_of(enum block_kind kind, size_t size, const char *what,
			   unsigned char content)
{
	size_t pages = ROUND_TO_PAGES(size ? size : 1), used = ALIGN_UP_BY(size, 16);
	struct block *b;
	bool fresh;

	quiet_begin();
	b = take_map(pages, &fresh);
	b->kind = kind;
	b->what = what;
	b->size = size;
	if (mprotect(b->map + PAGE_SIZE, pages, PROT_READ | PROT_WRITE))
		abort();
	b->data = size >= PAGE_SIZE ? b->map + PAGE_SIZE : b->map + PAGE_SIZE + pages - used;
	b->frame_count = backtrace(b->frames, FRAMES);
	ASAN_UNPOISON_MEMORY_REGION(b->data, size);
	if (!fresh || content)
		memset(b->data, content, size);
	fill_slack(b);
	klock();
	b->serial = next_serial++;
	link_last(&live, b);
	enter_bucket(b);
	kunlock();
	quiet_end();
	return b;
}

struct block *block_new(enum block_kind kind, size_t size, const char *what)
{
	return block_new_of(kind, size, what, fill_byte);
}

static bool slack_is_intact(const unsigned char *p, const unsigned char *end)
{
	for (; p < end; p++) {
		if (*p != SLACK)
			return false;
	}
	return true;
}

void block_check(const struct block *b)
{
	char text[1024];
	bool intact;

	quiet_begin();
	ASAN_UNPOISON_MEMORY_REGION(b->map + PAGE_SIZE, b->map_size - 2 * PAGE_SIZE);
	intact = slack_is_intact(b->map + PAGE_SIZE, b->data) &&
		 slack_is_intact(b->data + b->size, pages_end(b));
	if (!intact) {
		block_describe(b, NULL, text, sizeof(text));
		ntsim_bugcheck(NTSIM_POOL_OVERRUN, "written outside its bounds: %s", text);
	}
	fill_slack((struct block *)(uintptr_t)b);
	quiet_end();
}

static void destroy(struct block *b)
{
	unlink_block(b);
	leave_bucket(b);
	if (b->map_size == 3 * PAGE_SIZE && spare_count < spare_max) {
		b->next = spare;
		spare = b;
		spare_count++;
		return;
	}
	munmap(b->map, b->map_size);
	free(b);
}

static void trim_quarantine(void)
{
	while (dead_count > QUARANTINE_MAX || dead_bytes > QUARANTINE_BYTES) {
		struct block *oldest = dead.next;

		dead_count--;
		dead_bytes -= oldest->map_size;
		destroy(oldest);
	}
}

static void leave_paged(struct block *b);

void block_free(struct block *b)
{
	quiet_begin();
	klock();
	if (b->paged)
		leave_paged(b);
	block_check(b);
	ASAN_UNPOISON_MEMORY_REGION(b->map, b->map_size);
	mprotect(b->map, b->map_size, PROT_NONE);
	unlink_block(b);
	b->freed = true;
	b->frame_count = backtrace(b->frames, FRAMES);
	link_last(&dead, b);
	dead_count++;
	dead_bytes += b->map_size;
	trim_quarantine();
	kunlock();
	quiet_end();
}

static bool covers(const struct block *b, const unsigned char *address)
{
	return address >= b->map && address < b->map + b->map_size;
}

static struct block *find_covering(const void *address)
{
	for (struct block *b = live.previous; b != &live; b = b->previous) {
		if (covers(b, address))
			return b;
	}
	for (struct block *b = dead.previous; b != &dead; b = b->previous) {
		if (covers(b, address))
			return b;
	}
	return NULL;
}

struct block *block_at(const void *data)
{
	struct block *b;

	klock();
	for (b = *bucket_of(data); b && b->data != data; b = b->chain)
		;
	kunlock();
	return b;
}

struct block *block_around(const void *address)
{
	struct block *b;

	klock();
	for (b = *bucket_of(address); b && !covers(b, address); b = b->chain)
		;
	if (!b)
		b = find_covering(address);
	kunlock();
	return b;
}

void block_each(void (*visit)(struct block *, void *), void *argument)
{
	struct block *next;

	klock();
	for (struct block *b = live.next; b != &live; b = next) {
		next = b->next;
		visit(b, argument);
	}
	kunlock();
}

/* Paged pool is not there at DISPATCH_LEVEL: in runs where one host at a time
 * runs, it becomes inaccessible while that host's IRQL is raised. */
void memory_hide_paged(bool hide)
{
	if (hide == hidden)
		return;
	hidden = hide;
	for (struct block *b = paged; b; b = b->next_paged)
		mprotect(b->map + PAGE_SIZE, b->map_size - 2 * PAGE_SIZE,
			 hide ? PROT_NONE : PROT_READ | PROT_WRITE);
}

void block_make_paged(struct block *b)
{
	klock();
	b->paged = true;
	b->next_paged = paged;
	paged = b;
	kunlock();
}

static void leave_paged(struct block *b)
{
	struct block **link = &paged;

	while (*link != b)
		link = &(*link)->next_paged;
	*link = b->next_paged;
	if (hidden)
		mprotect(b->map + PAGE_SIZE, b->map_size - 2 * PAGE_SIZE, PROT_READ | PROT_WRITE);
}

/* ---- words ---- */

static void describe_tag(ULONG tag, char text[5])
{
	for (int i = 0; i < 4; i++) {
		char c = (char)(tag >> (8 * i));

		text[i] = c >= ' ' && c < 127 ? c : '.';
	}
	text[4] = 0;
}

void block_describe(const struct block *b, const void *address, char *text, size_t size)
{
	char tag[5], frame[160];
	int used;

	describe_tag(b->tag, tag);
	used = snprintf(text, size, "%s of %zu bytes, tag '%s', number %llu", b->what, b->size, tag,
			(unsigned long long)b->serial);
	if (address)
		used += snprintf(text + used, size - (size_t)used, ", offset %td",
				 (const unsigned char *)address - b->data);
	used +=
	    snprintf(text + used, size - (size_t)used, ", %s at", b->freed ? "freed" : "allocated");
	for (int i = 2; i < b->frame_count && i < 8 && (size_t)used + 1 < size; i++) {
		symbol_name(b->frames[i], frame, sizeof(frame));
		used += snprintf(text + used, size - (size_t)used, "\n\t%s", frame);
	}
}

enum ntsim_code memory_classify(const void *address, char *text, size_t size)
{
	struct block *b = block_around(address);
	int used;

	if (!b)
		return NTSIM_CLEAN;
	used = snprintf(text, size, "bad access: ");
	block_describe(b, address, text + used, size - (size_t)used);
	if (b->freed)
		return b->kind == BLOCK_IRP || b->kind == BLOCK_BUFFER ? NTSIM_IRP_TOUCHED
								       : NTSIM_POOL_USE_AFTER_FREE;
	if (b->paged && (const unsigned char *)address >= b->data &&
	    (const unsigned char *)address < b->data + b->size)
		return NTSIM_PAGED;
	return NTSIM_POOL_OVERRUN;
}

void memory_shutdown(void)
{
	while (live.next != &live) {
		struct block *b = live.next;

		/* destroy unlinks what it frees, which the analyzer does not follow. */
		ASAN_UNPOISON_MEMORY_REGION(b->map, b->map_size); /* NOLINT */
		destroy(b);
	}
	while (dead.next != &dead)
		destroy(dead.next); /* NOLINT */
	dead_count = dead_bytes = 0;
	paged = NULL;
}
