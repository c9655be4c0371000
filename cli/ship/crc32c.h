/* SPDX-License-Identifier: MIT */
/* crc32c.h - the checksum of the spool: CRC-32C (Castagnoli), as in RFC 3720. */
#ifndef VIGIL_SHIP_CRC32C_H
#define VIGIL_SHIP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Returns the checksum of data; crc: that of the bytes before them, or 0. */
uint32_t crc32c(uint32_t crc, const void *data, size_t length);

/* The same, without the instruction of the processor; for tests. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t length);

#endif /* VIGIL_SHIP_CRC32C_H */
