/* SPDX-License-Identifier: MIT */
/* metrics_confine.h - the privileges of the process that answers requests for the figures. */
#ifndef VIGIL_METRICS_CONFINE_H
#define VIGIL_METRICS_CONFINE_H

#include "os/confine.h"

/* The build makes it from metrics_calls.c. */
extern const struct confine_filter metrics_filters[1];

#endif /* VIGIL_METRICS_CONFINE_H */
