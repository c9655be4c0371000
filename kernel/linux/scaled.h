/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* scaled.h - a proportion of a 64-bit number; a unit test includes it, too. */
#ifndef VIGIL_BPF_SCALED_H
#define VIGIL_BPF_SCALED_H

/* Returns part * whole / total, exact to about 2^-30 of whole; part is at most total, which is not
 * 0. Shifting part and total alike keeps their ratio, and leaves the largest bits of total. */
static __always_inline uint64_t scaled(uint64_t part, uint64_t whole, uint64_t total)
{
	int shift = 0;

	for (int i = 0; i < 32 && total >> 32; i++) {
		part >>= 1;
		total >>= 1;
	}
	while (shift < 32 && whole >> 32) {
		whole >>= 1;
		shift++;
	}
	return total ? part * whole / total << shift : 0;
}

#endif /* VIGIL_BPF_SCALED_H */
