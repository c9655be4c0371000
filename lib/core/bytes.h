/* SPDX-License-Identifier: MIT */
/*
 * bytes.h - bytes to text: a growing buffer, numbers and times, UTF-8.
 *
 * A buffer allocates only when a line is longer than all before it. A failed allocation is
 * remembered in `failed`, so that the caller checks once, after the last write. Numbers and
 * times are written without printf and without a locale.
 */
#ifndef VIGIL_CORE_BYTES_H
#define VIGIL_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct vigil_buffer {
	char *data;
	size_t length;
	size_t capacity;
	bool failed; /* an allocation failed: some of what was written is missing */
};

/* Makes space for `more` bytes after the contents. Returns false if out of memory. */
bool vigil_buffer_grow(struct vigil_buffer *b, size_t more);
void vigil_buffer_free(struct vigil_buffer *b);

static inline bool vigil_buffer_reserve(struct vigil_buffer *b, size_t more)
{
	return b->capacity - b->length >= more || vigil_buffer_grow(b, more);
}

static inline void vigil_put(struct vigil_buffer *b, const void *data, size_t length)
{
	if (length > 0 && vigil_buffer_reserve(b, length)) {
		memcpy(b->data + b->length, data, length);
		b->length += length;
	}
}

static inline void vigil_put_char(struct vigil_buffer *b, char c)
{
	if (vigil_buffer_reserve(b, 1))
		b->data[b->length++] = c;
}

static inline void vigil_put_text(struct vigil_buffer *b, const char *text)
{
	vigil_put(b, text, strlen(text));
}

void vigil_put_unsigned(struct vigil_buffer *b, uint64_t value);
void vigil_put_signed(struct vigil_buffer *b, int64_t value);
void vigil_put_hex(struct vigil_buffer *b, uint64_t value); /* 0x1f */
void vigil_put_hex_bytes(struct vigil_buffer *b, const void *data, size_t length);
void vigil_put_base64(struct vigil_buffer *b, const void *data, size_t length);

/* Writes "2026-11-20T20:14:22.123456789Z" without the Z, with `separator` instead of the T and
 * with `digits` (0 to 9) of the fraction. ns: since 1970 UTC. */
void vigil_put_utc(struct vigil_buffer *b, uint64_t ns, char separator, unsigned digits);

/* Write numbers into the caller's memory, without a NUL. vigil_format_unsigned returns the length of
 * the number, and may write to all of VIGIL_DECIMAL_MAX bytes even if the number is shorter. */
#define VIGIL_DECIMAL_MAX 24
#define VIGIL_GUID_LENGTH 36
size_t vigil_format_unsigned(char *out, uint64_t value);
void vigil_format_padded(char *out, uint64_t value, unsigned digits);
void vigil_format_hex(char *out, uint64_t value, unsigned digits);

/* Writes a GUID that identifies one process permanently: host and boot, PID, start key. */
void vigil_format_entity(char out[VIGIL_GUID_LENGTH], uint64_t machine, uint32_t pid,
			 uint64_t start_key);

/* Decodes one character of UTF-8 from length > 0 bytes. Returns the number of its bytes and sets
 * *code. If it is ill-formed, returns minus the number of bytes that one U+FFFD replaces, as
 * Unicode recommends. */
int vigil_utf8_step(const char *data, size_t length, uint32_t *code);
bool vigil_utf8_valid(const char *data, size_t length);

/* Writes code as UTF-8, including surrogates. Returns 1 to 4 bytes. */
size_t vigil_utf8_write(char *out, uint32_t code);

/* Converts UTF-16LE to UTF-8. out needs 3 bytes for each 2 bytes of input. An unpaired surrogate
 * becomes its three bytes; an odd last byte is ignored. Returns the number of bytes written. */
size_t vigil_utf16_to_utf8(char *out, const void *data, size_t bytes);

/* Converts UTF-8 to UTF-16LE. out needs 2 bytes for each byte of input. The three bytes of an
 * unpaired surrogate become that surrogate again; other ill-formed bytes become U+FFFD. Returns
 * the number of bytes written. */
size_t vigil_utf8_to_utf16(void *out, const char *data, size_t length);

#endif /* VIGIL_CORE_BYTES_H */
