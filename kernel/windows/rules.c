/* SPDX-License-Identifier: MIT */
/* rules.c - which processes may not start: the set in force. */
#include "rules.h"

#include "identity.h"
#include "pooltags.h"
#include "record.h"
#include "routines.h"
#include "ruleset.h"
#include "settings.h"

#define REGISTRY_VALUE L"Rules"

static struct {
	FAST_MUTEX lock;                         /* a set is paged: no spin lock */
	_Guarded_by_(lock) struct rule_set *set; /* NULL: no rules */
	volatile LONG audited, denied;
} rules;

/* Puts a set in force; NULL for none. Takes over the caller's reference. */
_IRQL_requires_max_(APC_LEVEL)
static struct rule_set *Swap(_In_opt_ struct rule_set *set)
{
	struct rule_set *old;

	ExAcquireFastMutex(&rules.lock);
	old = rules.set;
	rules.set = set;
	ExReleaseFastMutex(&rules.lock);
	return old;
}

static struct rule_set *Acquire(VOID)
{
	struct rule_set *set;

	ExAcquireFastMutex(&rules.lock);
	set = rules.set;
	if (set != NULL)
		InterlockedIncrement(&set->references);
	ExReleaseFastMutex(&rules.lock);
	return set;
}

_IRQL_requires_max_(APC_LEVEL)
static VOID Release(_In_opt_ struct rule_set *set)
{
	if (set != NULL && InterlockedDecrement(&set->references) == 0)
		RuleSetFree(set);
}

