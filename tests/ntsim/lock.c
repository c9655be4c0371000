/* SPDX-License-Identifier: MIT */
/*
 * lock.c - every lock of the kernel, as one table. The address of a lock only
 * identifies it: owner, readers and history are in the table, so that use before
 * initialization, recursion, release by another thread and lock order are
 * detected, whatever the content of the driver's memory.
 */
#include "lock.h"

static const struct rule {
	const char *name;
	KIRQL most;      /* highest IRQL to acquire at */
	bool needs_init; /* must be initialized by its routine first */
	bool recursive;
	bool critical; /* needs normal kernel APCs disabled */
} rules[] = {
	[LOCK_SPIN] = { "spin lock", HIGH_LEVEL, true, false, false },
	[LOCK_EX_SPIN] = { "EX_SPIN_LOCK", HIGH_LEVEL, false, false, false },
	[LOCK_FAST] = { "fast mutex", APC_LEVEL, true, false, false },
	[LOCK_GUARDED] = { "guarded mutex", APC_LEVEL, true, false, false },
	[LOCK_RESOURCE] = { "ERESOURCE", APC_LEVEL, true, true, true },
	[LOCK_PUSH] = { "push lock", APC_LEVEL, true, false, true },
	[LOCK_FLT_PUSH] = { "filter manager push lock", APC_LEVEL, true, false, false },
};

#define LOCKS 1024

struct lock {
	const void *address; /* NULL: the slot is free */
	enum lock_kind kind;
	struct host *owner;
	unsigned readers;
	unsigned char after[LOCKS / 8]; /* locks taken while this one was held */
};

static struct lock locks[LOCKS];
static unsigned lock_top; /* slots ever used */

/* ---- the table ---- */

static struct lock *lookup(const void *address)
{
	for (unsigned i = 0; i < lock_top; i++) {
		if (locks[i].address == address)
			return &locks[i];
	}
	return NULL;
}

static struct lock *add(const void *address, enum lock_kind kind)
{
	struct lock *lock = lookup(NULL);

	if (!lock) {
		if (lock_top == LOCKS)
			ntsim_bugcheck(NTSIM_MISUSE, "more than %d locks", LOCKS);
		lock = &locks[lock_top++];
	}
	memset(lock, 0, sizeof(*lock));
	lock->address = address;
	lock->kind = kind;
	return lock;
}

static void forget(struct lock *lock)
{
	size_t i = (size_t)(lock - locks);

	for (unsigned j = 0; j < lock_top; j++)
		locks[j].after[i / 8] &= (unsigned char)~(1u << (i % 8));
	lock->address = NULL;
}

void lock_init(const void *address, enum lock_kind kind)
{
	struct lock *lock;

	klock();
	lock = lookup(address);
	if (lock && (lock->owner || lock->readers))
		ntsim_bugcheck(NTSIM_LOCK_HELD, "%s %p initialized while held", rules[kind].name,
			       address);
	if (lock)
		forget(lock);
	add(address, kind);
	kunlock();
}

static struct lock *need(const void *address, enum lock_kind kind)
{
	struct lock *lock = address ? lookup(address) : NULL;

	if (!lock && address && !rules[kind].needs_init)
		lock = add(address, kind);
	if (!lock)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "%s %p is not initialized",
			       rules[kind].name, address);
	if (lock->kind != kind)
		ntsim_bugcheck(NTSIM_MISUSE, "%s %p used as a %s", rules[lock->kind].name, address,
			       rules[kind].name);
	return lock;
}

/* ---- lock order ---- */

static bool comes_after(const struct lock *a, const struct lock *b)
{
	size_t i = (size_t)(b - locks);

	return a->after[i / 8] & (1u << (i % 8));
}

/* Whether b was ever taken while a was held, directly or over others. */
static bool reaches(const struct lock *a, const struct lock *b, unsigned char *seen)
{
	size_t i = (size_t)(a - locks);

	if (comes_after(a, b))
		return true;
	seen[i] = 1;
	for (unsigned j = 0; j < lock_top; j++) {
		if (!seen[j] && comes_after(a, &locks[j]) && reaches(&locks[j], b, seen))
			return true;
	}
	return false;
}

static void note_order(const struct host *me, const struct lock *lock)
{
	size_t i = (size_t)(lock - locks);

	for (unsigned h = 0; h < me->holds; h++) {
		struct lock *first = me->held[h].lock;
		unsigned char seen[LOCKS] = { 0 };

		if (first == lock || comes_after(first, lock))
			continue;
		if (reaches(lock, first, seen))
			ntsim_bugcheck(NTSIM_LOCK_ORDER,
				       "%s %p taken while holding %s %p: "
				       "they were taken in the other order before",
				       rules[lock->kind].name, lock->address,
				       rules[first->kind].name, first->address);
		first->after[i / 8] |= (unsigned char)(1u << (i % 8));
	}
}

/* ---- taking and dropping ---- */

static struct held *find_held(struct host *me, const struct lock *lock)
{
	for (unsigned i = 0; i < me->holds; i++) {
		if (me->held[i].lock == lock)
			return &me->held[i];
	}
	return NULL;
}

static bool exclusive_free(void *argument)
{
	struct lock *lock = argument;

	return !lock->owner && lock->readers == 0;
}

static bool shared_free(void *argument)
{
	struct lock *lock = argument;

	return !lock->owner;
}

