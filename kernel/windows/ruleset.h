/* SPDX-License-Identifier: MIT */
/*
 * ruleset.h - one set of rules: read from a request, searched, written back.
 *
 * The set is one block of memory: an array of rules, hash tables over them, and the
 * upper-cased patterns. Only the hit counters change.
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
	BOOLEAN ancestor;   /* the parent's pattern applies to any process further up */
	UINT16 user_length; /* bytes; 0: any user */
	const UCHAR *user;
	ULONG request_at; /* offset of the rule in the request */
	ULONG counted_at; /* the rule whose counter it uses: the first with this id */
	volatile LONG hits;
};

struct rule_set {
	volatile LONG references;
	ULONG count, buckets, wildcards;
	BOOLEAN parents;   /* a rule needs the parent */
	BOOLEAN ancestors; /* or a process further up */
	UINT16 unknown;    /* enum vigil_verdict */
	volatile LONG unknown_hits;
	struct rule *rule;
	ULONG *bucket;         /* first rule of each; exact, name, prefix in one table */
	ULONG *wildcard;       /* numbers of the wildcard rules, in ascending order */
	ULONG *prefix_lengths; /* bitmap: a prefix has this length */
	ULONG request_bytes;
	struct vigil_control_rules *request; /* unchanged, for reading it back */
};

/* Reads a request; for any error in it, nothing is read beyond `bytes`. *set is paged
 * pool; free it with RuleSetFree. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS RuleSetRead(_In_reads_bytes_(bytes) const struct vigil_control_rules *request,
		     _In_ ULONG bytes, _Out_ struct rule_set **set);

_IRQL_requires_max_(APC_LEVEL)
VOID RuleSetFree(_In_ struct rule_set *set);

#define RULE_IMAGES_MAX 32u /* processes whose images are evaluated */

/*
 * The facts about a start. An empty or incomplete fact is unknown: a rule that needs it
 * may or may not match.
 */
struct rule_subject {
	UNICODE_STRING path;
	BOOLEAN whole;     /* path is known, complete and certain */
	BOOLEAN chosen;    /* spelled by the creator: no rule that allows matches it */
	const UCHAR *user; /* SID; NULL: unknown */
	ULONG user_length;
	/* Images of the creator, of the parent, and of those further up; empty: unknown.
	 * parent= uses the first `nearest` ones. complete: there are no others. */
	const UNICODE_STRING *image;
	ULONG images, nearest;
	BOOLEAN complete;
};

/* Numbers of rules; RULE_NONE. */
struct rule_finding {
	ULONG matched;             /* the first rule that matches */
	ULONG may_deny, may_audit; /* the first rule of each verdict that may match */
};

_IRQL_requires_max_(APC_LEVEL)
VOID RuleSetFind(_In_ const struct rule_set *set, _In_ const struct rule_subject *subject,
		 _Out_ struct rule_finding *finding);

#endif /* VIGIL_RULESET_H */
