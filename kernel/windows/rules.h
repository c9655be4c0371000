/* SPDX-License-Identifier: MIT */
/*
 * rules.h - which processes may not start.
 *
 * A set of rules is read into one piece of memory that never changes, and is
 * swapped as a whole; who judges holds a reference meanwhile. Exact paths,
 * names and prefixes are found by hashes in one pass over the path, however many
 * there are; wildcards are tried one by one.
 */
#ifndef VIGIL_RULES_H
#define VIGIL_RULES_H

#include "nt.h"

#include <vigil/control.h>

struct rule_set;

/* What the rules say of a start. */
struct judgement {
	struct rule_set *set; /* held until RulesRelease; NULL: no rule matched */
	UNICODE_STRING id;
	UINT32 verdict; /* enum vigil_verdict; 0: none */
	UINT64 hits;    /* of the rule, this one included */
};

/* Loads what the registry has; rules that cannot be read are no reason not to
 * start, but are told in the stream. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RulesStart(VOID);

_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RulesStop(VOID);

/* A start that is to be judged. */
struct start {
	PCUNICODE_STRING path, spelled; /* of the image; either may be empty, spelled NULL */
	BOOLEAN known;                  /* path is the file's only spelling, and whole */
	BOOLEAN chosen;                 /* path is the creator's word */
	const UCHAR *user;              /* SID of the new process */
	ULONG user_length;
	UINT32 creator, parent; /* PIDs */
};

/* Allowed, by a rule or by none: a verdict of 0. Where something is not known that a rule
 * asks for, the set's `unknown` decides, and the id is "unknown". */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID RulesJudge(_In_ const struct start *start, _Out_ struct judgement *judgement);

_IRQL_requires_max_(APC_LEVEL)
VOID RulesRelease(_Inout_ struct judgement *judgement);

/* Swaps the whole set for what `request` holds: all of it or nothing. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS RulesSet(_In_reads_bytes_(bytes) const struct vigil_control_rules *request,
		  _In_ ULONG bytes);

/* The set with its counters. *needed: what it takes; the head alone is written
 * when there is no more room. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS RulesTell(_Out_writes_bytes_to_(room, *written) struct vigil_control_rules *reply,
		   _In_ ULONG room, _Out_ ULONG *written);

_IRQL_requires_max_(APC_LEVEL)
VOID RulesCount(_Inout_ struct vigil_driver_statistics *reply);

/* Whether there are any. */
_IRQL_requires_max_(APC_LEVEL)
BOOLEAN RulesLoaded(VOID);

#endif /* VIGIL_RULES_H */
