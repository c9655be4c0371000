/* SPDX-License-Identifier: MIT */
/* registry.h - the registry's data, for the services that read and write it (zwkey.c). */
#ifndef NTSIM_REGISTRY_H
#define NTSIM_REGISTRY_H

#include "sim.h"

struct value {
	struct value *next;
	UNICODE_STRING name;
	ULONG type, size;
	UCHAR *data;
};

struct key {
	struct key *next;
	UNICODE_STRING path; /* absolute */
	struct value *values;
};

struct key *key_find(PCWSTR path, size_t count);
struct key *key_add(PCWSTR path, size_t count);
void key_delete(struct key *key);
struct key *key_child(const struct key *parent, ULONG index);
struct value **value_find(struct key *key, PCUNICODE_STRING name);
void value_set(struct key *key, PCUNICODE_STRING name, ULONG type, const void *data, ULONG size);
void value_delete(struct value **link);

#endif
