/* SPDX-License-Identifier: MIT */
/*
 * security.c - SIDs, access control lists, tokens. A device's list, from SDDL or
 * set by the driver, decides who opens it ([MS-DTYP] 2.5.1, 2.5.3.2).
 */
#include "sim.h"

static UCHAR world[SECURITY_MAX_SID_SIZE], local_system[SECURITY_MAX_SID_SIZE],
    admins[SECURITY_MAX_SID_SIZE], users[SECURITY_MAX_SID_SIZE];
static SE_EXPORTS exports = { world, local_system, admins, users };
PSE_EXPORTS SeExports = &exports;
static ULONG next_luid;

/* ---- SIDs ---- */

/* From "S-1-5-32-544"; stops at the first character that is no part of it. */
static const char *parse_sid(const char *text, UCHAR *buffer)
{
	SID *sid = (void *)buffer;
	PULONG sub = sid->SubAuthority;
	char *end;

	memset(buffer, 0, SECURITY_MAX_SID_SIZE);
	if (strncmp(text, "S-1-", 4) != 0)
		return NULL;
	sid->Revision = 1;
	sid->IdentifierAuthority.Value[5] = (UCHAR)strtoul(text + 4, &end, 10);
	while (*end == '-' && sid->SubAuthorityCount < SID_MAX_SUB_AUTHORITIES)
		sub[sid->SubAuthorityCount++] = (ULONG)strtoul(end + 1, &end, 10);
	return end;
}

BOOLEAN RtlValidSid(PSID sid)
{
	const SID *s = sid;

	return s && s->Revision == 1 && s->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

ULONG RtlLengthRequiredSid(ULONG count)
{
	return 8 + 4 * count;
}

ULONG RtlLengthSid(PSID sid)
{
	return RtlLengthRequiredSid(((SID *)sid)->SubAuthorityCount);
}

NTSTATUS RtlInitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, UCHAR count)
{
	SID *s = sid;

	if (count > SID_MAX_SUB_AUTHORITIES)
		return STATUS_INVALID_PARAMETER;
	s->Revision = 1;
	s->SubAuthorityCount = count;
	s->IdentifierAuthority = *authority;
	return STATUS_SUCCESS;
}

PULONG RtlSubAuthoritySid(PSID sid, ULONG index)
{
	PULONG sub = ((SID *)sid)->SubAuthority;

	return &sub[index];
}

PUCHAR RtlSubAuthorityCountSid(PSID sid)
{
	return &((SID *)sid)->SubAuthorityCount;
}

static bool same_sid(const void *a, const void *b)
{
	const SID *x = a, *y = b;

	return x->SubAuthorityCount == y->SubAuthorityCount &&
	       memcmp(a, b, RtlLengthRequiredSid(x->SubAuthorityCount)) == 0;
}

BOOLEAN RtlEqualSid(PSID a, PSID b)
{
	return same_sid(a, b);
}

NTSTATUS RtlCopySid(ULONG size, PSID destination, PSID source)
{
	if (size < RtlLengthSid(source))
		return STATUS_BUFFER_TOO_SMALL;
	memcpy(destination, source, RtlLengthSid(source));
	return STATUS_SUCCESS;
}