static bool take_again(struct host *me, struct lock *lock, struct held *held, bool exclusive)
{
	if (!rules[lock->kind].recursive || (exclusive && !held->exclusive))
		ntsim_bugcheck(NTSIM_LOCK_RECURSION, "%s %p acquired again by its owner (host %u)",
			       rules[lock->kind].name, lock->address, me->id);
	held->depth++;
	return true;
}

bool lock_take(const void *address, enum lock_kind kind, bool exclusive, bool wait, KIRQL old)
{
	struct host *me = self();
	bool (*is_free)(void *) = exclusive ? exclusive_free : shared_free;
	struct lock *lock;
	struct held *held;
	bool taken = true;

	ntsim_point();
	klock();
	lock = need(address, kind);
	held = find_held(me, lock);
	if (held) {
		taken =
		    wait || rules[kind].recursive ? take_again(me, lock, held, exclusive) : false;
	} else if (!wait && !is_free(lock)) {
		taken = false;
	} else {
		if (wait)
			note_order(me, lock);
		kwait(is_free, lock, FOREVER);
		if (exclusive)
			lock->owner = me;
		else
			lock->readers++;
		if (me->holds == sizeof(me->held) / sizeof(me->held[0]))
			ntsim_bugcheck(NTSIM_MISUSE, "too many locks held at once");
		me->held[me->holds++] = (struct held){ lock, exclusive, old, 1 };
	}
	kunlock();
	if (taken)
		sync_acquire(address);
	return taken;
}

static void check_owner(const struct held *held, const struct lock *lock, const bool *exclusive)
{
	if (!held || (exclusive && held->exclusive != *exclusive))
		ntsim_bugcheck(NTSIM_LOCK_OWNER,
			       "%s %p released by a thread that does not hold it%s",
			       rules[lock->kind].name, lock->address, held ? " in this way" : "");
}

KIRQL lock_drop(const void *address, enum lock_kind kind, const bool *exclusive)
{
	struct host *me = self();
	struct lock *lock;
	struct held *held;
	KIRQL old;

	sync_release(address);
	klock();
	lock = need(address, kind);
	held = find_held(me, lock);
	check_owner(held, lock, exclusive);
	old = held->old;
	if (--held->depth == 0) {
		if (held->exclusive)
			lock->owner = NULL;
		else
			lock->readers--;
		memmove(held, held + 1,
			(size_t)(&me->held[me->holds] - (held + 1)) * sizeof(*held));
		me->holds--;
		kwake();
	}
	kunlock();
	return old;
}

const bool lock_exclusive = true, lock_shared = false;

bool lock_holds(const void *address, enum lock_kind kind, bool exclusive_only)
{
	struct held *held;
	bool result;

	klock();
	held = find_held(self(), need(address, kind));
	result = held && (held->exclusive || !exclusive_only);
	kunlock();
	return result;
}

/* ---- life of their memory ---- */

void lock_purge(const void *memory, size_t size)
{
	const char *from = memory;

	klock();
	for (unsigned i = 0; i < lock_top; i++) {
		const char *address = locks[i].address;

		if (!address || address < from || address >= from + size)
			continue;
		if (locks[i].owner || locks[i].readers)
			ntsim_bugcheck(NTSIM_LOCK_HELD, "memory of a held %s %p freed",
				       rules[locks[i].kind].name, (const void *)address);
		if (locks[i].kind == LOCK_RESOURCE)
			ntsim_bugcheck(NTSIM_LEAK,
				       "memory of an ERESOURCE %p freed before "
				       "ExDeleteResourceLite",
				       (const void *)address);
		forget(&locks[i]);
	}
	kunlock();
}

void lock_boot(void)
{
	lock_top = 0;
	memset(locks, 0, sizeof(locks));
	KeInitializeSpinLock(&lock_cancel);
}

void lock_unload(void)
{
	klock();
	for (unsigned i = 0; i < lock_top; i++) {
		if (!locks[i].address || locks[i].address == &lock_cancel)
			continue;
		if (locks[i].kind == LOCK_RESOURCE)
			ntsim_bugcheck(NTSIM_LEAK, "ERESOURCE %p not deleted", locks[i].address);
		if (locks[i].owner || locks[i].readers)
			ntsim_bugcheck(NTSIM_LOCK_HELD, "%s %p held at unload",
				       rules[locks[i].kind].name, locks[i].address);
		forget(&locks[i]);
	}
	kunlock();
}

/* Also a resource's: ExDeleteResourceLite. */
void lock_delete(const void *address, enum lock_kind kind)
{
	struct lock *lock;

	klock();
	lock = need(address, kind);
	if (lock->owner || lock->readers)
		ntsim_bugcheck(NTSIM_LOCK_HELD, "%s %p deleted while held", rules[kind].name,
			       address);
	forget(lock);
	kunlock();
}

void lock_share(const void *address, enum lock_kind kind)
{
	struct lock *lock;
	struct held *held;

	sync_release(address);
	klock();
	lock = need(address, kind);
	held = find_held(self(), lock);
	check_owner(held, lock, &lock_exclusive);
	held->exclusive = false;
	lock->owner = NULL;
	lock->readers = 1;
	kwake();
	kunlock();
}

/* Called with the kernel lock held. */
bool lock_is_free(const void *address, enum lock_kind kind)
{
	return !need(address, kind)->owner;
}
