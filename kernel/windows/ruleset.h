/* SPDX-License-Identifier: MIT */
/*
 * ruleset.h - one set of rules: read from a request, searched, written back.
 *
 * The set is one piece of memory: an array of rules, hash tables over them, and
 * the upper-cased patterns. Nothing in it changes but the hit counters.
 */
#ifndef VIGIL_RULESET_H
#define VIGIL_RULESET_H

#include "nt.h"

#include <vigil/control.h>

#define RULE_NONE 0xffffffffu

struct rule {
	UINT16 kind, verdict;
	ULONG next; /* in the same bucket; RULE_NONE */
	ULONG hash;
	PCWSTR pattern; /* in upper case */
	ULONG length;   /* characters */
	PCWSTR id;
	ULONG id_length;
	PCWSTR parent;       /* in upper case */
	ULONG parent_length; /* characters; 0: any parent */
	UINT16 parent_kind;
	UINT16 user_length; /* bytes; 0: any user */
	const UCHAR *user;
	ULONG request_at; /* where the rule stands in the request */
	ULONG counted_at; /* the rule whose counter is its own: first of those with this id */
	volatile LONG hits;
};

struct rule_set {
	volatile LONG references;
	ULONG count, buckets, wildcards;
	BOOLEAN parents; /* some rule asks for the parent */
	struct rule *rule;
	ULONG *bucket;   /* first rule of each; exact, name, prefix, suffix in one table */
	ULONG *wildcard; /* numbers of the wildcard rules, rising */
	ULONG *prefix_lengths, *suffix_lengths; /* bitmaps: some rule has this length */
	ULONG request_bytes;
	struct vigil_control_rules *request; /* as it came, for the way back */
};

/* Reads a request in full; whatever is wrong with it, nothing is read beyond
 * `bytes`. *set is paged pool, for RuleSetFree. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS RuleSetRead(_In_reads_bytes_(bytes) const struct vigil_control_rules *request,
		     _In_ ULONG bytes, _Out_ struct rule_set **set);

_IRQL_requires_max_(APC_LEVEL)
VOID RuleSetFree(_In_ struct rule_set *set);

/* Who asks for a start, as far as rules want to know. What is unknown is empty,
 * and fits no rule that names one. */
struct rule_caller {
	const UCHAR *user; /* SID */
	ULONG user_length;
	UNICODE_STRING parent[2]; /* images of the creator and of the parent */
};

/* The number of the first rule that matches path and caller; RULE_NONE. */
_IRQL_requires_max_(APC_LEVEL)
ULONG RuleSetFind(_In_ const struct rule_set *set, _In_ PCUNICODE_STRING path,
		  _In_ const struct rule_caller *caller);

#endif /* VIGIL_RULESET_H */
