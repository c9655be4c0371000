/* SPDX-License-Identifier: MIT */
/* rules.c - which processes must not start: the set in force. */
#include "rules.h"

#include "identity.h"
#include "pooltags.h"
#include "processes.h"
#include "record.h"
#include "routines.h"
#include "ruleset.h"
#include "settings.h"

#define REGISTRY_VALUE L"Rules"
#define SYSTEM_PID     4u

static struct {
	FAST_MUTEX lock; /* a set is in paged pool, so this is not a spin lock */
	_Guarded_by_(lock) struct rule_set *set; /* NULL: no rules */
	volatile LONG present; /* whether there is a set: changed under the lock */
	volatile LONG audited, denied;
	volatile LONG unnamed; /* starts judged without knowing the path */
} rules;

/* Puts a set in force; NULL: none. Takes ownership of the caller's reference. */
_IRQL_requires_max_(APC_LEVEL)
static struct rule_set *Swap(_In_opt_ struct rule_set *set)
{
	struct rule_set *old;

	ExAcquireFastMutex(&rules.lock);
	old = rules.set;
	rules.set = set;
	StoreRelease(&rules.present, set != NULL);
	ExReleaseFastMutex(&rules.lock);
	return old;
}

/* Without rules the mutex is not acquired: every start of a process passes here. */
_IRQL_requires_max_(APC_LEVEL)
static struct rule_set *Acquire(VOID)
{
	struct rule_set *set;

	if (LoadAcquire(&rules.present) == 0)
		return NULL;
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
		/* The value follows a head of 12 bytes, so it is not aligned for its structs. */
		RtlMoveMemory(memory, value, bytes);
		status = RuleSetRead(memory, bytes, &set);
		ExFreePoolWithTag(memory, TAG_SETTINGS);
	}
	if (!NT_SUCCESS(status)) {
		RecordStatus(VIGIL_STATUS_WARNING, L"The rules in the registry cannot be used");
		return;
	}
	if (set->count != 0 && SettingGet(VIGIL_SETTING_FILTER_NAMES) == 0) {
		SettingForce(VIGIL_SETTING_FILTER_NAMES, 1);
		RecordStatus(VIGIL_STATUS_WARNING,
			     L"FilterNames is on although the registry has 0: rules need it");
	}
	(VOID) Swap(set);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RulesStop(VOID)
{
	PAGED_CODE();

	Release(Swap(NULL));
}

