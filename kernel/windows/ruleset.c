/* SPDX-License-Identifier: MIT */
/* ruleset.c - one set of rules: read from a request, searched. */
#include "ruleset.h"

#include "pooltags.h"
#include "routines.h"

#define ALIGN8(size) (((SIZE_T)(size) + 7u) & ~(SIZE_T)7u)
#define LENGTHS      32768u /* a path is shorter than this */
#define BITMAP_LONGS (LENGTHS / 32u)
#define HASH_SEED    2166136261u
#define HASH_PRIME   16777619u

/* FNV-1a over characters; each kind has its own initial value. */
static ULONG HashBegin(_In_ UINT16 kind)
{
	return (HASH_SEED ^ kind) * HASH_PRIME;
}

static ULONG HashAdd(_In_ ULONG hash, _In_ WCHAR c)
{
	return (hash ^ c) * HASH_PRIME;
}

static ULONG HashRule(_In_ const struct rule *rule)
{
	ULONG hash = HashBegin(rule->kind), i;

	for (i = 0; i < rule->length; i++)
		hash = HashAdd(hash, rule->pattern[i]);
	return hash;
}

static BOOLEAN BitTest32(_In_ const ULONG *bitmap, _In_ ULONG bit)
{
	return (bitmap[bit / 32] >> (bit % 32)) & 1u;
}

/* -- reading ------------------------------------------------------------------ */

VIGIL_PAGE
static BOOLEAN CheckKind(_In_ UINT16 kind)
{
	PAGED_CODE();

	return kind == VIGIL_RULE_EXACT || kind == VIGIL_RULE_PREFIX ||
	       kind == VIGIL_RULE_WILDCARD || kind == VIGIL_RULE_NAME;
}

VIGIL_PAGE
static BOOLEAN CheckConditions(_In_ const struct vigil_control_rule *head)
{
	ULONG kind = head->parent_kind & ~VIGIL_RULE_ANCESTOR;

	PAGED_CODE();

	if (head->parent_bytes == 0 ? head->parent_kind != 0
				    : kind != VIGIL_RULE_EXACT && kind != VIGIL_RULE_WILDCARD &&
					  kind != VIGIL_RULE_NAME)
		return FALSE;
	return head->parent_bytes <= VIGIL_RULE_PATTERN_MAX &&
	       head->parent_bytes % sizeof(WCHAR) == 0 &&
	       head->user_bytes <= VIGIL_RULE_USER_BYTES_MAX;
}

/* Returns a rule's head if it and its strings are valid and within `left`. */
VIGIL_PAGE
static BOOLEAN CheckRule(_In_reads_bytes_(left) const UCHAR *place, _In_ ULONG left,
			 _Out_ struct vigil_control_rule *head)
{
	PAGED_CODE();

	if (left < sizeof(*head))
		return FALSE;
	RtlCopyMemory(head, place, sizeof(*head));
	return head->size <= left && CheckKind(head->kind) &&
	       head->verdict >= VIGIL_VERDICT_AUDIT && head->verdict <= VIGIL_VERDICT_ALLOW &&
	       head->id_bytes <= VIGIL_RULE_ID_BYTES_MAX && head->id_bytes % sizeof(WCHAR) == 0 &&
	       head->pattern_bytes != 0 && head->pattern_bytes <= VIGIL_RULE_PATTERN_MAX &&
	       head->pattern_bytes % sizeof(WCHAR) == 0 && head->hits == 0 &&
	       CheckConditions(head) &&
	       head->size == ALIGN8(sizeof(*head) + head->id_bytes + head->pattern_bytes +
				    head->parent_bytes + head->user_bytes);
}

