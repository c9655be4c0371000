/* SPDX-License-Identifier: MIT */
#include "os/btf_excerpt.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "os/kernel_types.h"

struct excerpt {
	const struct kernel_types *from;
	struct btf *to;
	uint32_t *number; /* by the id in `from`: the id in `to`; 0: not taken */
	uint32_t *taken;  /* by the id in `to` less 1: the id in `from` */
	uint32_t count;   /* of taken */
};

/* ---- the types ---- */

/* The id that a type has in the excerpt. */
static int take_type(struct excerpt *e, uint32_t id)
{
	if (id == 0 || id >= kernel_types_count(e->from))
		return 0;
	if (e->number[id] == 0) {
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
		    btf__add_field(e->to, kernel_types_string(e->from, member[i].name_off),
				   take_type(e, member[i].type), btf_member_bit_offset(type, i),
				   btf_member_bitfield_size(type, i));
	return result;
}

/* Adds the type, as far as a relocation looks at it. */
static int copy_type(struct excerpt *e, const struct btf_type *type)
{
	const char *name = kernel_types_string(e->from, type->name_off);
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

/* Without the ___ by which one structure can have several descriptions. */
static size_t essential_length(const char *name)
{
	const char *end = strstr(name + (*name != '\0'), "___");

	return end ? (size_t)(end - name) : strlen(name);
}

/* Takes the structures and unions that have the name of one in the programs. */
static void take_named(struct excerpt *e, const struct btf *programs, const struct btf_type *named)
{
	const char *name = btf__name_by_offset(programs, named->name_off);
	size_t length = essential_length(name);

	if (!btf_is_composite(named) || length == 0)
		return;
	for (uint32_t id = 0; (id = kernel_types_next(e->from, name, length, id)) != 0;)
		if (btf_is_composite(kernel_types_at(e->from, id)))
			take_type(e, id);
}

/* Takes the structures that the programs name, and then all that these contain. */
static int fill_excerpt(struct excerpt *e, const struct btf *programs)
{
	int result = 0;

	for (uint32_t id = 1; id < btf__type_cnt(programs); id++)
		take_named(e, programs, btf__type_by_id(programs, id));
	for (uint32_t i = 0; i < e->count && result >= 0; i++)
		result = copy_type(e, kernel_types_at(e->from, e->taken[i]));
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

int btf_excerpt_write(int file, const struct kernel_types *kernel, const struct bpf_object *object)
{
	uint32_t types = kernel_types_count(kernel);
	struct excerpt e = { .from = kernel,
			     .to = btf__new_empty(),
			     .number = calloc(types, sizeof(*e.number)),
			     .taken = calloc(types, sizeof(*e.taken)) };
	const struct btf *programs = bpf_object__btf(object);
	int result = -ENOMEM;
	const void *data;
	uint32_t size;

	if (e.to && e.number && e.taken)
		result = programs ? fill_excerpt(&e, programs) : -EINVAL;
	if (result == 0) {
		data = btf__raw_data(e.to, &size);
		result = data ? write_whole(file, data, size) : -ENOMEM;
	}
	btf__free(e.to);
	free(e.number);
	free(e.taken);
	return result;
}
