/* SPDX-License-Identifier: MIT */
/* parts.h - puts a part behind a record that is made in user space. */
#ifndef VIGIL_RECORD_PARTS_H
#define VIGIL_RECORD_PARTS_H

#include <string.h>

#include <vigil/event.h>

/* Writes the part at `at`, where there is zeroed room; returns where the next begins. */
static inline struct vigil_part *part_add(struct vigil_part *at, uint16_t kind, uint8_t source,
					  const void *value, size_t length)
{
	*at = (struct vigil_part){ .kind = kind,
				   .source = source,
				   .length = (uint32_t)length,
				   .original = (uint32_t)length };
	memcpy(at + 1, value, length);
	return (struct vigil_part *)(void *)((uint8_t *)at +
					     ((sizeof *at + length + 7) & ~(size_t)7));
}

#endif /* VIGIL_RECORD_PARTS_H */