/* Checks the whole request and counts the characters of its patterns. */
VIGIL_PAGE
static NTSTATUS CheckRequest(_In_reads_bytes_(bytes) const struct vigil_control_rules *request,
			     _In_ ULONG bytes, _Out_ ULONG *characters, _Out_ ULONG *wildcards)
{
	ULONG at = sizeof(*request), i;

	PAGED_CODE();

	*characters = *wildcards = 0;
	if (bytes < sizeof(*request) || bytes > VIGIL_RULES_BYTES_MAX || request->keep > 1 ||
	    request->unknown > VIGIL_VERDICT_ALLOW)
		return STATUS_INVALID_PARAMETER;
	if (request->head.version != VIGIL_CONTROL_VERSION)
		return STATUS_REVISION_MISMATCH;
	if (request->head.size != bytes)
		return STATUS_INVALID_PARAMETER;
	for (i = 0; i < request->count; i++) {
		struct vigil_control_rule head;

		if (!CheckRule((const UCHAR *)request + at, bytes - at, &head))
			return STATUS_INVALID_PARAMETER;
		*characters += (head.pattern_bytes + head.parent_bytes) / sizeof(WCHAR);
		*wildcards += head.kind == VIGIL_RULE_WILDCARD;
		at += head.size;
	}
	if (at != bytes || *wildcards > VIGIL_RULES_WILDCARDS_MAX)
		return STATUS_INVALID_PARAMETER;
	return STATUS_SUCCESS;
}

/* Allocates the set in one block of memory. */
VIGIL_PAGE
static struct rule_set *Allocate(_In_ ULONG count, _In_ ULONG characters, _In_ ULONG wildcards,
				 _In_ ULONG bytes, _Out_ PWCHAR *patterns)
{
	ULONG buckets = 16;
	struct rule_set *set;
	SIZE_T size;
	PUCHAR at;

	PAGED_CODE();

	while (buckets < count)
		buckets *= 2;
	size = ALIGN8(sizeof(*set)) + ALIGN8(count * sizeof(struct rule)) +
	       ALIGN8(buckets * sizeof(ULONG)) + ALIGN8(wildcards * sizeof(ULONG)) +
	       BITMAP_LONGS * sizeof(ULONG) + ALIGN8(bytes) + characters * sizeof(WCHAR);
	at = PoolPaged(size, TAG_RULES);
	if (at == NULL)
		return NULL;
	set = (struct rule_set *)at;
	at += ALIGN8(sizeof(*set));
	set->rule = (struct rule *)at;
	at += ALIGN8(count * sizeof(struct rule));
	set->bucket = (ULONG *)at;
	at += ALIGN8(buckets * sizeof(ULONG));
	set->wildcard = (ULONG *)at;
	at += ALIGN8(wildcards * sizeof(ULONG));
	set->prefix_lengths = (ULONG *)at;
	at += BITMAP_LONGS * sizeof(ULONG);
	set->request = (struct vigil_control_rules *)at;
	at += ALIGN8(bytes);
	*patterns = (PWCHAR)at;
	set->buckets = buckets;
	set->count = count;
	set->references = 1;
	set->request_bytes = bytes;
	return set;
}

/* Copies `length` characters in upper case into the memory of the set. */
VIGIL_PAGE
static PCWSTR Upcase(_In_reads_(length) const WCHAR *from, _In_ ULONG length,
		     _Inout_ PWCHAR *patterns)
{
	PWCHAR to = *patterns;
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < length; i++)
		to[i] = RtlUpcaseUnicodeChar(from[i]);
	*patterns += length;
	return to;
}

VIGIL_PAGE
static BOOLEAN SameBytes(_In_reads_bytes_(bytes) const VOID *one,
			 _In_reads_bytes_(bytes) const VOID *other, _In_ ULONG bytes)
{
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < bytes && ((const UCHAR *)one)[i] == ((const UCHAR *)other)[i]; i++)
		;
	return i == bytes;
}

/* The rule that counts the hits of rule `number`: an earlier one with the same id, or
 * itself. */
