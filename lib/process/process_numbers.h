/* SPDX-License-Identifier: MIT */
/* process_numbers.h - the numbers of schema.h that records and the process table both have. */
#ifndef VIGIL_PROCESS_PROCESS_NUMBERS_H
#define VIGIL_PROCESS_PROCESS_NUMBERS_H

#include "record/schema.h"

/* Sets all numbers of a process to unknown. */
static inline void process_numbers_clear(struct vigil_process_info *proc)
{
#define CLEAR(member, unknown) proc->member = (unknown);
	SCHEMA_NUMBERS(CLEAR)
#undef CLEAR
}

/* Copies the numbers of a record to a process of the table. */
static inline void process_numbers_copy(struct vigil_process_info *to,
					const struct vigil_process_body *from)
{
#define COPY(member, unknown) to->member = from->member;
	SCHEMA_NUMBERS(COPY)
}

/* Copies the numbers of a process of the table to a record. */
static inline void process_numbers_back(struct vigil_process_body *to,
					const struct vigil_process_info *from)
{
	SCHEMA_NUMBERS(COPY)
#undef COPY
}

#endif /* VIGIL_PROCESS_PROCESS_NUMBERS_H */
