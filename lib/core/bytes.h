/* SPDX-License-Identifier: MIT */
/*
 * bytes.h - bytes to text: a buffer that grows, numbers and times, UTF-8.
 *
 * A buffer allocates only when a line is longer than any before it. A failed
 * allocation is remembered in `failed`: whoever fills the buffer asks once, at
 * the end. Numbers and times are written without printf and without a locale.
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
	bool failed; /* memory ran out: what was to be written is missing */
};

/* Makes room for `more` bytes behind the contents. false: no memory. */
bool vigil_buffer_grow(struct vigil_buffer *b, size_t more);
void vigil_buffer_free(struct vigil_buffer *b);

static inline bool vigil_buffer_room(struct vigil_buffer *b, size_t more)
{
	return b->capacity - b->length >= more || vigil_buffer_grow(b, more);
}

static inline void vigil_put(struct vigil_buffer *b, const void *data, size_t length)
{
	if (length > 0 && vigil_buffer_room(b, length)) {
		memcpy(b->data + b->length, data, length);
		b->length += length;
	}
}

static inline void vigil_put_char(struct vigil_buffer *b, char c)
{
	if (vigil_buffer_room(b, 1))
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

/* "2026-11-20T20:14:22.123456789Z" with `separator` in the place of the T and
 * `digits` (0 to 9) of the fraction; no Z at the end. */
void vigil_put_utc(struct vigil_buffer *b, uint64_t ns, char separator, unsigned digits);

/* The same into memory of the caller, without a NUL. A decimal number needs room
 * for VIGIL_DECIMAL_MAX bytes, however short it is; its length is returned. */
#define VIGIL_DECIMAL_MAX 24
#define VIGIL_GUID_LENGTH 36
size_t vigil_format_unsigned(char *out, uint64_t value);
void vigil_format_padded(char *out, uint64_t value, unsigned digits);
void vigil_format_hex(char *out, uint64_t value, unsigned digits);

/* One process for ever, in the form of a GUID: host and boot, PID, start key. */
void vigil_format_entity(char out[VIGIL_GUID_LENGTH], uint64_t machine, uint32_t pid,
			 uint64_t start_key);

/* Reads one character of UTF-8 from length > 0 bytes. Returns the bytes that it
 * takes and sets *code. Ill-formed: returns minus the count of bytes for which
 * one U+FFFD stands, after the practice that Unicode recommends. */
int vigil_utf8_step(const char *data, size_t length, uint32_t *code);
bool vigil_utf8_valid(const char *data, size_t length);

/* Writes code as UTF-8, surrogates too; returns 1 to 4. */
size_t vigil_utf8_write(char *out, uint32_t code);

/* UTF-16LE to UTF-8. out has room for 3 bytes per 2 of input. An unpaired
 * surrogate becomes its three bytes, an odd last byte is ignored. Returns the
 * bytes written. */
size_t vigil_utf16_to_utf8(char *out, const void *data, size_t bytes);

/* And back. out has room for 2 bytes per byte of input. The three bytes of an
 * unpaired surrogate become it again, what else is ill-formed U+FFFD. Returns the
 * bytes written. */
size_t vigil_utf8_to_utf16(void *out, const char *data, size_t length);

#endif /* VIGIL_CORE_BYTES_H */
