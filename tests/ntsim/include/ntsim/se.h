/* SPDX-License-Identifier: MIT */
/* se.h - security: SIDs, ACLs, descriptors, tokens. */
#ifndef NTSIM_SE_H
#define NTSIM_SE_H

#include "io.h"

typedef PVOID PSECURITY_DESCRIPTOR;
typedef PVOID PACCESS_TOKEN;
typedef ULONG SECURITY_INFORMATION;
#define OWNER_SECURITY_INFORMATION 1
#define GROUP_SECURITY_INFORMATION 2
#define DACL_SECURITY_INFORMATION  4

typedef struct _SID_IDENTIFIER_AUTHORITY {
	UCHAR Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

#define SID_MAX_SUB_AUTHORITIES 15
typedef struct _SID {
	UCHAR Revision;
	UCHAR SubAuthorityCount;
	SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
	ULONG SubAuthority[ANYSIZE_ARRAY];
} SID, *PISID;
typedef PVOID PSID;
#define SECURITY_MAX_SID_SIZE 68

typedef struct _SID_AND_ATTRIBUTES {
	PSID Sid;
	ULONG Attributes;
} SID_AND_ATTRIBUTES, *PSID_AND_ATTRIBUTES;

typedef struct _ACL {
	UCHAR AclRevision;
	UCHAR Sbz1;
	USHORT AclSize;
	USHORT AceCount;
	USHORT Sbz2;
} ACL, *PACL;
#define ACL_REVISION 2

typedef struct _ACE_HEADER {
	UCHAR AceType;
	UCHAR AceFlags;
	USHORT AceSize;
} ACE_HEADER, *PACE_HEADER;
typedef struct _ACCESS_ALLOWED_ACE {
	ACE_HEADER Header;
	ACCESS_MASK Mask;
	ULONG SidStart;
} ACCESS_ALLOWED_ACE, *PACCESS_ALLOWED_ACE;
#define ACCESS_ALLOWED_ACE_TYPE 0
#define ACCESS_DENIED_ACE_TYPE  1

typedef USHORT SECURITY_DESCRIPTOR_CONTROL;
typedef struct _SECURITY_DESCRIPTOR {
	UCHAR Revision;
	UCHAR Sbz1;
	SECURITY_DESCRIPTOR_CONTROL Control;
	PSID Owner;
	PSID Group;
	PACL Sacl;
	PACL Dacl;
} SECURITY_DESCRIPTOR, *PISECURITY_DESCRIPTOR;
#define SECURITY_DESCRIPTOR_REVISION 1
#define SE_DACL_PRESENT              0x0004
#define SE_DACL_PROTECTED            0x1000

typedef struct _GENERIC_MAPPING {
	ACCESS_MASK GenericRead, GenericWrite, GenericExecute, GenericAll;
} GENERIC_MAPPING, *PGENERIC_MAPPING;

typedef enum _TOKEN_INFORMATION_CLASS {
	TokenUser = 1,
	TokenGroups = 2,
	TokenPrivileges = 3,
	TokenOwner = 4,
	TokenType = 8,
	TokenStatistics = 10,
	TokenSessionId = 12,
	TokenElevationType = 18,
	TokenElevation = 20,
	TokenIntegrityLevel = 25,
	TokenIsAppContainer = 29
} TOKEN_INFORMATION_CLASS;

typedef struct _TOKEN_USER {
	SID_AND_ATTRIBUTES User;
} TOKEN_USER, *PTOKEN_USER;
typedef struct _TOKEN_MANDATORY_LABEL {
	SID_AND_ATTRIBUTES Label;
} TOKEN_MANDATORY_LABEL, *PTOKEN_MANDATORY_LABEL;
typedef struct _TOKEN_ELEVATION {
	ULONG TokenIsElevated;
} TOKEN_ELEVATION, *PTOKEN_ELEVATION;
typedef struct _TOKEN_STATISTICS {
	LUID TokenId;
	LUID AuthenticationId;
	LARGE_INTEGER ExpirationTime;
	ULONG TokenType;
	ULONG ImpersonationLevel;
	ULONG DynamicCharged;
	ULONG DynamicAvailable;
	ULONG GroupCount;
	ULONG PrivilegeCount;
	LUID ModifiedId;
} TOKEN_STATISTICS, *PTOKEN_STATISTICS;

#define SECURITY_MANDATORY_UNTRUSTED_RID 0x0000
#define SECURITY_MANDATORY_LOW_RID       0x1000
#define SECURITY_MANDATORY_MEDIUM_RID    0x2000
#define SECURITY_MANDATORY_HIGH_RID      0x3000
#define SECURITY_MANDATORY_SYSTEM_RID    0x4000
#define SECURITY_NT_AUTHORITY \
	{ \
		{ \
			0, 0, 0, 0, 0, 5 \
		} \
	}
#define SECURITY_WORLD_SID_AUTHORITY \
	{ \
		{ \
			0, 0, 0, 0, 0, 1 \
		} \
	}
#define SECURITY_LOCAL_SYSTEM_RID   18
#define SECURITY_BUILTIN_DOMAIN_RID 32
#define DOMAIN_ALIAS_RID_ADMINS     544

typedef struct _SE_EXPORTS {
	PSID SeWorldSid;
	PSID SeLocalSystemSid;
	PSID SeAliasAdminsSid;
	PSID SeAuthenticatedUsersSid;
} SE_EXPORTS, *PSE_EXPORTS;

typedef struct _SECURITY_SUBJECT_CONTEXT {
	PACCESS_TOKEN ClientToken;
	ULONG ImpersonationLevel;
	PACCESS_TOKEN PrimaryToken;
	PVOID ProcessAuditId;
} SECURITY_SUBJECT_CONTEXT, *PSECURITY_SUBJECT_CONTEXT;

#define SE_LOAD_DRIVER_PRIVILEGE 10
#define SE_DEBUG_PRIVILEGE       20

NTSIM_BEGIN
extern PSE_EXPORTS SeExports;
BOOLEAN RtlValidSid(PSID sid);
ULONG RtlLengthSid(PSID sid);
ULONG RtlLengthRequiredSid(ULONG count);
NTSTATUS RtlInitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, UCHAR count);
PULONG RtlSubAuthoritySid(PSID sid, ULONG index);
PUCHAR RtlSubAuthorityCountSid(PSID sid);
BOOLEAN RtlEqualSid(PSID a, PSID b);
NTSTATUS RtlCopySid(ULONG size, PSID destination, PSID source);
NTSTATUS RtlConvertSidToUnicodeString(PUNICODE_STRING s, PSID sid, BOOLEAN allocate);
NTSTATUS RtlCreateAcl(PACL acl, ULONG size, ULONG revision);
NTSTATUS RtlAddAccessAllowedAce(PACL acl, ULONG revision, ACCESS_MASK mask, PSID sid);
NTSTATUS RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG revision);
NTSTATUS RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN present, PACL dacl,
				      BOOLEAN defaulted);
