/* SPDX-License-Identifier: MIT */
/* fault.c - fault points: what may fail on Windows fails here once, on demand. */
#include "sim.h"

static unsigned passed, fail_at;
static const char *fail_name;
static unsigned fail_name_at, name_passed;
static const char *hit;

void fault_boot(void)
{
	ntsim_fault_reset();
	hit = NULL;
}

void ntsim_fault_reset(void)
{
	passed = fail_at = 0;
	fail_name = NULL;
	fail_name_at = name_passed = 0;
}

void ntsim_fault_at(unsigned n)
{
	passed = 0;
	fail_at = n;
	hit = NULL;
}

void ntsim_fault_name(const char *routine, unsigned n)
{
	fail_name = routine;
	fail_name_at = n;
	name_passed = 0;
	hit = NULL;
}

unsigned ntsim_fault_count(void)
{
	return passed;
}

const char *ntsim_fault_hit(void)
{
	return hit;
}

bool fault(const char *routine)
{
	bool fail;

	klock();
	fail = ++passed == fail_at;
	if (fail_name && strcmp(routine, fail_name) == 0)
		fail |= ++name_passed == fail_name_at || fail_name_at == 0;
	if (fail)
		hit = routine;
	kunlock();
	return fail;
}
