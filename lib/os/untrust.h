/* SPDX-License-Identifier: MIT */
/* untrust.h - see untrusted() in kernel/linux/record.h. */
#ifndef VIGIL_UNTRUST_H
#define VIGIL_UNTRUST_H

struct bpf_object;
struct kernel_types;

/*
 * Inserts a call of the kernel's bpf_rdonly_cast() at each mark of untrusted() in the programs of
 * an object that is opened and not yet loaded. Does nothing if the kernel does not have that
 * function (before Linux 6.2). Returns 0 or -errno.
 */
int untrust_tasks(const struct bpf_object *object, const struct kernel_types *kernel);

#endif /* VIGIL_UNTRUST_H */
