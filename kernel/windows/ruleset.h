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
	BOOLEAN ancestor;   /* the parent's pattern may be that of any process further up */
	UINT16 user_length; /* bytes; 0: any user */
	const UCHAR *user;
	ULONG request_at; /* where the rule stands in the request */
	ULONG counted_at; /* the rule whose counter is its own: first of those with this id */
	volatile LONG hits;
};

struct rule_set {
	volatile LONG references;
	ULONG count, buckets, wildcards;
	BOOLEAN parents;   /* some rule asks for the parent */
	BOOLEAN ancestors; /* or for one further up */
	UINT16 unknown;    /* enum vigil_verdict */
	volatile LONG unknown_hits;
	struct rule *rule;
	ULONG *bucket;         /* first rule of each; exact, name, prefix in one table */
	ULONG *wildcard;       /* numbers of the wildcard rules, rising */
	ULONG *prefix_lengths; /* a bitmap: some prefix has this length */
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

#define RULE_IMAGES_MAX 32u /* processes whose images are looked at */

/*
 * A start as rules see it. What is empty or incomplete is unknown: a rule that asks for
 * it may match or not.
 */
struct rule_subject {
	UNICODE_STRING path;
	BOOLEAN whole;     /* path is known, and not a part of it or a guess */
	BOOLEAN chosen;    /* by the creator: no rule that allows matches it */
	const UCHAR *user; /* SID; NULL: unknown */
	ULONG user_length;
	/* Images of the creator, of the parent, and of those further up; empty: unknown.
	 * parent= asks for the first `nearest` ones. complete: there are no others. */
	const UNICODE_STRING *image;
	ULONG images, nearest;
	BOOLEAN complete;
};

/* Numbers of rules; RULE_NONE. */
struct rule_finding {
	ULONG matched;             /* the first that matches */
	ULONG may_deny, may_audit; /* the first of each that may match */
};

_IRQL_requires_max_(APC_LEVEL)
VOID RuleSetFind(_In_ const struct rule_set *set, _In_ const struct rule_subject *subject,
		 _Out_ struct rule_finding *finding);

#endif /* VIGIL_RULESET_H */
