/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* scaled.h - a proportion of a 64-bit number; a unit test includes it, too. */
#ifndef VIGIL_BPF_SCALED_H
#define VIGIL_BPF_SCALED_H

/* Returns how many bits of a number are above its 32nd. Without branches: the verifier would
 * follow each of them. */
static __always_inline unsigned bits_above_32(uint64_t number)
{
	uint64_t high = number >> 32;
	unsigned bits = 0;

	for (int size = 16; size > 0; size >>= 1) {
		/* 1 if high has more than `size` bits: then the subtraction borrows. */
		unsigned more =
		    (unsigned)(((UINT64_C(1) << size) - 1 - high) >> 63) * (unsigned)size;

		high >>= more;
		bits += more;
	}
	return bits + (unsigned)high;
}

/* Returns part * whole / total, exact to about 2^-30 of whole; part is at most total, which is not
 * 0. Shifting part and total alike keeps their ratio, and leaves the largest bits of total. */
static __always_inline uint64_t scaled(uint64_t part, uint64_t whole, uint64_t total)
{
	unsigned ratio = bits_above_32(total), shift = bits_above_32(whole);

	part >>= ratio;
	total >>= ratio;
	whole >>= shift;
	return total ? part * whole / total << shift : 0;
}

#endif /* VIGIL_BPF_SCALED_H */
