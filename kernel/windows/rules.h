/* SPDX-License-Identifier: MIT */
/*
 * rules.h - which processes must not start.
 *
 * A set of rules is read into one block of memory that never changes, and is replaced as
 * a whole; code that evaluates it holds a reference. Exact paths,
 * names and prefixes are found by hashes in one pass over the path, however many
 * there are; wildcards are tried one by one.
 */
#ifndef VIGIL_RULES_H
#define VIGIL_RULES_H

#include "nt.h"

#include <vigil/control.h>

struct rule_set;

/* The verdict on a start. */
struct judgement {
	struct rule_set *set; /* held until RulesRelease; NULL: no rule matched */
	UNICODE_STRING id;
	UINT32 verdict; /* enum vigil_verdict; 0: none */
	UINT64 hits;    /* of the rule, this one included */
};

/* Loads the rules in the registry. If they cannot be read, the driver starts anyway, and
 * reports it in the stream. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RulesStart(VOID);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RulesStop(VOID);

/* A start that is to be judged. */
struct start {
	PCUNICODE_STRING path, spelled; /* of the image; either may be empty, spelled NULL */
	BOOLEAN known;                  /* path is complete and the only spelling of the file */
	BOOLEAN chosen;                 /* path is the creator's spelling */
	const UCHAR *user;              /* SID of the new process */
	ULONG user_length;
	UINT32 creator, parent; /* PIDs */
};

/* Verdict 0: allowed, by a rule or because none matches. If a fact that a rule needs is
 * unknown, the set's `unknown` decides, and the id is "unknown". */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RulesJudge(_In_ const struct start *start, _Out_ struct judgement *judgement);

_IRQL_requires_max_(APC_LEVEL)
VOID RulesRelease(_Inout_ struct judgement *judgement);

/* Replaces the whole set by that in `request`: all of it or nothing. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS RulesSet(_In_reads_bytes_(bytes) const struct vigil_control_rules *request,
		  _In_ ULONG bytes);

/* Returns the set with its counters. *needed: its size in bytes; if the buffer is too
 * small, only the head is written. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS RulesQuery(_Out_writes_bytes_to_(room, *written) struct vigil_control_rules *reply,
		    _In_ ULONG room, _Out_ ULONG *written);

_IRQL_requires_max_(APC_LEVEL)
VOID RulesCount(_Inout_ struct vigil_driver_statistics *reply);

/* Whether rules are in force. */
_IRQL_requires_max_(APC_LEVEL)
BOOLEAN RulesLoaded(VOID);

#endif /* VIGIL_RULES_H */