/* The creator's spelling, without the prefix for the device namespace. */
VIGIL_PAGE
static VOID Strip(_In_opt_ PCUNICODE_STRING spelled, _Out_ PUNICODE_STRING plain)
{
	static const WCHAR lead[] = { L'\\', L'?', L'?', L'\\' };
	ULONG i;

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

/* The images of the processes above a start, and the memory that holds them. */
struct line {
	UNICODE_STRING image[RULE_IMAGES_MAX];
	ULONG images, nearest;
	BOOLEAN complete;
	PUCHAR memory; /* LINE_BYTES, of which `used` hold names */
	ULONG used;
};

#define LINE_BYTES 65536u

/* As IdentityImage, for a PID. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static PUNICODE_STRING ImageOf(_In_ UINT32 pid)
{
	PUNICODE_STRING image;
	PEPROCESS process;

	PAGED_CODE();

	if (!NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)pid, &process)))
		return NULL;
	image = IdentityImage(process);
	ObDereferenceObject(process);
	return image;
}

/* Adds an image; unknown if it cannot be queried or there is no space. FALSE: too many. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static BOOLEAN AddImage(_Inout_ struct line *line, _In_ UINT32 pid)
{
	UNICODE_STRING *image;
	PUNICODE_STRING name;

	PAGED_CODE();

	if (line->images == RULE_IMAGES_MAX)
		return FALSE;
	image = &line->image[line->images++];
	RtlInitUnicodeString(image, pid == SYSTEM_PID ? L"System" : NULL);
	if (pid == SYSTEM_PID)
		return TRUE;
	name = ImageOf(pid);
	if (name == NULL)
		return TRUE;
	if (name->Length <= LINE_BYTES - line->used) {
		image->Buffer = (PWCH)(line->memory + line->used);
		image->Length = image->MaximumLength = name->Length;
		RtlCopyMemory(image->Buffer, name->Buffer, name->Length);
		line->used += ((ULONG)name->Length + 1u) & ~1u;
	}
	ExFreePool(name);
	return TRUE;
}

/* Whether that process is still running: then the PID still belongs to it. */
static BOOLEAN Lives(_In_ const struct vigil_id *id)
{
	return id->pid > SYSTEM_PID && id->start_key != 0 &&
	       ProcessesStartKey(id->pid) == id->start_key;
}

/*
 * The ancestors of one process. Windows keeps the PID of a parent that has ended, but not
 * its ancestors: the chain ends there, as it does at System.
 */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static BOOLEAN AddAbove(_Inout_ struct line *line, _In_ UINT32 pid)
{
	struct process_state state;

	PAGED_CODE();

	while (ProcessesFind(pid, &state) && Lives(&state.parent)) {
		if (!AddImage(line, state.parent.pid))
			return FALSE;
		pid = state.parent.pid;
	}
	return TRUE;
}

/* Without memory all ancestors are unknown. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID FindLine(_In_ const struct start *start, _In_ BOOLEAN ancestors,
		     _Inout_ struct line *line)
{
	PAGED_CODE();

	line->memory = PoolPaged(LINE_BYTES, TAG_RULES);
	if (line->memory == NULL)
		return;
	(VOID) AddImage(line, start->creator);
	if (start->parent != start->creator)
		(VOID) AddImage(line, start->parent);
	line->nearest = line->images;
	line->complete =
	    !ancestors || (AddAbove(line, start->creator) &&
			   (start->parent == start->creator || AddAbove(line, start->parent)));
}

static ULONG First(_In_ ULONG one, _In_ ULONG other)
{
	return one < other ? one : other;
}

/* Matches the known name, and the creator's spelling, which cannot match a rule that
 * allows. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VIGIL_PAGE
static VOID Find(_In_ const struct rule_set *set, _In_ const struct start *start,
		 _Out_ struct rule_finding *finding)
{
	struct rule_subject subject;
	struct rule_finding spelled;
	struct line line;

	PAGED_CODE();

	RtlZeroMemory(&subject, sizeof(subject));
	RtlZeroMemory(&line, sizeof(line));
	if (set->parents)
		FindLine(start, set->ancestors, &line);
	subject.path = *start->path;
	subject.whole = start->path->Length != 0 && start->known;
	subject.chosen = start->chosen;
	subject.user = start->user;
	subject.user_length = start->user_length;
	subject.image = line.image;
	subject.images = line.images;
	subject.nearest = line.nearest;
	subject.complete = line.complete;
	RuleSetFind(set, &subject, finding);
	Strip(start->spelled, &subject.path);
	subject.whole = TRUE; /* the other subject has the unknown facts */
	subject.chosen = TRUE;
	RuleSetFind(set, &subject, &spelled);
	finding->matched = First(finding->matched, spelled.matched);
	finding->may_deny = First(finding->may_deny, spelled.may_deny);
	finding->may_audit = First(finding->may_audit, spelled.may_audit);
	if (line.memory != NULL)
		ExFreePoolWithTag(line.memory, TAG_RULES);
}

/* The verdict for rules that may match, if it is stricter than that of the rule that does
 * match; otherwise 0. */
