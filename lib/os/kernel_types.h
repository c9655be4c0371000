/* SPDX-License-Identifier: MIT */
/*
 * kernel_types.h - the type information of the running kernel (BTF), found by name. libbpf's
 * own reader copies the file twice and searches all types for each name: 10 ms, and up to 1 ms
 * for a name. This maps the file, where the kernel allows that (Linux 6.16), and goes through
 * it once.
 */
#ifndef VIGIL_KERNEL_TYPES_H
#define VIGIL_KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/btf.h>

#define KERNEL_TYPES_FILE "/sys/kernel/btf/vmlinux"

struct kernel_types;

/* Reads the file. NULL: errno says why. The caller frees it by kernel_types_close. */
struct kernel_types *kernel_types_open(void);
void kernel_types_close(struct kernel_types *types);

/* How many types there are: ids are less than this, and 0 is void. */
uint32_t kernel_types_count(const struct kernel_types *types);

/* The type with this id, which must be less than the count and not 0. */
const struct btf_type *kernel_types_at(const struct kernel_types *types, uint32_t id);

/* A string at an offset that a type has. */
const char *kernel_types_string(const struct kernel_types *types, uint32_t offset);

/*
 * The first id after `after` of a type with this name, of `length` bytes; 0: there are no more.
 * Finds functions, structures, unions and typedefs. Begin with after = 0. The order is not that
 * of the ids.
 */
uint32_t kernel_types_next(const struct kernel_types *types, const char *name, size_t length,
			   uint32_t after);

/* The id of a type with this name and kind (BTF_KIND_FUNC, _STRUCT, _UNION, _TYPEDEF); 0: there
 * is none. */
uint32_t kernel_types_find(const struct kernel_types *types, const char *name, uint32_t kind);

/* Whether the kernel has this function, and it is one that BPF programs can name. */
bool kernel_types_has_function(const struct kernel_types *types, const char *name);

/* How many parameters the programs at a tracepoint have, their own context included; 0: the
 * kernel has no such tracepoint. name: without btf_trace_. */
uint32_t kernel_types_tracepoint(const struct kernel_types *types, const char *name);

#endif /* VIGIL_KERNEL_TYPES_H */
