/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>

#include <linux/capability.h>

#include "confine.h"
#include "inspect/worker.h"

#ifndef CAP_CHECKPOINT_RESTORE /* Linux 5.9 */
#define CAP_CHECKPOINT_RESTORE 40
#endif
/* To reach the files and the memory of other users' processes. */
#define OF_OTHERS \
	(CONFINE_CAP(CAP_SYS_PTRACE) | CONFINE_CAP(CAP_DAC_READ_SEARCH) | \
	 CONFINE_CAP(CAP_CHECKPOINT_RESTORE))

void inspect_worker_confine(enum inspect_class class)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	confine_capabilities(class == INSPECT_NAMES ? 0 : OF_OTHERS);
}
