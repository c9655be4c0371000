/* SPDX-License-Identifier: MIT */
/* registry.c - keys and values in memory, the test's access to them, and a driver's. */
#include "registry.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"
#define SERVICE  SERVICES L"vigil"

static struct key *keys;

/* ---- keys and values ---- */

struct key *key_find(PCWSTR path, size_t count)
{
	struct key *key;

	for (key = keys; key; key = key->next) {
		if (equal_nocase(key->path.Buffer, key->path.Length / 2u, path, count))
			break;
	}
	return key;
}

struct key *key_add(PCWSTR path, size_t count)
{
	struct key *key = calloc(1, sizeof(*key)), **end = &keys;
	UNICODE_STRING name = { (USHORT)(count * 2), (USHORT)(count * 2), (PWCH)(uintptr_t)path };

	if (!key)
		abort();
	key->path = string_copy(&name);
	while (*end)
		end = &(*end)->next;
	*end = key;
	return key;
}

struct value **value_find(struct key *key, PCUNICODE_STRING name)
{
	struct value **link = &key->values;

	while (*link && !equal_nocase((*link)->name.Buffer, (*link)->name.Length / 2u, name->Buffer,
				      name->Length / 2u))
		link = &(*link)->next;
	return link;
}

void value_delete(struct value **link)
{
	struct value *value = *link;

	*link = value->next;
	free(value->name.Buffer);
	free(value->data);
	free(value);
}

void value_set(struct key *key, PCUNICODE_STRING name, ULONG type, const void *data, ULONG size)
{
	struct value **link = value_find(key, name), *value = *link;

	if (!value) {
		value = *link = calloc(1, sizeof(*value));
		if (!value)
			abort();
		value->name = string_copy(name);
	}
	free(value->data);
	value->data = malloc(size ? size : 1);
	if (!value->data)
		abort();
	if (size)
		memcpy(value->data, data, size);
	value->type = type;
	value->size = size;
}

void key_delete(struct key *key)
{
	struct key **link = &keys;

	while (*link != key)
		link = &(*link)->next;
	*link = key->next;
	while (key->values)
		value_delete(&key->values);
	free(key->path.Buffer);
	free(key);
}

/* The n-th key directly below another. */
struct key *key_child(const struct key *parent, ULONG index)
{
	size_t base = parent->path.Length / 2u;

	for (struct key *key = keys; key; key = key->next) {
		size_t count = key->path.Length / 2u;
		bool direct = count > base + 1 && key->path.Buffer[base] == '\\' &&
			      equal_nocase(key->path.Buffer, base, parent->path.Buffer, base);

		for (size_t i = base + 1; direct && i < count; i++)
			direct = key->path.Buffer[i] != '\\';
		if (direct && index-- == 0)
			return key;
	}
	return NULL;
}

/* ---- life ---- */

void registry_boot(void)
{
	UNICODE_STRING path, name, image;

	keys = NULL;
	RtlInitUnicodeString(&path, SERVICE);
	RtlInitUnicodeString(&name, L"ImagePath");
	RtlInitUnicodeString(&image, L"\\SystemRoot\\System32\\drivers\\vigil.sys");
	value_set(key_add(path.Buffer, path.Length / 2u), &name, REG_EXPAND_SZ, image.Buffer,
		  image.Length + 2u);
}

void registry_shutdown(void)
{
	while (keys)
		key_delete(keys);
}

/* ---- the test's side ---- */

static struct key *key_of(PCWSTR path, bool make)
{
	UNICODE_STRING s;
	struct key *key;

	RtlInitUnicodeString(&s, path ? path : SERVICE);
	key = key_find(s.Buffer, s.Length / 2u);
	return key || !make ? key : key_add(s.Buffer, s.Length / 2u);
}

void ntsim_registry_set(PCWSTR path, PCWSTR name, ULONG type, const void *data, ULONG size)
{
	UNICODE_STRING s;

	RtlInitUnicodeString(&s, name);
	klock();
	value_set(key_of(path, true), &s, type, data, size);
	kunlock();
}

void ntsim_registry_dword(PCWSTR path, PCWSTR name, ULONG value)
{
	ntsim_registry_set(path, name, REG_DWORD, &value, sizeof(value));
}

int ntsim_registry_get(PCWSTR path, PCWSTR name, ULONG *type, void *data, ULONG size)
{
	UNICODE_STRING s;
	struct key *key;
	struct value *value = NULL;
	int result = -1;

	RtlInitUnicodeString(&s, name);
	klock();
	key = key_of(path, false);
	if (key)
		value = *value_find(key, &s);
	if (value) {
		result = (int)value->size;
		if (type)
			*type = value->type;
		memcpy(data, value->data, value->size < size ? value->size : size);
	}
	kunlock();
	return result;
}

void ntsim_registry_delete(PCWSTR path)
{
	struct key *key;

	klock();
	key = key_of(path, false);
	if (key)
		key_delete(key);
	kunlock();
}
