/* SPDX-License-Identifier: MIT */
/* image.h - images: mapped into processes, and drivers. */
#ifndef VIGIL_IMAGE_H
#define VIGIL_IMAGE_H

#include "nt.h"

/* From its return on the notifications may come. */
_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS ImageStart(VOID);

/* None runs any more when it returns. */
_IRQL_requires_max_(PASSIVE_LEVEL)
VOID ImageStop(VOID);

#endif /* VIGIL_IMAGE_H */
