/* SPDX-License-Identifier: MIT */
/* rdonly_cast.h - inserts bpf_rdonly_cast() calls: see untrusted() in kernel/linux/record.h. */
#ifndef VIGIL_RDONLY_CAST_H
#define VIGIL_RDONLY_CAST_H

struct bpf_object;
struct kernel_types;

/*
 * Inserts a call of the kernel's bpf_rdonly_cast() at each mark of untrusted() in the programs of
 * an object that is opened and not yet loaded. Does nothing if the kernel does not have that
 * function (before Linux 6.2). Returns 0 or -errno.
 */
int rdonly_cast_insert(const struct bpf_object *object, const struct kernel_types *kernel);

#endif /* VIGIL_RDONLY_CAST_H */
