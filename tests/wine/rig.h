/* SPDX-License-Identifier: MIT */
/*
 * rig.h - requests of fire.exe to rig.sys.
 *
 * Wine loads vigil.sys and runs it, but never calls a notify routine. rig.sys does,
 * after fire.exe has really done what is reported. docs/verification.md lists what is
 * real here and what the rig replaces.
 */
#ifndef VIGIL_TEST_RIG_H
#define VIGIL_TEST_RIG_H

#include <stdint.h>

#define RIG_DEVICE L"\\\\.\\VigilRig"

/* CTL_CODE(0x8f00, number, METHOD_BUFFERED, FILE_ANY_ACCESS) */
#define RIG_CODE(number) (0x8f000000u | ((number) << 2))
#define RIG_FIRE         RIG_CODE(0x900u) /* struct rig_fire in, struct rig_answer out */
#define RIG_COUNTS       RIG_CODE(0x901u) /* struct rig_counts out */

enum rig_event {
	RIG_PROCESS_CREATE = 0,
	RIG_PROCESS_EXIT = 1,
	RIG_THREAD_CREATE = 2,
	RIG_THREAD_EXIT = 3,
	RIG_IMAGE_LOAD = 4,
	RIG_EVENTS = 5
};

/* Calls the registered routines. Behind it: the image's name as it was opened
 * (\??\C:\...), its name as the filter manager has it (\Device\...), the command
 * line; UTF-16 without ends. */
struct rig_fire {
	uint32_t event;
	uint32_t pid, tid;             /* the process or thread of the notification */
	uint32_t parent;               /* of a new process; 0: the actor */
	uint32_t actor_pid, actor_tid; /* in whose context; 0: the calling thread */
	uint32_t repeat;               /* how often; 0: once */
	uint64_t base, size;           /* of an image */
	uint32_t opened_bytes, device_bytes, command_bytes;
};

struct rig_answer {
	int32_t creation_status; /* what the routines made of a start */
	uint32_t called;         /* routines */
};

struct rig_counts {
	uint32_t modules;     /* drivers that run on the rig's routines now */
	uint32_t imports;     /* their imports that the rig has replaced */
	uint32_t routines[3]; /* registered: process, thread, image */
	uint32_t bad_frees;   /* wrong tag, twice, never allocated */
	uint32_t names; /* and tokens that stand-ins of the filter manager and others have lent */
	uint32_t reserved;
	uint64_t blocks, bytes; /* of pool that are allocated now */
	uint64_t allocations;   /* so far */
	uint64_t fired;         /* notifications so far */
};

#endif /* VIGIL_TEST_RIG_H */
