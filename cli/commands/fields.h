/* SPDX-License-Identifier: MIT */
/* fields.h - formats of `vigil fields` that describe the fields to a database. */
#ifndef VIGIL_COMMANDS_FIELDS_H
#define VIGIL_COMMANDS_FIELDS_H

#include <vigil/field.h>

/* Print all fields as a table, as an index template. names is not used: both describe whole
 * events. Return the number of fields. */
size_t fields_print_clickhouse(char **names);
size_t fields_print_elasticsearch(char **names);

#endif /* VIGIL_COMMANDS_FIELDS_H */
