/* SPDX-License-Identifier: MIT */
/* driver_rules.c - sends rules to the Windows driver, which enforces them, and reads its
 * counters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "enforce/enforce.h"
#include "os/device.h"
#include "rules/pack.h"

#define DEVICE_SIZE 1024

const char *vigil_rules_file(void)
{
	static char path[MAX_PATH + 32];
	const char *data = getenv("ProgramData");

	snprintf(path, sizeof(path), "%.*s\\Vigil\\rules.txt", MAX_PATH,
		 data ? data : "C:\\ProgramData");
	return path;
}

int rules_locate(const char *path, char *to, size_t size, struct rules_file *file)
{
	(void)path;
	(void)to;
	(void)size;
	*file = (struct rules_file){ 0 };
	return 0;
}

bool rules_hash_file(const char *path, uint8_t hash[RULES_HASH_BYTES])
{
	(void)path;
	(void)hash;
	return false;
}

/* Returns the NT path of "C:\x", which the caller frees; NULL: it does not begin with a drive,
 * there is no such drive, or memory is exhausted. */
static char *device_path(const char *path)
{
	wchar_t drive[] = L"A:", device[DEVICE_SIZE];
	char *name, *all;

	if (((path[0] | 0x20) < 'a' || (path[0] | 0x20) > 'z') || path[1] != ':')
		return NULL;
	drive[0] = (wchar_t)path[0];
	if (!QueryDosDeviceW(drive, device, DEVICE_SIZE) || wcsncmp(device, L"\\??\\", 4) == 0)
		return NULL;
	name = os_narrow(device);
	all = name ? malloc(strlen(name) + strlen(path)) : NULL;
	if (all)
		sprintf(all, "%s%s", name, path + 2);
	free(name);
	return all;
}

enum vigil_code rules_resolve(struct vigil_rules *rules, struct vigil_error *error)
{
	uint32_t keys = rules->keys;
	bool fine = true;

	/* New keys are appended, so the array may move. */
	for (uint32_t i = 0; i < keys && fine; i++) {
		char *path = rules->key[i].kind == VIGIL_TARGET_HASH
				 ? NULL
				 : device_path(rules->key[i].bytes);

		if (path)
			fine = rules_add_key(rules, rules->key[i].rule, rules->key[i].kind, path,
					     strlen(path)) == VIGIL_OK;
		free(path);
	}
	for (uint32_t i = 0; i < rules->count && fine; i++) {
		struct rule *rule = &rules->rule[i];
		const char *image = rule->info.parent ? rule->info.parent : rule->info.ancestor;
		char *path = image ? device_path(image) : NULL;

		if (path)
			fine = rules_set_parent(rules, &rule->resolved_parent, path);
		free(path);
	}
	if (fine && rules_index(rules))
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
}

static enum vigil_code driver_refused(DWORD why, const char *what, struct vigil_error *error)
{
	char text[200];

	return vigil_fail(error,
			  why == ERROR_ACCESS_DENIED ? VIGIL_ERROR_PRIVILEGE : VIGIL_ERROR_SYSTEM,
			  "the driver does not %s: %s", what,
			  os_error_text(why, text, sizeof(text)));
}

static enum vigil_code send_rules(uint32_t code, uint8_t *request, size_t bytes,
				  struct vigil_error *error)
{
	struct device device = { 0 };
	enum vigil_code result = device_open(&device, true, error);
	DWORD why;

	if (result < 0)
		return result;
	why = device_ask(&device, code, (struct vigil_control *)(void *)request, (uint32_t)bytes,
			 NULL, 0, NULL);
	device_close(&device);
	if (why == ERROR_BAD_COMMAND)
		return vigil_fail(
		    error, VIGIL_ERROR_SYSTEM,
		    "the driver accepts no rules while its setting FilterNames is 0, because "
		    "programs could have names that no rule matches. Set it to 1 "
		    "(docs/driver.md) and load the rules again");
	return why == 0 ? VIGIL_OK : driver_refused(why, "accept the rules", error);
}

enum vigil_code vigil_rules_install(const char *path, const struct vigil_rules *rules, bool keep,
				    struct vigil_error *error)
{
	uint8_t *request;
	size_t bytes;
	enum vigil_code code = rules_pack(rules, &request, &bytes, error);

	(void)path;
	if (code < 0)
		return code;
	((struct vigil_control_rules *)(void *)request)->keep = keep;
	code = send_rules(VIGIL_CONTROL_RULES_SET, request, bytes, error);
	free(request);
	return code;
}

bool vigil_rules_read_hits(struct vigil_rules *rules, const char *path)
{
	struct vigil_control request = { 0 };
	struct device device = { 0 };
	uint8_t *reply = malloc(VIGIL_RULES_BYTES_MAX);
	uint32_t got = 0;
	bool known = reply && device_open(&device, false, NULL) == VIGIL_OK &&
		     device_ask(&device, VIGIL_CONTROL_RULES, &request, sizeof(request), reply,
				VIGIL_RULES_BYTES_MAX, &got) == 0;

	(void)path;
	if (known)
		rules_take_hits(rules, reply, got);
	device_close(&device);
	free(reply);
	return known;
}
