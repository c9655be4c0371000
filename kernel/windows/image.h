/* SPDX-License-Identifier: MIT */
/* image.h - images: mapped into processes, and drivers. */
#ifndef VIGIL_IMAGE_H
#define VIGIL_IMAGE_H

#include "nt.h"

/* Notifications may arrive after it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ImageStart(VOID);

/* No notification is running after it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ImageStop(VOID);

#endif /* VIGIL_IMAGE_H */
