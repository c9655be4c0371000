/* SPDX-License-Identifier: MIT */
/*
 * irql.c - interrupt request levels, processors, regions without APCs, and the
 * frame around every call into the driver.
 *
 * A host at DISPATCH_LEVEL owns one simulated processor: no other host is at
 * DISPATCH_LEVEL with that number, so per-processor data works as on Windows.
 * At lower levels, the number is that of the last processor and may change at any time.
 */
#include "sim.h"

static struct host *cpu_owner[64];
static int cpus = 4;

#define PAINT 24576 /* bytes of stack painted before a call into the driver */

void irql_boot(unsigned processors)
{
	memset(cpu_owner, 0, sizeof(cpu_owner));
	cpus = processors ? (int)processors : 4;
	if (cpus > 64)
		ntsim_bugcheck(NTSIM_MISUSE, "%d processors", cpus);
	for (struct host *h = hosts; h; h = h->next)
		h->cpu %= cpus;
}

void need_irql(const char *routine, KIRQL least, KIRQL most)
{
	KIRQL irql = self()->irql;

	if (irql < least || irql > most)
		ntsim_bugcheck(NTSIM_IRQL, "%s at IRQL %u, allowed is %u to %u", routine, irql,
			       least, most);
	ntsim_point();
}

void ntsim_paged_code(const char *file, int line)
{
	if (self()->irql > APC_LEVEL)
		ntsim_bugcheck(NTSIM_PAGED, "pageable code at IRQL %u: %s:%d", self()->irql, file,
			       line);
}

/* ---- processors ---- */

static int free_cpu(const struct host *me)
{
	int preferred = me->cpu % cpus;

	if (!cpu_owner[preferred])
		return preferred;
	for (int i = 0; i < cpus; i++) {
		if (!cpu_owner[i])
			return i;
	}
	return -1;
}

static bool cpu_is_free(void *argument)
{
	return free_cpu(argument) >= 0;
}

static void take_cpu(struct host *me)
{
	kwait(cpu_is_free, me, FOREVER);
	me->cpu = free_cpu(me);
	me->owns_cpu = true;
	cpu_owner[me->cpu] = me;
}

static void drop_cpu(struct host *me)
{
	cpu_owner[me->cpu] = NULL;
	me->owns_cpu = false;
	kwake();
}

void irql_follow(void)
{
	memory_hide_paged(self()->irql >= DISPATCH_LEVEL && sched_one_runs());
}

void raise_irql(KIRQL irql)
{
	struct host *me = self();

	klock();
	if (irql >= DISPATCH_LEVEL && !me->owns_cpu)
		take_cpu(me);
	me->irql = irql;
	irql_follow();
	kunlock();
}

void lower_irql(KIRQL irql)
{
	struct host *me = self();

	klock();
	if (irql < DISPATCH_LEVEL && me->owns_cpu)
		drop_cpu(me);
	me->irql = irql;
	irql_follow();
	kunlock();
}

KIRQL KeGetCurrentIrql(VOID)
{
	ntsim_point();
	return self()->irql;
}

VOID KeRaiseIrql(KIRQL irql, PKIRQL old)
{
	struct host *me = self();

	ntsim_point();
	if (irql < me->irql)
		ntsim_bugcheck(NTSIM_IRQL, "KeRaiseIrql from %u to %u", me->irql, irql);
	*old = me->irql;
	raise_irql(irql);
}

KIRQL KfRaiseIrql(KIRQL irql)
{
	KIRQL old;

	KeRaiseIrql(irql, &old);
	return old;
}

KIRQL KeRaiseIrqlToDpcLevel(VOID)
{
	return KfRaiseIrql(DISPATCH_LEVEL);
}

VOID KeLowerIrql(KIRQL irql)
{
	struct host *me = self();

	ntsim_point();
	if (irql > me->irql)
		ntsim_bugcheck(NTSIM_IRQL, "KeLowerIrql from %u to %u", me->irql, irql);
	lower_irql(irql);
}

ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER number)
{
	struct host *me = self();

	ntsim_point();
	if (!me->owns_cpu && ntsim_seeded)
		me->cpu = (int)ntsim_random((uint64_t)cpus);
	if (number)
		*number = (PROCESSOR_NUMBER){ .Number = (UCHAR)(me->cpu % cpus) };
	return (ULONG)(me->cpu % cpus);
}

