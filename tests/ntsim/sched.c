/* SPDX-License-Identifier: MIT */
/*
 * sched.c - the kernel lock, waiting, and scheduling.
 *
 * Free runs: hosts run in parallel and sleep on their own condition variable.
 * Seeded runs: only the host on turn runs; at a preemption point and whenever
 * it blocks, the next one is chosen by the seed among those that can run.
 * In both, when no host can run, the clock jumps to the next deadline; when
 * there is none, it is a deadlock.
 */
#include "sim.h"

#include <sched.h>

int ntsim_seeded;

static pthread_mutex_t kernel_lock = PTHREAD_MUTEX_INITIALIZER;
static struct host *turn;
static uint64_t seed_now, random_state = 1;
static unsigned preempt_chance = 4;
static unsigned stopped; /* hosts, by SuspendThread */

#if SIM_TSAN
void AnnotateIgnoreReadsBegin(const char *, int);
void AnnotateIgnoreReadsEnd(const char *, int);
void AnnotateIgnoreWritesBegin(const char *, int);
void AnnotateIgnoreWritesEnd(const char *, int);
void AnnotateIgnoreSyncBegin(const char *, int);
void AnnotateIgnoreSyncEnd(const char *, int);

void quiet_begin(void)
{
	AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}

void quiet_end(void)
{
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
	AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}
#endif

void sched_boot(unsigned preempt)
{
	preempt_chance = preempt ? preempt : 4;
	ntsim_seeded = 0;
	stopped = 0;
	random_state = 1;
	seed_now = 0;
}

uint64_t sched_seed(void)
{
	return seed_now;
}

/* splitmix64 (Steele, Lea, Flood 2014): every seed, also 0, gives a good stream. */
static uint64_t draw(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t ntsim_random(uint64_t limit)
{
	uint64_t value;

	klock();
	value = limit ? draw() % limit : 0;
	kunlock();
	return value;
}

void klock(void)
{
	struct host *me = self();

	quiet_begin();
	if (me->klocked++ == 0)
		pthread_mutex_lock(&kernel_lock);
}

void kunlock(void)
{
	struct host *me = self();

	if (--me->klocked == 0)
		pthread_mutex_unlock(&kernel_lock);
	quiet_end();
}

/* A blocked host that can continue, or one that is not blocked. */
static bool runnable(const struct host *host)
{
	if (host->finished)
		return false;
	return !host->blocked || host->ready(host->ready_argument) ||
	       host->deadline <= interrupt_time();
}

static void report_deadlock(void)
{
	char text[1024];
	size_t used = 0;

	text[0] = 0;
	for (const struct host *h = hosts; h; h = h->next) {
		if (h->finished || h->service || used >= sizeof(text))
			continue;
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, " %s(tid %u, IRQL %u)",
				     h->name, h->pose ? HandleToUlong(h->pose->tid) : 0, h->irql);
	}
	ntsim_bugcheck(NTSIM_DEADLOCK, "every thread waits:%s", text);
}

/* Nobody can run: let the time pass. */
static void idle(void)
{
	LONGLONG next = next_deadline();

	if (next == FOREVER)
		report_deadlock();
	time_move(next);
}

static unsigned count_runnable(void)
{
	unsigned count = 0;

	for (struct host *h = hosts; h; h = h->next)
		count += runnable(h);
	return count;
}

/* Give the turn to a host drawn among those that can run. */
static void pass_turn(void)
{
	unsigned count = count_runnable();
	uint64_t pick;

	while (count == 0) {
		idle();
		count = count_runnable();
	}
	pick = draw() % count;
	for (struct host *h = hosts; h; h = h->next) {
		if (runnable(h) && pick-- == 0) {
			turn = h;
			break;
		}
	}
	if (turn != self())
		pthread_cond_signal(&turn->wake);
}

static void wait_for_turn(struct host *me)
{
	while (ntsim_seeded && turn != me)
		pthread_cond_wait(&me->wake, &kernel_lock);
	irql_follow();
}

static bool all_blocked(void)
{
	for (struct host *h = hosts; h; h = h->next) {
		if (runnable(h))
			return false;
	}
	return true;
}

/* ---- letting the driver's own threads come to rest ---- */

static unsigned settlers; /* who waits for that */

