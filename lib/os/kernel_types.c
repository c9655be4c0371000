/* SPDX-License-Identifier: MIT */
#include "os/kernel_types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHAINS 32768 /* of types whose names have the same hash: a power of two */

struct kernel_types {
	char *data; /* the file, mapped */
	size_t size;
	const char *strings;
	uint32_t strings_size;
	uint32_t count;
	uint32_t *at;          /* by id: where in data the type is */
	uint32_t *next;        /* by id: the next id in its chain; 0: none */
	uint32_t head[CHAINS]; /* the first id of a chain */
};

/* ---- the file ---- */

static int read_file(struct kernel_types *t, int file)
{
	size_t have = 0;
	ssize_t n;

	t->data = mmap(NULL, t->size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (t->data == MAP_FAILED)
		return -errno;
	while (have < t->size) {
		n = read(file, t->data + have, t->size - have);
		if (n <= 0)
			return n < 0 ? -errno : -EINVAL;
		have += (size_t)n;
	}
	return 0;
}

static int map_file(struct kernel_types *t)
{
	int file = open(KERNEL_TYPES_FILE, O_RDONLY | O_CLOEXEC), result = 0;
	struct stat st;

	if (file < 0 || fstat(file, &st) < 0 || st.st_size <= 0) {
		result = file < 0 ? -errno : -EINVAL;
	} else {
		t->size = (size_t)st.st_size;
		t->data = mmap(NULL, t->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
		if (t->data == MAP_FAILED)
			result = read_file(t, file);
	}
	if (file >= 0)
		close(file);
	return result;
}

/* ---- the types ---- */

static uint32_t hash_name(const char *name, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	return (hash ^ hash >> 16) % CHAINS;
}

/* Bytes of what follows a type; -1: an unknown kind, whose size cannot be known. */
static long tail_size(const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return btf_vlen(type) * (long)sizeof(struct btf_member);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return btf_vlen(type) * 8l;
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		return btf_vlen(type) * 12l;
	default:
		return btf_kind(type) <= BTF_KIND_ENUM64 ? 0 : -1;
	}
}

static void chain_type(struct kernel_types *t, uint32_t id, const struct btf_type *type)
{
	uint32_t kind = btf_kind(type), *head;
	const char *name;

	if (type->name_off == 0 || (kind != BTF_KIND_FUNC && kind != BTF_KIND_STRUCT &&
				    kind != BTF_KIND_UNION && kind != BTF_KIND_TYPEDEF))
		return;
	name = kernel_types_string(t, type->name_off);
	head = &t->head[hash_name(name, strlen(name))];
	t->next[id] = *head;
	*head = id;
}

/* Goes through the types from `at` to `end`. */
static int index_types(struct kernel_types *t, size_t at, size_t end)
{
	size_t most = (end - at) / sizeof(struct btf_type) + 1;

	t->at = malloc(most * sizeof(*t->at));
	t->next = calloc(most, sizeof(*t->next));
	if (!t->at || !t->next)
		return -ENOMEM;
	for (t->count = 1; at + sizeof(struct btf_type) <= end; t->count++) {
		const struct btf_type *type = (const void *)(t->data + at);
		long tail = tail_size(type);

		if (tail < 0)
			return -EINVAL;
		t->at[t->count] = (uint32_t)at;
		chain_type(t, t->count, type);
		at += sizeof(*type) + (size_t)tail;
	}
	return at == end ? 0 : -EINVAL;
}

static int parse_file(struct kernel_types *t)
{
	const struct btf_header *h = (const void *)t->data;
	uint64_t types, strings;

	if (t->size < sizeof(*h) || h->magic != BTF_MAGIC || h->hdr_len < sizeof(*h))
		return -EINVAL;
	types = (uint64_t)h->hdr_len + h->type_off;
	strings = (uint64_t)h->hdr_len + h->str_off;
	if (types % 4 || types + h->type_len > t->size || strings + h->str_len > t->size ||
	    h->str_len == 0 || t->data[strings + h->str_len - 1] != '\0')
		return -EINVAL;
	t->strings = t->data + strings;
	t->strings_size = h->str_len;
	return index_types(t, types, types + h->type_len);
}

/* ---- what others use ---- */

struct kernel_types *kernel_types_open(void)
{
	struct kernel_types *t = calloc(1, sizeof(*t));
	int result;

	if (!t)
		return NULL;
	t->data = MAP_FAILED;
	result = map_file(t);
	if (result == 0)
		result = parse_file(t);
	if (result == 0)
		return t;
	kernel_types_close(t);
	errno = -result;
	return NULL;
}

void kernel_types_close(struct kernel_types *t)
{
	if (!t)
		return;
	if (t->data != MAP_FAILED)
		munmap(t->data, t->size);
	free(t->at);
	free(t->next);
	free(t);
}

uint32_t kernel_types_count(const struct kernel_types *t)
{
	return t->count;
}

const struct btf_type *kernel_types_at(const struct kernel_types *t, uint32_t id)
{
	return (const void *)(t->data + t->at[id]);
}

const char *kernel_types_string(const struct kernel_types *t, uint32_t offset)
{
	return offset < t->strings_size ? t->strings + offset : "";
}

uint32_t kernel_types_next(const struct kernel_types *t, const char *name, size_t length,
			   uint32_t after)
{
	uint32_t id = after ? t->next[after] : t->head[hash_name(name, length)];

	for (; id != 0; id = t->next[id]) {
		const char *has = kernel_types_string(t, kernel_types_at(t, id)->name_off);

		if (strncmp(has, name, length) == 0 && has[length] == '\0')
			break;
	}
	return id;
}

uint32_t kernel_types_find(const struct kernel_types *t, const char *name, uint32_t kind)
{
	size_t length = strlen(name);
	uint32_t id = kernel_types_next(t, name, length, 0);

	while (id != 0 && btf_kind(kernel_types_at(t, id)) != kind)
		id = kernel_types_next(t, name, length, id);
	return id;
}

bool kernel_types_has_function(const struct kernel_types *t, const char *name)
{
	return kernel_types_find(t, name, BTF_KIND_FUNC) != 0;
}

uint32_t kernel_types_tracepoint(const struct kernel_types *t, const char *name)
{
	uint32_t id;
	char type[80];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = kernel_types_find(t, type, BTF_KIND_TYPEDEF);
	/* a typedef of a pointer to a function */
	for (int i = 0; i < 2 && id != 0 && id < t->count; i++)
		id = kernel_types_at(t, id)->type;
	return id != 0 && id < t->count ? btf_vlen(kernel_types_at(t, id)) : 0;
}
