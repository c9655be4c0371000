/* SPDX-License-Identifier: MIT */
/*
 * sequence.h - data in shared memory that one writer changes and others copy, without a lock: the
 * writer never waits. A number beside the data is odd while it is written. Every access is atomic,
 * word by word, because ThreadSanitizer does not know fences. The data is aligned to 8 bytes, and its
 * size a multiple of 8.
 */
#ifndef VIGIL_SEQUENCE_H
#define VIGIL_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Writes the data. The number may be odd before: a writer was killed in the middle. */
static inline void sequence_write(uint64_t *sequence, void *data, const void *from, size_t size)
{
	uint64_t odd = (__atomic_load_n(sequence, __ATOMIC_RELAXED) + 1) | 1;
	uint64_t *to = data, word;

	/* Acquire: the words are not written before the number. */
	__atomic_exchange_n(sequence, odd, __ATOMIC_ACQ_REL);
	for (size_t i = 0; i < size / sizeof(word); i++) {
		memcpy(&word, (const char *)from + i * sizeof(word), sizeof(word));
		__atomic_store_n(&to[i], word, __ATOMIC_RELEASE);
	}
	__atomic_store_n(sequence, odd + 1, __ATOMIC_RELEASE);
}

/* Copies the data. Returns false if it was being written, so the copy is not valid. */
static inline bool sequence_read(const uint64_t *sequence, const void *data, void *to, size_t size)
{
	uint64_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE), word;
	const uint64_t *from = data;

	for (size_t i = 0; i < size / sizeof(word); i++) {
		word = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
		memcpy((char *)to + i * sizeof(word), &word, sizeof(word));
	}
	return before % 2 == 0 && before == __atomic_load_n(sequence, __ATOMIC_RELAXED);
}

#endif /* VIGIL_SEQUENCE_H */
