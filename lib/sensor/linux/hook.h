/* SPDX-License-Identifier: MIT */
/* hook.h - tries whether the kernel lets a program be attached to one of its functions. */
#ifndef VIGIL_SENSOR_LINUX_HOOK_H
#define VIGIL_SENSOR_LINUX_HOOK_H

#include <stdint.h>

#include <linux/bpf.h>

/* Loads a program of two instructions and attaches it to the function or type `id` of the
 * kernel's BTF. Returns the descriptor of the link, or a negative error number; *what is the
 * step that it is of. */
int hook_attach(enum bpf_attach_type where, uint32_t id, const char **what);

#endif /* VIGIL_SENSOR_LINUX_HOOK_H */
