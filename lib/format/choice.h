/* SPDX-License-Identifier: MIT */
/* choice.h - which fields JSON has: vigil_printer_options.fields, .omit and .compact. */
#ifndef VIGIL_FORMAT_CHOICE_H
#define VIGIL_FORMAT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "record/fields.h"

struct field_choice {
	bool lean;                   /* nothing was chosen: implied fields are left out */
	uint32_t types[FIELD_COUNT]; /* of each field: bits of the types in which it is written */
};

/* Returns false if a list has a name that does not exist. */
bool field_choice_make(struct field_choice *choice, const struct vigil_printer_options *options);

#endif /* VIGIL_FORMAT_CHOICE_H */
