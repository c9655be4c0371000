/* SPDX-License-Identifier: MIT */
/* lsm_kernel.h - whether this kernel can enforce rules by BPF LSM, and if not, why. */
#ifndef VIGIL_ENFORCE_LINUX_LSM_KERNEL_H
#define VIGIL_ENFORCE_LINUX_LSM_KERNEL_H

#include <vigil/vigil.h>

struct btf;

/* What can be known before a program is loaded. btf: the kernel's. VIGIL_ERROR_UNSUPPORTED: it cannot; error
 * says why, and what to do. */
enum vigil_code lsm_check_kernel(const struct btf *btf, struct vigil_error *error);

/* Whether the kernel says that it asks BPF LSM programs; false: it does not, or it is not
 * known. */
bool lsm_is_listed(void);

#endif /* VIGIL_ENFORCE_LINUX_LSM_KERNEL_H */