ULONG KeGetCurrentProcessorNumber(VOID)
{
	return KeGetCurrentProcessorNumberEx(NULL);
}

ULONG KeGetCurrentProcessorIndex(VOID)
{
	return KeGetCurrentProcessorNumberEx(NULL);
}

ULONG KeQueryActiveProcessorCountEx(USHORT group)
{
	(void)group;
	return (ULONG)cpus;
}

ULONG KeQueryMaximumProcessorCountEx(USHORT group)
{
	return KeQueryActiveProcessorCountEx(group);
}

ULONG KeQueryMaximumProcessorCount(VOID)
{
	return (ULONG)cpus;
}

ULONG KeQueryActiveProcessorCount(KAFFINITY *active)
{
	if (active)
		*active = cpus == 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << cpus) - 1;
	return (ULONG)cpus;
}

/* ---- regions without APCs ---- */

VOID KeEnterCriticalRegion(VOID)
{
	need_irql("KeEnterCriticalRegion", PASSIVE_LEVEL, APC_LEVEL);
	self()->critical++;
}

VOID KeLeaveCriticalRegion(VOID)
{
	need_irql("KeLeaveCriticalRegion", PASSIVE_LEVEL, APC_LEVEL);
	if (self()->critical-- == 0)
		ntsim_bugcheck(NTSIM_CRITICAL_REGION, "left a critical region it is not in");
}

VOID KeEnterGuardedRegion(VOID)
{
	need_irql("KeEnterGuardedRegion", PASSIVE_LEVEL, APC_LEVEL);
	self()->guarded++;
}

VOID KeLeaveGuardedRegion(VOID)
{
	need_irql("KeLeaveGuardedRegion", PASSIVE_LEVEL, APC_LEVEL);
	if (self()->guarded-- == 0)
		ntsim_bugcheck(NTSIM_CRITICAL_REGION, "left a guarded region it is not in");
}

BOOLEAN KeAreApcsDisabled(VOID)
{
	struct host *me = self();

	need_irql("KeAreApcsDisabled", PASSIVE_LEVEL, DISPATCH_LEVEL);
	return me->critical > 0 || me->guarded > 0;
}

BOOLEAN KeAreAllApcsDisabled(VOID)
{
	struct host *me = self();

	need_irql("KeAreAllApcsDisabled", PASSIVE_LEVEL, DISPATCH_LEVEL);
	return me->guarded > 0 || me->irql >= APC_LEVEL;
}

PIRP IoGetTopLevelIrp(VOID)
{
	need_irql("IoGetTopLevelIrp", PASSIVE_LEVEL, DISPATCH_LEVEL);
	return self()->top_level;
}

VOID IoSetTopLevelIrp(PIRP irp)
{
	self()->top_level = irp;
}

/* ---- calls into the driver ---- */

/* What a driver's uninitialized local variables will hold. Called from where the
 * driver will be called, so that the frames lie over one another. */
__attribute__((noinline, no_sanitize("address"))) void paint_stack(void)
{
	unsigned char stack[PAINT];

	memset(stack, memory_fill(), sizeof(stack));
	__asm__ __volatile__("" : : "r"(stack) : "memory"); /* it is used */
}

void call_enter(struct call *call, const char *what)
{
	struct host *me = self();

	*call = (struct call){ what, me->irql, me->critical, me->guarded, me->holds };
	me->in_driver++;
	ntsim_point();
}

void call_end(const struct call *call)
{
	struct host *me = self();

	ntsim_point();
	me->in_driver--;
	if (me->holds != call->holds)
		ntsim_bugcheck(NTSIM_LOCK_HELD, "%s returned with %u locks held, came with %u",
			       call->what, me->holds, call->holds);
	if (me->irql != call->irql)
		ntsim_bugcheck(NTSIM_IRQL_CHANGED, "%s was called at IRQL %u, returned at %u",
			       call->what, call->irql, me->irql);
	if (me->critical != call->critical || me->guarded != call->guarded)
		ntsim_bugcheck(NTSIM_CRITICAL_REGION,
			       "%s changed the critical or guarded region count by %d, %d",
			       call->what, me->critical - call->critical,
			       me->guarded - call->guarded);
}