static bool at_rest(void *argument)
{
	(void)argument;
	for (struct host *h = hosts; h; h = h->next) {
		if (h->kernel && runnable(h))
			return false;
	}
	return true;
}

void ntsim_settle(void)
{
	klock();
	settlers++;
	kwait(at_rest, NULL, FOREVER);
	settlers--;
	kunlock();
}

void kwake(void)
{
	if (ntsim_seeded)
		return;
	for (struct host *h = hosts; h; h = h->next) {
		if (h->blocked && runnable(h))
			pthread_cond_signal(&h->wake);
	}
}

static void wait_freely(struct host *me)
{
	while (!ntsim_seeded && !runnable(me)) {
		if (!time_is_real() && all_blocked()) {
			idle();
			kwake();
			continue;
		}
		if (settlers && me->kernel)
			kwake(); /* this one's rest may be what they wait for */
		pthread_cond_wait(&me->wake, &kernel_lock);
	}
}

bool kwait(bool (*ready)(void *), void *argument, LONGLONG deadline)
{
	struct host *me = self();
	unsigned depth = me->klocked;

	if (ready(argument))
		return true;
	me->ready = ready;
	me->ready_argument = argument;
	me->deadline = deadline;
	me->blocked = true;
	me->klocked = 1;
	do {
		if (ntsim_seeded) {
			if (turn == me)
				pass_turn();
			wait_for_turn(me);
		} else {
			wait_freely(me);
		}
	} while (!runnable(me));
	me->klocked = depth;
	me->blocked = false;
	irql_follow();
	return ready(argument);
}

/* ---- SuspendThread ---- */

void ntsim_suspend_at(unsigned n)
{
	self()->suspend_at = n;
}

bool ntsim_suspended(void)
{
	bool any;

	klock();
	any = stopped != 0;
	kunlock();
	return any;
}

void ntsim_resume(void)
{
	klock();
	stopped = 0;
	kwake();
	kunlock();
}

static bool is_resumed(void *argument)
{
	(void)argument;
	return stopped == 0;
}

/* A normal kernel APC is delivered here, if at all. */
static void be_suspended(struct host *me)
{
	if (me->suspend_at == 0 || me->in_driver == 0 || me->klocked != 1 ||
	    me->irql != PASSIVE_LEVEL || me->critical > 0 || me->guarded > 0)
		return;
	if (--me->suspend_at != 0)
		return;
	stopped++;
	kwait(is_resumed, NULL, FOREVER);
}

void ntsim_preempt(void)
{
	struct host *me = self();

	klock();
	be_suspended(me);
	if (ntsim_seeded && me->klocked == 1 && turn == me && draw() % preempt_chance == 0) {
		pass_turn();
		wait_for_turn(me);
	}
	kunlock();
}

void ntsim_yield(void)
{
	struct host *me = self();

	klock();
	if (ntsim_seeded && turn == me) {
		pass_turn();
		wait_for_turn(me);
	}
	kunlock();
	if (!ntsim_seeded)
		sched_yield();
}

void sched_enter(struct host *host)
{
	klock();
	wait_for_turn(host);
	kunlock();
}

void sched_leave(void)
{
	struct host *me = self();

	klock();
	me->finished = true;
	if (ntsim_seeded && turn == me)
		pass_turn();
	else if (!ntsim_seeded && !time_is_real() && all_blocked())
		idle();
	kwake();
	kunlock();
}

bool sched_one_runs(void)
{
	unsigned running = 0;

	for (struct host *h = hosts; h; h = h->next)
		running += !h->blocked && !h->finished;
	return ntsim_seeded || running == 1;
}

void ntsim_seed(uint64_t seed)
{
	const char *text = getenv("NTSIM_SEED");

	if (text)
		seed = strtoull(text, NULL, 0);
	ntsim_settle(); /* or what still runs would depend on the machine */
	klock();
	seed_now = random_state = seed;
	turn = self();
	ntsim_seeded = 1;
	kunlock();
}

void ntsim_seed_end(void)
{
	klock();
	ntsim_seeded = 0;
	for (struct host *h = hosts; h; h = h->next)
		pthread_cond_signal(&h->wake); /* also who only waits for his turn */
	kunlock();
}