NTSTATUS RtlConvertSidToUnicodeString(PUNICODE_STRING s, PSID sid, BOOLEAN allocate)
{
	const SID *in = sid;
	char text[200];
	size_t used;

	need_irql("RtlConvertSidToUnicodeString", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (!RtlValidSid(sid))
		return STATUS_INVALID_SID;
	used = (size_t)snprintf(text, sizeof(text), "S-1-%u", in->IdentifierAuthority.Value[5]);
	for (UCHAR i = 0; i < in->SubAuthorityCount; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "-%u",
					 *RtlSubAuthoritySid(sid, i));
	if (allocate) {
		if (fault("RtlConvertSidToUnicodeString"))
			return STATUS_NO_MEMORY;
		s->MaximumLength = (USHORT)((used + 1) * sizeof(WCHAR));
		s->Buffer = pool_special(s->MaximumLength, true, 0x67727453, "SID text");
	}
	if (s->MaximumLength < (used + 1) * sizeof(WCHAR))
		return STATUS_BUFFER_OVERFLOW;
	for (size_t i = 0; i <= used; i++)
		s->Buffer[i] = (WCHAR)text[i];
	s->Length = (USHORT)(used * sizeof(WCHAR));
	return STATUS_SUCCESS;
}

/* ---- lists ---- */

NTSTATUS RtlCreateAcl(PACL acl, ULONG size, ULONG revision)
{
	if (size < sizeof(*acl) || size > 0xffff || revision != ACL_REVISION)
		return STATUS_INVALID_PARAMETER;
	*acl = (ACL){ .AclRevision = ACL_REVISION, .AclSize = (USHORT)size };
	return STATUS_SUCCESS;
}

static PACCESS_ALLOWED_ACE next_ace(PACL acl, ULONG index)
{
	UCHAR *at = (UCHAR *)(acl + 1);

	while (index--)
		at += ((PACE_HEADER)(void *)at)->AceSize;
	return (void *)at;
}

static NTSTATUS add_ace(PACL acl, UCHAR type, ACCESS_MASK mask, PSID sid)
{
	PACCESS_ALLOWED_ACE ace = next_ace(acl, acl->AceCount);
	ULONG size = 8 + RtlLengthSid(sid);

	if ((UCHAR *)ace + size > (UCHAR *)acl + acl->AclSize)
		return STATUS_BUFFER_TOO_SMALL;
	ace->Header = (ACE_HEADER){ type, 0, (USHORT)size };
	ace->Mask = mask;
	memcpy(&ace->SidStart, sid, RtlLengthSid(sid));
	acl->AceCount++;
	return STATUS_SUCCESS;
}

NTSTATUS RtlAddAccessAllowedAce(PACL acl, ULONG revision, ACCESS_MASK mask, PSID sid)
{
	(void)revision;
	return add_ace(acl, ACCESS_ALLOWED_ACE_TYPE, mask, sid);
}

static ACCESS_MASK map_generic(ACCESS_MASK mask)
{
	ACCESS_MASK mapped = mask & 0x0fffffffu;

	mapped |= mask & GENERIC_READ ? FILE_GENERIC_READ : 0;
	mapped |= mask & GENERIC_WRITE ? FILE_GENERIC_WRITE : 0;
	mapped |= mask & GENERIC_EXECUTE ? FILE_GENERIC_EXECUTE : 0;
	mapped |= mask & GENERIC_ALL ? FILE_ALL_ACCESS : 0;
	return mapped;
}

static bool is_member(const struct token *token, const void *sid)
{
	return same_sid(sid, world) || same_sid(sid, users) || same_sid(sid, token->user) ||
	       (same_sid(sid, admins) && token->admin) ||
	       (same_sid(sid, local_system) && token->system);
}

bool access_check(const ACL *acl, const struct token *token, ACCESS_MASK wanted,
		  ACCESS_MASK *granted)
{
	ACCESS_MASK missing = map_generic(wanted & ~MAXIMUM_ALLOWED);
	ACCESS_MASK allowed = 0, denied = 0;

	*granted = missing;
	if (!acl)
		return true;
	for (ULONG i = 0; i < acl->AceCount; i++) {
		PACCESS_ALLOWED_ACE ace = next_ace((PACL)(uintptr_t)acl, i);

		if (!is_member(token, &ace->SidStart))
			continue;
		if (ace->Header.AceType == ACCESS_DENIED_ACE_TYPE)
			denied |= map_generic(ace->Mask) & ~allowed;
		else
			allowed |= map_generic(ace->Mask) & ~denied;
	}
	return (missing & ~allowed) == 0;
}

/* ---- SDDL: D:[P](A;;rights;;;sid)... ---- */

static ACCESS_MASK parse_rights(const char *s, const char *end)
{
	static const struct {
		char name[3];
		ACCESS_MASK mask;
	} words[] = {
		{ "GA", GENERIC_ALL },        { "GR", GENERIC_READ },
		{ "GW", GENERIC_WRITE },      { "GX", GENERIC_EXECUTE },
		{ "FA", FILE_ALL_ACCESS },    { "FR", FILE_GENERIC_READ },
		{ "FW", FILE_GENERIC_WRITE }, { "FX", FILE_GENERIC_EXECUTE },
	};
	ACCESS_MASK mask = 0;

	if (end - s > 2 && s[0] == '0' && s[1] == 'x')
		return (ACCESS_MASK)strtoul(s, NULL, 16);
	for (; s + 2 <= end; s += 2) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (strncmp(s, words[i].name, 2) == 0)
				mask |= words[i].mask;
		}
	}
	return mask;
}

static bool parse_who(const char *s, UCHAR *sid)
{
	static const char *const words[][2] = { { "SY", "S-1-5-18" },     { "BA", "S-1-5-32-544" },
						{ "WD", "S-1-1-0" },      { "AU", "S-1-5-11" },
						{ "BU", "S-1-5-32-545" }, { "RC", "S-1-5-12" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(s, words[i][0], 2) == 0)
			return parse_sid(words[i][1], sid);
	}
	return parse_sid(s, sid);
}

