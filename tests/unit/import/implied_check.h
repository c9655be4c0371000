/* SPDX-License-Identifier: MIT */
/* implied_check.h - checks that JSON without the fields that the rest of a line implies (record/
 * implied.h) is imported as the same records as JSON with all fields. */
#ifndef IMPLIED_CHECK_H
#define IMPLIED_CHECK_H

#include <stdint.h>

/* Fails the test if any record differs. recording: a file of events. folder: for two files, which
 * are removed. Returns the number of lines. */
uint64_t implied_check(const char *recording, const char *folder);

#endif
