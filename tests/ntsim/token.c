/* SPDX-License-Identifier: MIT */
/* token.c - a process's token by handle: ZwOpenProcessTokenEx and its queries. */
#include "sim.h"

NTSTATUS ZwOpenProcessTokenEx(HANDLE process, ACCESS_MASK access, ULONG attributes, PHANDLE token)
{
	bool kernel = attributes & OBJ_KERNEL_HANDLE;
	PEPROCESS owner;
	void *found;

	need_irql("ZwOpenProcessTokenEx", PASSIVE_LEVEL, PASSIVE_LEVEL);
	*token = NULL;
	owner = handle_object_for(process, OBJECT_PROCESS, "ZwOpenProcessTokenEx");
	if (!owner)
		return STATUS_INVALID_HANDLE;
	if (fault("ZwOpenProcessTokenEx")) {
		object_unref(owner);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	klock();
	found = owner->token;
	if (found)
		object_ref(found);
	kunlock();
	object_unref(owner);
	if (!found) /* not yet */
		return STATUS_INVALID_PARAMETER;
	*token = handle_new(found, access, kernel ? NULL : current_process(), true);
	object_unref(found);
	return STATUS_SUCCESS;
}

/* A SID after its head, in the caller's buffer. */
static NTSTATUS sid_answer(const char *text, const void *sid, PVOID buffer, ULONG length,
			   PULONG needed)
{
	ULONG rid = sid ? 0 : (ULONG)strtoul(text, NULL, 0);
	const UCHAR label[12] = { 1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0,
				  16,
				  (UCHAR)rid,
				  (UCHAR)(rid >> 8),
				  (UCHAR)(rid >> 16),
				  (UCHAR)(rid >> 24) };
	PTOKEN_USER answer = buffer;
	ULONG size;

	if (!sid)
		sid = label;
	size = 8u + 4u * ((const UCHAR *)sid)[1];
	*needed = (ULONG)sizeof(*answer) + size;
	if (length < *needed)
		return STATUS_BUFFER_TOO_SMALL;
	memset(answer, 0, sizeof(*answer));
	answer->User.Sid = answer + 1;
	memcpy(answer + 1, sid, size);
	return STATUS_SUCCESS;
}

NTSTATUS ZwQueryInformationToken(HANDLE handle, TOKEN_INFORMATION_CLASS type, PVOID buffer,
				 ULONG length, PULONG needed)
{
	struct token *token;
	NTSTATUS status = STATUS_INVALID_INFO_CLASS;
	char rid[16];

	need_irql("ZwQueryInformationToken", PASSIVE_LEVEL, PASSIVE_LEVEL);
	token = handle_object_for(handle, OBJECT_TOKEN, "ZwQueryInformationToken");
	if (!token)
		return STATUS_INVALID_HANDLE;
	if (fault("ZwQueryInformationToken")) {
		status = STATUS_INSUFFICIENT_RESOURCES;
	} else if (type == TokenUser) {
		status = sid_answer(NULL, token->user, buffer, length, needed);
	} else if (type == TokenIntegrityLevel) {
		snprintf(rid, sizeof(rid), "%u", token->integrity);
		status = sid_answer(rid, NULL, buffer, length, needed);
	} else if (type == TokenSessionId) {
		*needed = sizeof(ULONG);
		status = STATUS_INFO_LENGTH_MISMATCH;
		if (length == sizeof(ULONG)) {
			*(PULONG)buffer = token->session;
			status = STATUS_SUCCESS;
		}
	}
	object_unref(token);
	return status;
}