static UINT32 Unknown(_In_ const struct rule_set *set, _In_ const struct rule_finding *finding)
{
	UINT32 known = finding->matched == RULE_NONE ? (UINT32)VIGIL_VERDICT_ALLOW
						     : set->rule[finding->matched].verdict;
	UINT32 verdict = set->unknown;

	if (finding->may_deny >= finding->matched && finding->may_audit >= finding->matched)
		return 0;
	if (finding->may_deny >= finding->matched && verdict == VIGIL_VERDICT_DENY)
		verdict = VIGIL_VERDICT_AUDIT;
	if (verdict == VIGIL_VERDICT_ALLOW || known == VIGIL_VERDICT_DENY ||
	    (known == VIGIL_VERDICT_AUDIT && verdict == VIGIL_VERDICT_AUDIT))
		return 0;
	return verdict;
}

/* Takes ownership of the caller's reference to the set. */
VIGIL_PAGE
static VOID Decide(_In_ struct rule_set *set, _In_ UINT32 verdict, _In_ PCWSTR id,
		   _In_ ULONG id_length, _In_ LONG hits, _Out_ struct judgement *judgement)
{
	PAGED_CODE();

	judgement->set = set;
	judgement->verdict = verdict;
	judgement->id.Buffer = (PWCH)(ULONG_PTR)id;
	judgement->id.Length = (USHORT)(id_length * sizeof(WCHAR));
	judgement->id.MaximumLength = judgement->id.Length;
	judgement->hits = (ULONG)hits;
	InterlockedIncrement(verdict == VIGIL_VERDICT_DENY ? &rules.denied : &rules.audited);
}

_Use_decl_annotations_
VIGIL_PAGE
VOID RulesJudge(const struct start *start, struct judgement *judgement)
{
	static const WCHAR unknown_id[] = { L'u', L'n', L'k', L'n', L'o', L'w', L'n' };
	struct rule_set *set = Acquire();
	struct rule_finding finding;
	struct rule *rule;
	UINT32 unknown;
	LONG hits;

	PAGED_CODE();

	RtlZeroMemory(judgement, sizeof(*judgement));
	if (set == NULL)
		return;
	if (start->path->Length == 0 || !start->known)
		InterlockedIncrement(&rules.unnamed);
	Find(set, start, &finding);
	unknown = Unknown(set, &finding);
	if (unknown != 0) {
		Decide(set, unknown, unknown_id, RTL_NUMBER_OF(unknown_id),
		       InterlockedIncrement(&set->unknown_hits), judgement);
		return;
	}
	if (finding.matched == RULE_NONE) {
		Release(set);
		return;
	}
	rule = &set->rule[finding.matched];
	hits = InterlockedIncrement(&set->rule[rule->counted_at].hits);
	if (rule->verdict == VIGIL_VERDICT_ALLOW) {
		Release(set);
		return;
	}
	Decide(set, rule->verdict, rule->id, rule->id_length, hits, judgement);
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
	/* Without the filter manager's names a path has many spellings. */
	if (set->count != 0 && SettingGet(VIGIL_SETTING_FILTER_NAMES) == 0)
		status = STATUS_INVALID_DEVICE_STATE;
	/* A set that cannot be stored is not put in force: the next start would differ. */
	if (NT_SUCCESS(status) && request->keep != 0)
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
NTSTATUS RulesQuery(struct vigil_control_rules *reply, ULONG room, ULONG *written)
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
VOID RulesCount(struct vigil_driver_statistics *reply)
{
	ExAcquireFastMutex(&rules.lock);
	reply->rules = rules.set != NULL ? rules.set->count : 0;
	ExReleaseFastMutex(&rules.lock);
	reply->audited = (ULONG)LoadAcquire(&rules.audited);
	reply->denied = (ULONG)LoadAcquire(&rules.denied);
	reply->unnamed_starts = (ULONG)LoadAcquire(&rules.unnamed);
}

_Use_decl_annotations_
BOOLEAN RulesLoaded(VOID)
{
	BOOLEAN loaded;

	ExAcquireFastMutex(&rules.lock);
	loaded = rules.set != NULL && rules.set->count != 0;
	ExReleaseFastMutex(&rules.lock);
	return loaded;
}