VIGIL_PAGE
static ULONG CountedAt(_In_ const struct rule_set *set, _In_ ULONG number)
{
	const struct rule *rule = &set->rule[number];

	PAGED_CODE();

	if (number == 0 || rule->id_length != rule[-1].id_length ||
	    !SameBytes(rule->id, rule[-1].id, rule->id_length * (ULONG)sizeof(WCHAR)))
		return number;
	return rule[-1].counted_at;
}

/* Reads rule `number` from the stored request. */
VIGIL_PAGE
static VOID ReadRule(_Inout_ struct rule_set *set, _In_ ULONG number, _In_ ULONG at,
		     _Inout_ PWCHAR *patterns)
{
	const struct vigil_control_rule *head = (const PVOID)((PUCHAR)set->request + at);
	struct rule *rule = &set->rule[number];
	const WCHAR *from;

	PAGED_CODE();

	rule->kind = head->kind;
	rule->verdict = head->verdict;
	rule->id = (PCWSTR)(head + 1);
	rule->id_length = head->id_bytes / sizeof(WCHAR);
	rule->request_at = at;
	rule->length = head->pattern_bytes / sizeof(WCHAR);
	rule->next = RULE_NONE;
	from = rule->id + rule->id_length;
	rule->pattern = Upcase(from, rule->length, patterns);
	from += rule->length;
	rule->parent_kind = (UINT16)(head->parent_kind & ~VIGIL_RULE_ANCESTOR);
	rule->ancestor = (head->parent_kind & VIGIL_RULE_ANCESTOR) != 0;
	set->ancestors |= rule->ancestor;
	rule->parent_length = head->parent_bytes / sizeof(WCHAR);
	rule->parent = Upcase(from, rule->parent_length, patterns);
	rule->user_length = head->user_bytes;
	rule->user = (const UCHAR *)(from + rule->parent_length);
	rule->counted_at = CountedAt(set, number);
	set->parents |= rule->parent_length != 0;
	if (rule->kind == VIGIL_RULE_WILDCARD)
		set->wildcard[set->wildcards++] = number;
	else if (rule->kind == VIGIL_RULE_PREFIX)
		set->prefix_lengths[rule->length / 32] |= 1u << (rule->length % 32);
	rule->hash = HashRule(rule);
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS RuleSetRead(const struct vigil_control_rules *request, ULONG bytes,
		     struct rule_set **result)
{
	ULONG characters, wildcards, at = sizeof(*request), i;
	struct rule_set *set;
	PWCHAR patterns;
	NTSTATUS status;

	PAGED_CODE();

	*result = NULL;
	status = CheckRequest(request, bytes, &characters, &wildcards);
	if (!NT_SUCCESS(status))
		return status;
	set = Allocate(request->count, characters, wildcards, bytes, &patterns);
	if (set == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	RtlCopyMemory(set->request, request, bytes);
	set->unknown = request->unknown != 0 ? request->unknown : VIGIL_VERDICT_DENY;
	for (i = 0; i < set->buckets; i++)
		set->bucket[i] = RULE_NONE;
	for (i = 0; i < set->count; i++) {
		ReadRule(set, i, at, &patterns);
		at += ((const struct vigil_control_rule *)((PUCHAR)set->request + at))->size;
	}
	/* From the last to the first, so that the first of equal rules is found first. */
	for (i = set->count; i-- > 0;) {
		ULONG *bucket = &set->bucket[set->rule[i].hash & (set->buckets - 1)];

		if (set->rule[i].kind == VIGIL_RULE_WILDCARD)
			continue;
		set->rule[i].next = *bucket;
		*bucket = i;
	}
	*result = set;
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RuleSetFree(struct rule_set *set)
{
	PAGED_CODE();

	ExFreePoolWithTag(set, TAG_RULES);
}

/* -- searching ---------------------------------------------------------------- */

enum fit {
	FIT_NO,
	FIT_MAYBE, /* a fact is unknown */
	FIT_YES
};

/* A path during the search; characters are converted to upper case when read. */
struct search {
	const struct rule_set *set;
	const struct rule_subject *subject;
	PCWSTR path;
	ULONG length;
	struct rule_finding *finding;
};

static WCHAR At(_In_ const struct search *search, _In_ ULONG i)
{
	return RtlUpcaseUnicodeChar(search->path[i]);
}

/* Matches * and ? over the whole text. Only the last star backtracks, so the time is
 * limited. */
VIGIL_PAGE
static BOOLEAN WildcardMatches(_In_reads_(length) PCWSTR pattern, _In_ ULONG length,
			       _In_reads_(text_length) PCWSTR text, _In_ ULONG text_length)
{
	ULONG p = 0, s = 0, star = RULE_NONE, mark = 0;

	PAGED_CODE();

	while (s < text_length) {
		if (p < length && pattern[p] == L'*') {
			star = p++;
			mark = s;
		} else if (p < length &&
			   (pattern[p] == L'?' || pattern[p] == RtlUpcaseUnicodeChar(text[s]))) {
			p++;
			s++;
		} else if (star != RULE_NONE) {
			p = star + 1;
			s = ++mark;
		} else {
			return FALSE;
		}
	}
	while (p < length && pattern[p] == L'*')
		p++;
	return p == length;
}

/* Whether this image matches the parent of the rule. */
VIGIL_PAGE
static BOOLEAN ParentFits(_In_ const struct rule *rule, _In_ PCUNICODE_STRING image)
{
	ULONG length = image->Length / sizeof(WCHAR), from = 0, i;

	PAGED_CODE();

	if (image->Buffer == NULL || length == 0)
		return FALSE;
	if (rule->parent_kind == VIGIL_RULE_WILDCARD)
		return WildcardMatches(rule->parent, rule->parent_length, image->Buffer, length);
	if (rule->parent_kind == VIGIL_RULE_NAME)
		for (i = 0; i < length; i++)
			if (image->Buffer[i] == L'\\')
				from = i + 1;
	if (length - from != rule->parent_length)
		return FALSE;
	for (i = 0; i < rule->parent_length; i++)
		if (rule->parent[i] != RtlUpcaseUnicodeChar(image->Buffer[from + i]))
			return FALSE;
	return TRUE;
}

/* parent= uses the nearest images, ancestor= all. */
VIGIL_PAGE
static enum fit ImagesFit(_In_ const struct rule *rule, _In_ const struct rule_subject *subject)
{
	ULONG count = rule->ancestor ? subject->images : subject->nearest, i;
	BOOLEAN known = !rule->ancestor || subject->complete;

	PAGED_CODE();

	for (i = 0; i < count; i++) {
		if (ParentFits(rule, &subject->image[i]))
			return FIT_YES;
		if (subject->image[i].Length == 0)
			known = FALSE;
	}
	return known && count != 0 ? FIT_NO : FIT_MAYBE;
}

VIGIL_PAGE
static enum fit CallerFits(_In_ const struct rule *rule, _In_ const struct rule_subject *subject)
{
	enum fit user = FIT_YES, images = FIT_YES;

	PAGED_CODE();

	if (rule->user_length != 0 && subject->user_length == 0)
		user = FIT_MAYBE;
	else if (rule->user_length != 0 &&
		 (rule->user_length != subject->user_length ||
		  !SameBytes(rule->user, subject->user, rule->user_length)))
		return FIT_NO;
	if (rule->parent_length != 0)
		images = ImagesFit(rule, subject);
	return images < user ? images : user;
}

/* Evaluates a rule whose pattern matches the path, or (sure: FALSE) may match it. */
VIGIL_PAGE
static VOID Note(_Inout_ struct search *search, _In_ ULONG number, _In_ BOOLEAN sure)
{
	const struct rule *rule = &search->set->rule[number];
	struct rule_finding *finding = search->finding;
	enum fit fit;

	PAGED_CODE();

	/* Unknown facts, and names chosen by the caller, never match a rule that allows. */
	if (rule->verdict == VIGIL_VERDICT_ALLOW && (!sure || search->subject->chosen))
		return;
	fit = CallerFits(rule, search->subject);
	if (fit == FIT_YES && sure) {
		if (number < finding->matched)
			finding->matched = number;
	} else if (fit != FIT_NO && rule->verdict == VIGIL_VERDICT_DENY) {
		if (number < finding->may_deny)
			finding->may_deny = number;
	} else if (fit != FIT_NO && rule->verdict == VIGIL_VERDICT_AUDIT) {
		if (number < finding->may_audit)
			finding->may_audit = number;
	}
}

/* Searches for a rule of this kind and hash whose pattern is the `length` characters
 * from `begin`. */
VIGIL_PAGE
static VOID LookUp(_Inout_ struct search *search, _In_ UINT16 kind, _In_ ULONG hash,
		   _In_ ULONG begin, _In_ ULONG length)
{
	const struct rule_set *set = search->set;
	ULONG number, i;

	PAGED_CODE();

	/* Numbers increase in a bucket: none after the best one is better. */
	for (number = set->bucket[hash & (set->buckets - 1)]; number < search->finding->matched;
	     number = set->rule[number].next) {
		const struct rule *rule = &set->rule[number];

		if (rule->hash != hash || rule->kind != kind || rule->length != length)
			continue;
		for (i = 0; i < length && rule->pattern[i] == At(search, begin + i); i++)
			;
		if (i == length)
			Note(search, number, TRUE);
	}
}

/* Exact path and prefixes, and the file's own name from the last \ on. */
VIGIL_PAGE
static VOID SearchHashes(_Inout_ struct search *search)
{
	ULONG exact = HashBegin(VIGIL_RULE_EXACT), prefix = HashBegin(VIGIL_RULE_PREFIX);
	ULONG name = HashBegin(VIGIL_RULE_NAME), name_at = 0, i;

	PAGED_CODE();

	for (i = 0; i < search->length; i++) {
		WCHAR c = At(search, i);

		exact = HashAdd(exact, c);
		prefix = HashAdd(prefix, c);
		name = HashAdd(name, c);
		if (c == L'\\') {
			name = HashBegin(VIGIL_RULE_NAME);
			name_at = i + 1;
		}
		if (BitTest32(search->set->prefix_lengths, i + 1))
			LookUp(search, VIGIL_RULE_PREFIX, prefix, 0, i + 1);
	}
	LookUp(search, VIGIL_RULE_EXACT, exact, 0, search->length);
	LookUp(search, VIGIL_RULE_NAME, name, name_at, search->length - name_at);
}

VIGIL_PAGE
static VOID SearchWildcards(_Inout_ struct search *search)
{
	const struct rule_set *set = search->set;
	ULONG i;

	PAGED_CODE();

	for (i = 0; i < set->wildcards && set->wildcard[i] < search->finding->matched; i++) {
		const struct rule *rule = &set->rule[set->wildcard[i]];

		if (WildcardMatches(rule->pattern, rule->length, search->path, search->length))
			Note(search, set->wildcard[i], TRUE);
	}
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RuleSetFind(const struct rule_set *set, const struct rule_subject *subject,
		 struct rule_finding *finding)
{
	struct search search;
	ULONG i;

	PAGED_CODE();

	finding->matched = finding->may_deny = finding->may_audit = RULE_NONE;
	search.set = set;
	search.subject = subject;
	search.path = subject->path.Buffer;
	search.length = search.path != NULL ? subject->path.Length / sizeof(WCHAR) : 0;
	search.finding = finding;
	if (search.length != 0 && search.length < LENGTHS) {
		SearchHashes(&search);
		SearchWildcards(&search);
	}
	for (i = 0; !subject->whole && i < set->count && i < finding->matched; i++)
		Note(&search, i, FALSE);
}
