/* SPDX-License-Identifier: MIT */
/* lsm_kernel.h - whether this kernel can enforce rules by BPF LSM, and if not, why. */
#ifndef VIGIL_ENFORCE_LINUX_LSM_KERNEL_H
#define VIGIL_ENFORCE_LINUX_LSM_KERNEL_H

#include <vigil/vigil.h>

struct kernel_types;

/* Checks what can be known before a program is loaded. types: of the kernel.
 * VIGIL_ERROR_UNSUPPORTED: it cannot; *error contains the reason and a remedy. */
enum vigil_code lsm_check_kernel(const struct kernel_types *types, struct vigil_error *error);

/* Whether bpf is in the kernel's list of LSMs. Also false if the list cannot be read. */
bool lsm_is_listed(void);

#endif /* VIGIL_ENFORCE_LINUX_LSM_KERNEL_H */