_Use_decl_annotations_
VIGIL_INIT
VOID RulesStart(VOID)
{
	PVOID memory, value;
	struct rule_set *set = NULL;
	NTSTATUS status;
	ULONG bytes;

	RtlZeroMemory(&rules, sizeof(rules));
	ExInitializeFastMutex(&rules.lock);
	status = SettingsLoadBinary(REGISTRY_VALUE, VIGIL_RULES_BYTES_MAX, &memory, &value, &bytes);
	if (status == STATUS_OBJECT_NAME_NOT_FOUND)
		return;
	if (NT_SUCCESS(status)) {
		/* The value lies behind a head of 12 bytes: not aligned for its structs. */
		RtlMoveMemory(memory, value, bytes);
		status = RuleSetRead(memory, bytes, &set);
		ExFreePoolWithTag(memory, TAG_SETTINGS);
	}
	if (NT_SUCCESS(status))
		(VOID) Swap(set);
	else
		RecordStatus(VIGIL_STATUS_WARNING, L"The rules in the registry cannot be used");
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RulesStop(VOID)
{
	PAGED_CODE();

	Release(Swap(NULL));
}

/* The creator's spelling, without what leads into the root of all devices. */
VIGIL_PAGE
static VOID Strip(_In_opt_ PCUNICODE_STRING spelled, _Out_ PUNICODE_STRING plain)
{
	static const WCHAR lead[] = { L'\\', L'?', L'?', L'\\' };
	USHORT i;

	PAGED_CODE();

	RtlZeroMemory(plain, sizeof(*plain));
	if (spelled == NULL || spelled->Buffer == NULL)
		return;
	*plain = *spelled;
	if (spelled->Length < sizeof(lead))
		return;
	for (i = 0; i < RTL_NUMBER_OF(lead); i++)
		if (spelled->Buffer[i] != lead[i])
			return;
	plain->Buffer += RTL_NUMBER_OF(lead);
	plain->Length = (USHORT)(plain->Length - sizeof(lead));
}

/* What the processes that have to do with the start run. `names` is what holds
 * it; without memory for it rules that ask for a parent do not match. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID FindParents(_In_ const struct start *start, _Out_ PVOID *names,
			_Inout_ struct rule_caller *caller)
{
	PUCHAR memory = PoolPaged(2 * IDENTITY_IMAGE_BYTES, TAG_RULES);

	PAGED_CODE();

	*names = memory;
	if (memory == NULL)
		return;
	IdentityImage(start->creator, memory, &caller->parent[0]);
	if (start->parent != start->creator)
		IdentityImage(start->parent, memory + IDENTITY_IMAGE_BYTES, &caller->parent[1]);
}

/* The first rule of the set that fits; RULE_NONE. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static ULONG Find(_In_ const struct rule_set *set, _In_ const struct start *start)
{
	struct rule_caller caller;
	UNICODE_STRING plain;
	PVOID names = NULL;
	ULONG one, other;

	PAGED_CODE();

	RtlZeroMemory(&caller, sizeof(caller));
	caller.user = start->user;
	caller.user_length = start->user_length;
	if (set->parents)
		FindParents(start, &names, &caller);
	one = RuleSetFind(set, start->path, &caller);
	Strip(start->spelled, &plain);
	other = RuleSetFind(set, &plain, &caller);
	if (names != NULL)
		ExFreePoolWithTag(names, TAG_RULES);
	return other < one ? other : one;
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RulesJudge(const struct start *start, struct judgement *judgement)
{
	struct rule_set *set = Acquire();
	struct rule *rule;
	ULONG number, hits;

	PAGED_CODE();

	RtlZeroMemory(judgement, sizeof(*judgement));
	if (set == NULL)
		return;
	number = Find(set, start);
	if (number == RULE_NONE) {
		Release(set);
		return;
	}
	rule = &set->rule[number];
	hits = (ULONG)InterlockedIncrement(&set->rule[rule->counted_at].hits);
	if (rule->verdict == VIGIL_VERDICT_ALLOW) {
		Release(set);
		return;
	}
	judgement->set = set;
	judgement->verdict = rule->verdict;
	judgement->id.Buffer = (PWCH)(ULONG_PTR)rule->id;
	judgement->id.Length = (USHORT)(rule->id_length * sizeof(WCHAR));
	judgement->id.MaximumLength = judgement->id.Length;
	judgement->hits = hits;
	InterlockedIncrement(rule->verdict == VIGIL_VERDICT_DENY ? &rules.denied : &rules.audited);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RulesRelease(struct judgement *judgement)
{
	PAGED_CODE();

	Release(judgement->set);
	judgement->set = NULL;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS RulesSet(const struct vigil_control_rules *request, ULONG bytes)
{
	struct rule_set *set;
	NTSTATUS status;

	PAGED_CODE();

	status = RuleSetRead(request, bytes, &set);
	if (!NT_SUCCESS(status))
		return status;
	/* What cannot be kept is not put in force: the next start would differ. */
	if (request->keep != 0)
		status = set->count != 0 ? SettingsSaveBinary(REGISTRY_VALUE, request, bytes)
					 : SettingsRemove(REGISTRY_VALUE);
	if (!NT_SUCCESS(status)) {
		RuleSetFree(set);
		return status;
	}
	if (set->count == 0) {
		RuleSetFree(set);
		set = NULL;
	}
	Release(Swap(set));
	RecordStatus(VIGIL_STATUS_CHANGED, L"rules");
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VIGIL_PAGE
NTSTATUS RulesTell(struct vigil_control_rules *reply, ULONG room, ULONG *written)
{
	struct rule_set *set = Acquire();
	ULONG needed = set != NULL ? set->request_bytes : sizeof(*reply), i;

	PAGED_CODE();

	*written = sizeof(*reply);
	RtlZeroMemory(reply, sizeof(*reply));
	if (set != NULL && room >= needed) {
		RtlCopyMemory(reply, set->request, needed);
		for (i = 0; i < set->count; i++) {
			struct vigil_control_rule *rule =
			    (PVOID)((PUCHAR)reply + set->rule[i].request_at);
			rule->hits = (ULONG)LoadAcquire(&set->rule[set->rule[i].counted_at].hits);
		}
		*written = needed;
	}
	reply->head.version = VIGIL_CONTROL_VERSION;
	reply->head.size = needed;
	reply->count = set != NULL ? set->count : 0;
	reply->keep = 0;
	Release(set);
	return STATUS_SUCCESS;
}

_Use_decl_annotations_
VOID RulesCount(UINT32 *count, UINT64 *audited, UINT64 *denied)
{
	ExAcquireFastMutex(&rules.lock);
	*count = rules.set != NULL ? rules.set->count : 0;
	ExReleaseFastMutex(&rules.lock);
	*audited = (ULONG)LoadAcquire(&rules.audited);
	*denied = (ULONG)LoadAcquire(&rules.denied);
}