ULONG RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
BOOLEAN RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor);
NTSTATUS ObSetSecurityObjectByPointer(PVOID object, SECURITY_INFORMATION information,
				      PSECURITY_DESCRIPTOR descriptor);

PACCESS_TOKEN PsReferencePrimaryToken(PEPROCESS process);
VOID PsDereferencePrimaryToken(PACCESS_TOKEN token);
NTSTATUS SeQueryInformationToken(PACCESS_TOKEN token, TOKEN_INFORMATION_CLASS type,
				 PVOID *information);
NTSTATUS SeQuerySessionIdToken(PACCESS_TOKEN token, PULONG session);
NTSTATUS SeQueryAuthenticationIdToken(PACCESS_TOKEN token, PLUID id);
BOOLEAN SeTokenIsAdmin(PACCESS_TOKEN token);
BOOLEAN SeSinglePrivilegeCheck(LUID privilege, KPROCESSOR_MODE mode);
VOID SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT context);
VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT context);
#define SeQuerySubjectContextToken(c) ((c)->ClientToken ? (c)->ClientToken : (c)->PrimaryToken)
NTSIM_END

FORCEINLINE LUID RtlConvertLongToLuid(LONG value)
{
	LUID luid = { (ULONG)value, value < 0 ? -1 : 0 };

	return luid;
}

#define TOKEN_QUERY 0x0008

/* Tokens by handle (token.c). */
NTSTATUS ZwOpenProcessTokenEx(HANDLE process, ACCESS_MASK access, ULONG attributes, PHANDLE token);
NTSTATUS ZwQueryInformationToken(HANDLE token, TOKEN_INFORMATION_CLASS type, PVOID buffer,
				 ULONG length, PULONG needed);

#endif