/* One "(type;flags;rights;object;inherited;sid)"; where it ends, or NULL. */
static const char *parse_ace(const char *s, PACL acl)
{
	UCHAR sid[SECURITY_MAX_SID_SIZE];
	const char *field[6], *end = strchr(s, ')');
	UCHAR type = s[1] == 'D' ? ACCESS_DENIED_ACE_TYPE : ACCESS_ALLOWED_ACE_TYPE;

	field[0] = s + 1;
	for (int i = 1; i < 6; i++) {
		const char *next = strchr(field[i - 1], ';');

		if (!next || !end || next > end)
			return NULL;
		field[i] = next + 1;
	}
	if ((s[1] != 'A' && s[1] != 'D') || !parse_who(field[5], sid))
		return NULL;
	if (!NT_SUCCESS(add_ace(acl, type, parse_rights(field[2], field[3] - 1), sid)))
		return NULL;
	return end + 1;
}

PACL acl_from_sddl(PCUNICODE_STRING sddl)
{
	char text[1024];
	size_t count = sddl->Length / sizeof(WCHAR);
	const char *s = text;
	PACL acl;

	if (count >= sizeof(text))
		return NULL;
	for (size_t i = 0; i < count; i++)
		text[i] = (char)sddl->Buffer[i];
	text[count] = 0;
	if (strncmp(s, "D:", 2) != 0)
		return NULL;
	acl = malloc(1024);
	RtlCreateAcl(acl, 1024, ACL_REVISION);
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): text ends with 0 */
	for (s += 2; *s == 'P' || *s == 'A' || *s == 'I'; s++)
		;
	while (s && *s == '(')
		s = parse_ace(s, acl);
	if (!s || *s) {
		free(acl);
		return NULL;
	}
	return acl;
}

/* ---- descriptors ---- */

NTSTATUS RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG revision)
{
	if (revision != SECURITY_DESCRIPTOR_REVISION)
		return STATUS_UNKNOWN_REVISION;
	*(SECURITY_DESCRIPTOR *)descriptor = (SECURITY_DESCRIPTOR){ .Revision = 1 };
	return STATUS_SUCCESS;
}

NTSTATUS RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN present, PACL dacl,
				      BOOLEAN defaulted)
{
	SECURITY_DESCRIPTOR *d = descriptor;

	(void)defaulted;
	d->Control = present ? SE_DACL_PRESENT : 0;
	d->Dacl = present ? dacl : NULL;
	return STATUS_SUCCESS;
}

ULONG RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
	SECURITY_DESCRIPTOR *d = descriptor;

	return (ULONG)sizeof(*d) + (d->Dacl ? d->Dacl->AclSize : 0);
}

BOOLEAN RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
	return descriptor && ((SECURITY_DESCRIPTOR *)descriptor)->Revision == 1;
}

/* The access list of a descriptor in either of its two forms. */
static const ACL *dacl_of(const SECURITY_DESCRIPTOR *d)
{
	ULONG at;

	if (!(d->Control & 0x8000)) /* SE_SELF_RELATIVE */
		return d->Dacl;
	memcpy(&at, (const UCHAR *)d + 16, sizeof(at));
	return at ? (const ACL *)(const void *)((const UCHAR *)d + at) : NULL;
}

