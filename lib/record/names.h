/* SPDX-License-Identifier: MIT */
/* names.h - names for the numbers of a record. NULL: there is none. */
#ifndef VIGIL_RECORD_NAMES_H
#define VIGIL_RECORD_NAMES_H

#include <stdint.h>

#include <vigil/vigil.h>

const char *vigil_signal_name(uint32_t signal);         /* Linux: "SIGSEGV" */
const char *vigil_integrity_name(uint32_t integrity);   /* Windows: "Medium" */
const char *vigil_source_name(uint32_t source);         /* of a part: "kernel" */
const char *vigil_method_name(uint32_t method);         /* of an access: "ptrace-attach" */
const char *vigil_exec_error_name(uint32_t error);      /* of an exec that failed: "ENOENT" */
const char *vigil_origin_name(uint32_t origin);         /* of a thread: "remote" */
const char *vigil_reason_name(uint32_t reason);         /* of a remote thread: "debugger" */
const char *vigil_verdict_name(uint32_t verdict);       /* "audit", "deny" */
const char *vigil_kind_name(uint32_t kind);             /* of a part: "command_line" */
const char *vigil_entry_name(uint32_t entry);           /* of a session: "sshd" */
const char *vigil_protection_name(uint32_t protection); /* of a mapping: "rx" */
const char *vigil_state_name(uint32_t state);           /* of a status: "started" */
uint32_t vigil_level_severity(uint32_t level); /* event.severity; 0: the rule has no level */
const char *vigil_level_name(uint32_t level);  /* of an alert: "high" */

/* VIGIL_TYPE_BIT for a type from any record: 0 if this version does not have that type. */
static inline uint32_t vigil_type_bit(uint32_t type)
{
	return type > 0 && type < VIGIL_TYPE_MAX ? VIGIL_TYPE_BIT(type) : 0;
}

#endif /* VIGIL_RECORD_NAMES_H */
