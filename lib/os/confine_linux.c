/* SPDX-License-Identifier: MIT */
#include "os/confine.h"

#include <sys/prctl.h>

#include <cap-ng.h>
#include <linux/capability.h>

uint64_t confine_file_capabilities(void)
{
	return CONFINE_CAP(CAP_DAC_OVERRIDE) | CONFINE_CAP(CAP_DAC_READ_SEARCH);
}

uint64_t confine_permitted(void)
{
	uint64_t permitted = 0;

	if (capng_get_caps_process() < 0)
		return 0;
	for (unsigned number = 0; number <= CAP_LAST_CAP; number++)
		if (capng_have_capability(CAPNG_PERMITTED, number))
			permitted |= CONFINE_CAP(number);
	return permitted;
}

bool confine_capabilities(uint64_t keep)
{
	uint64_t kept = confine_permitted() & keep;

	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned number = 0; number <= CAP_LAST_CAP; number++)
		if (kept & CONFINE_CAP(number))
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, number);
	/* The kernel takes from the ambient set what is not inheritable any more. */
	return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

static bool change_effective(capng_act_t action, uint64_t capabilities)
{
	uint64_t changed = confine_permitted() & capabilities;

	for (unsigned number = 0; number <= CAP_LAST_CAP; number++)
		if (changed & CONFINE_CAP(number))
			capng_update(action, CAPNG_EFFECTIVE, number);
	return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

bool confine_lower(uint64_t capabilities)
{
	return change_effective(CAPNG_DROP, capabilities);
}

bool confine_raise(uint64_t capabilities)
{
	return change_effective(CAPNG_ADD, capabilities);
}

bool confine_execution(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	/* By number: a newer kernel has more of them than libcap-ng knows. */
	for (unsigned long number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++)
		if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
			break; /* without CAP_SETPCAP */
	return true;
}
