/* SPDX-License-Identifier: MIT */
/* atoms.c - adds atoms to a set, equal ones once. */
#include <stdlib.h>
#include <string.h>

#include "detect/load.h"

bool set_grow(void *array, uint32_t count, uint32_t *capacity, size_t size)
{
	void **memory = array;
	uint32_t more = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (count < *capacity)
		return true;
	grown = realloc(*memory, more * size);
	if (!grown)
		return false;
	*memory = grown;
	*capacity = more;
	return true;
}

uint32_t set_field(struct detect_set *set, const char *name)
{
	uint32_t number = string_table_add(&set->field_names, name, strlen(name));

	if (number == STRINGS_NONE)
		return DETECT_NO_FIELD;
	if (number == set->fields) {
		if (!set_grow(&set->field, set->fields, &set->field_capacity, sizeof(*set->field)))
			return DETECT_NO_FIELD;
		set->field[set->fields++] = (struct field){ .name = NULL };
	}
	return number;
}

/* What makes two atoms equal, as bytes. */
static bool atoms_key(struct vigil_buffer *out, const struct atom *atom, const char *key,
		      size_t length)
{
	const uint32_t part[] = { atom->kind,   atom->cased,
				  atom->exists, atom->operator, atom->part,
				  atom->shape,  atom->field,
				  atom->other };

	vigil_put(out, part, sizeof(part));
	vigil_put(out, key, length);
	return !out->failed;
}

uint32_t atoms_add(struct load *load, const struct atom *atom, const struct literal *literal,
		   const char *key, size_t length)
{
	struct detect_set *set = load->set;
	struct vigil_buffer bytes = { 0 };
	uint32_t number = STRINGS_NONE;

	if (atoms_key(&bytes, atom, key, length))
		number = string_table_add(&set->atom_keys, bytes.data, bytes.length);
	vigil_buffer_free(&bytes);
	if (number == STRINGS_NONE ||
	    !set_grow(&set->literal, set->atoms, &set->literal_capacity, sizeof(*literal)) ||
	    !set_grow(&set->atom, set->atoms, &set->atom_capacity, sizeof(*atom))) {
		load_out_of_memory(load);
		return DETECT_NO_FIELD;
	}
	if (number == set->atoms) {
		set->literal[set->atoms] = *literal;
		set->atom[set->atoms++] = *atom;
	}
	return number;
}
