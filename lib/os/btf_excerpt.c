/* SPDX-License-Identifier: MIT */
#include "os/btf_excerpt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define NAMES_MAX 1024 /* slots of the table of names: a power of two */

/* Names of structures and unions, by their hash. */
struct name_set {
	const char *name[NAMES_MAX];
	size_t length[NAMES_MAX];
	size_t count;
};

struct excerpt {
	const struct btf *from;
	struct btf *to;
	uint32_t *number; /* by the id in `from`: the id in `to`; 0: not taken */
	uint32_t *taken;  /* by the id in `to` less 1: the id in `from` */
	uint32_t count;   /* of taken */
};

/* ---- the names ---- */

/* Without the ___ by which one structure can have several descriptions. */
static size_t essential_length(const char *name)
{
	const char *end = strstr(name + (*name != '\0'), "___");

	return end ? (size_t)(end - name) : strlen(name);
}

/* The slot that has the name, or the free one where it belongs. */
static size_t find_slot(const struct name_set *set, const char *name, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	for (;; hash++) {
		size_t slot = hash % NAMES_MAX;

		if (!set->name[slot] ||
		    (set->length[slot] == length && memcmp(set->name[slot], name, length) == 0))
			return slot;
	}
}

static bool is_structure(const struct btf_type *type)
{
	return (btf_is_struct(type) || btf_is_union(type)) && type->name_off != 0;
}

/* Returns false if there are too many. */
static bool collect_names(struct name_set *set, const struct btf *programs)
{
	for (uint32_t id = 1; id < btf__type_cnt(programs); id++) {
		const struct btf_type *type = btf__type_by_id(programs, id);
		const char *name = btf__name_by_offset(programs, type->name_off);
		size_t length, slot;

		if (!is_structure(type))
			continue;
		if (set->count == NAMES_MAX / 2)
			return false;
		length = essential_length(name);
		slot = find_slot(set, name, length);
		set->count += !set->name[slot];
		set->name[slot] = name;
		set->length[slot] = length;
	}
	return true;
}

/* ---- the types ---- */

/* The id that a type has in the excerpt. */
static int take_type(struct excerpt *e, uint32_t id)
{
	if (id != 0 && e->number[id] == 0) {
		e->taken[e->count] = id;
		e->number[id] = ++e->count;
	}
	return (int)e->number[id];
}

static int copy_structure(struct excerpt *e, const struct btf_type *type, const char *name)
{
	const struct btf_member *member = btf_members(type);
	int result = btf_is_struct(type) ? btf__add_struct(e->to, name, type->size)
					 : btf__add_union(e->to, name, type->size);

	for (uint32_t i = 0; i < btf_vlen(type) && result >= 0; i++)
		result =
		    btf__add_field(e->to, btf__name_by_offset(e->from, member[i].name_off),
				   take_type(e, member[i].type), btf_member_bit_offset(type, i),
				   btf_member_bitfield_size(type, i));
	return result;
}

/* Adds the type, as far as a relocation looks at it. */
static int copy_type(struct excerpt *e, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(e->from, type->name_off);
	const struct btf_array *array = btf_array(type);

	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		return btf__add_int(e->to, name, type->size, btf_int_encoding(type));
	case BTF_KIND_FLOAT:
		return btf__add_float(e->to, name, type->size);
	case BTF_KIND_PTR:
		return btf__add_ptr(e->to, 0);
	case BTF_KIND_ARRAY:
		return btf__add_array(e->to, take_type(e, array->index_type),
				      take_type(e, array->type), array->nelems);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_structure(e, type, name);
	case BTF_KIND_ENUM:
		return btf__add_enum(e->to, name, type->size);
	case BTF_KIND_ENUM64:
		return btf__add_enum64(e->to, name, type->size, false);
	case BTF_KIND_FWD:
		return btf__add_fwd(e->to, name, BTF_FWD_STRUCT);
	case BTF_KIND_TYPEDEF:
		return btf__add_typedef(e->to, name, take_type(e, type->type));
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return btf__add_const(e->to, take_type(e, type->type));
	default:
		return -EINVAL;
	}
}

/* Takes the structures that the programs name, and then all that these contain. */
static int fill_excerpt(struct excerpt *e, const struct name_set *set)
{
	int result = 0;

	for (uint32_t id = 1; id < btf__type_cnt(e->from); id++) {
		const struct btf_type *type = btf__type_by_id(e->from, id);
		const char *name;

		if (!is_structure(type))
			continue;
		name = btf__name_by_offset(e->from, type->name_off);
		if (set->name[find_slot(set, name, strlen(name))])
			take_type(e, id);
	}
	for (uint32_t i = 0; i < e->count && result >= 0; i++)
		result = copy_type(e, btf__type_by_id(e->from, e->taken[i]));
	return result < 0 ? result : 0;
}

static int write_whole(int file, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(file, data, size);

		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* ---- what others use ---- */

int btf_excerpt_open(char path[BTF_EXCERPT_PATH])
{
	int file = memfd_create("vigil-btf", MFD_CLOEXEC);

	snprintf(path, BTF_EXCERPT_PATH, "/proc/self/fd/%d", file);
	return file < 0 ? -errno : file;
}

int btf_excerpt_write(int file, const struct btf *kernel, const struct bpf_object *object)
{
	size_t types = btf__type_cnt(kernel);
	struct excerpt e = { .from = kernel,
			     .to = btf__new_empty(),
			     .number = calloc(types, sizeof *e.number),
			     .taken = calloc(types, sizeof *e.taken) };
	struct name_set *set = calloc(1, sizeof *set);
	const struct btf *programs = bpf_object__btf(object);
	int result = -ENOMEM;
	const void *data;
	uint32_t size;

	if (e.to && e.number && e.taken && set)
		result = programs && collect_names(set, programs) ? fill_excerpt(&e, set) : -EINVAL;
	if (result == 0) {
		data = btf__raw_data(e.to, &size);
		result = data ? write_whole(file, data, size) : -ENOMEM;
	}
	btf__free(e.to);
	free(e.number);
	free(e.taken);
	free(set);
	return result;
}
