/* SPDX-License-Identifier: MIT */
/* version.h - the driver's version, for the resource compiler and HELLO alike. */
#ifndef VIGIL_VERSION_H
#define VIGIL_VERSION_H

#define VIGIL_VERSION_MAJOR 0
#define VIGIL_VERSION_MINOR 1
#define VIGIL_VERSION_PATCH 0
#define VIGIL_VERSION_TEXT  "0.1.0"

#endif /* VIGIL_VERSION_H */