NTSTATUS ObSetSecurityObjectByPointer(PVOID object, SECURITY_INFORMATION information,
				      PSECURITY_DESCRIPTOR descriptor)
{
	SECURITY_DESCRIPTOR *d = descriptor;
	struct device *device;
	const ACL *dacl;

	need_irql("ObSetSecurityObjectByPointer", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (object_type(object, "ObSetSecurityObjectByPointer") != OBJECT_DEVICE)
		return STATUS_OBJECT_TYPE_MISMATCH;
	if (!(information & DACL_SECURITY_INFORMATION) || d->Revision != 1)
		return STATUS_INVALID_PARAMETER;
	if (fault("ZwSetSecurityObject"))
		return STATUS_INSUFFICIENT_RESOURCES;
	device = DEVICE(object);
	free(device->acl);
	device->acl = NULL;
	dacl = dacl_of(d);
	if (dacl) {
		device->acl = malloc(dacl->AclSize);
		memcpy(device->acl, dacl, dacl->AclSize);
	}
	return STATUS_SUCCESS;
}

NTSTATUS ZwSetSecurityObject(HANDLE handle, SECURITY_INFORMATION information,
			     PSECURITY_DESCRIPTOR descriptor)
{
	void *device = handle_object_for(handle, OBJECT_DEVICE, "ZwSetSecurityObject");
	NTSTATUS status = ObSetSecurityObjectByPointer(device, information, descriptor);

	object_unref(device);
	return status;
}

/* ---- tokens ---- */

void security_boot(void)
{
	parse_sid("S-1-1-0", world);
	parse_sid("S-1-5-18", local_system);
	parse_sid("S-1-5-32-544", admins);
	parse_sid("S-1-5-11", users);
	next_luid = 0x10000;
}

struct token *token_new(const char *sid, bool admin, ULONG integrity, ULONG session)
{
	struct token *token = object_new(OBJECT_TOKEN, sizeof(*token));

	if (!parse_sid(sid, token->user))
		ntsim_bugcheck(NTSIM_MISUSE, "'%s' is no SID", sid);
	token->system = same_sid(token->user, local_system);
	token->admin = admin || token->system;
	token->elevated = token->admin;
	token->integrity = integrity;
	token->session = session;
	token->id = (LUID){ __atomic_fetch_add(&next_luid, 1, __ATOMIC_RELAXED), 0 };
	return token;
}

static struct token *check_token(PACCESS_TOKEN token, const char *routine)
{
	if (object_type(token, routine) != OBJECT_TOKEN)
		ntsim_bugcheck(NTSIM_OBJECT, "%s: no token", routine);
	return token;
}

PACCESS_TOKEN PsReferencePrimaryToken(PEPROCESS process)
{
	need_irql("PsReferencePrimaryToken", PASSIVE_LEVEL, PASSIVE_LEVEL);
	object_type(process, "PsReferencePrimaryToken");
	object_driver_ref(process->token);
	return process->token;
}

VOID PsDereferencePrimaryToken(PACCESS_TOKEN token)
{
	need_irql("PsDereferencePrimaryToken", PASSIVE_LEVEL, PASSIVE_LEVEL);
	object_driver_unref(token, "PsDereferencePrimaryToken");
}

/* A structure that begins with SID_AND_ATTRIBUTES, followed by its SID. */
static void *sid_answer(const void *sid, size_t sid_size)
{
	TOKEN_USER *answer = pool_special(sizeof(*answer) + sid_size, true, 0x206b6f54, "token");

	answer->User.Attributes = 0;
	answer->User.Sid = answer + 1;
	memcpy(answer + 1, sid, sid_size);
	return answer;
}

static void *statistics_answer(const struct token *token)
{
	TOKEN_STATISTICS *answer = pool_special(sizeof(*answer), true, 0x206b6f54, "token");

	memset(answer, 0, sizeof(*answer));
	answer->TokenId = answer->AuthenticationId = token->id;
	return answer;
}

NTSTATUS SeQueryInformationToken(PACCESS_TOKEN object, TOKEN_INFORMATION_CLASS type,
				 PVOID *information)
{
	struct token *token = check_token(object, "SeQueryInformationToken");

	need_irql("SeQueryInformationToken", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (fault("SeQueryInformationToken"))
		return STATUS_INSUFFICIENT_RESOURCES;
	switch (type) {
	case TokenUser:
	case TokenOwner:
		*information = sid_answer(token->user, RtlLengthSid(token->user));
		return STATUS_SUCCESS;
	case TokenIntegrityLevel: /* numbers, not pointers to them (DDI) */
		*(PULONG)(void *)information = token->integrity;
		return STATUS_SUCCESS;
	case TokenSessionId:
		*(PULONG)(void *)information = token->session;
		return STATUS_SUCCESS;
	case TokenElevation:
		*information = pool_special(sizeof(TOKEN_ELEVATION), true, 0x206b6f54, "token");
		((PTOKEN_ELEVATION)*information)->TokenIsElevated = token->elevated;
		return STATUS_SUCCESS;
	case TokenStatistics:
		*information = statistics_answer(token);
		return STATUS_SUCCESS;
	default:
		return STATUS_INVALID_INFO_CLASS;
	}
}

NTSTATUS SeQuerySessionIdToken(PACCESS_TOKEN token, PULONG session)
{
	*session = check_token(token, "SeQuerySessionIdToken")->session;
	return STATUS_SUCCESS;
}

NTSTATUS SeQueryAuthenticationIdToken(PACCESS_TOKEN token, PLUID id)
{
	*id = check_token(token, "SeQueryAuthenticationIdToken")->id;
	return STATUS_SUCCESS;
}

BOOLEAN SeTokenIsAdmin(PACCESS_TOKEN token)
{
	return check_token(token, "SeTokenIsAdmin")->admin;
}

BOOLEAN SeSinglePrivilegeCheck(LUID privilege, KPROCESSOR_MODE mode)
{
	(void)privilege;
	return mode == KernelMode || current_process()->token->admin;
}

VOID SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT context)
{
	*context = (SECURITY_SUBJECT_CONTEXT){ .PrimaryToken = current_process()->token };
	object_driver_ref(context->PrimaryToken);
}

VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT context)
{
	object_driver_unref(context->PrimaryToken, "SeReleaseSubjectContext");
}
