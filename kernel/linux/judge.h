/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * judge.h - a set of rules in the form that the BPF program of lsm.bpf.c uses: one hash map,
 * whose layout and hashes the program and its loader (lib/enforce/linux) share.
 *
 * Paths are looked up by a hash of their components. Each component is hashed separately, and
 * the hashes are combined from the root down, because the kernel walks a path from its end. The
 * hash is SipHash-2-4 with a random key for each load: without the key, two names with the same
 * hash cannot be constructed.
 */
#ifndef VIGIL_JUDGE_H
#define VIGIL_JUDGE_H

#ifndef __bpf__
#include <stdbool.h>
#include <stdint.h>
#define JUDGE_INLINE static inline
#else
#define JUDGE_INLINE static __always_inline
#endif

#define JUDGE_NONE       0xffffffffu /* no rule */
#define JUDGE_ANY        0xffffffffu /* any user */
#define JUDGE_DEPTH      256         /* components of a path */
#define JUDGE_NAME_MAX   255         /* bytes of a component */
#define JUDGE_ID_MAX     64          /* bytes of a rule's id */
#define JUDGE_RULES_MAX  65536u      /* of a set */
#define JUDGE_COUNTERS   (2 * JUDGE_RULES_MAX + 1)
#define JUDGE_PARENTS    6 /* path, name and file of the caller, and those of its parent */
#define JUDGE_ROOT       1 /* the hash of "/" is made from this */
#define JUDGE_SET_NUMBER 0

enum judge_kind {
	JUDGE_SET = 1,  /* the whole set; what: JUDGE_SET_NUMBER */
	JUDGE_RULE = 2, /* a rule; what: its number */
	JUDGE_PATH = 3,
	JUDGE_FOLDER = 4,
	JUDGE_NAME = 5,
	JUDGE_FILE = 6,       /* what: inode number */
	JUDGE_DIRECTORY = 7,  /* the same, of a folder */
	JUDGE_STRICT_PATH = 8 /* a parent's path, on mounts not made by root */
};

struct judge_key {
	uint64_t what;
	uint64_t device; /* of JUDGE_FILE and JUDGE_DIRECTORY: the kernel's dev_t */
	uint64_t parent; /* hash of the parent that is required; 0: any */
	uint32_t user;   /* effective user id; JUDGE_ANY */
	uint32_t kind;   /* enum judge_kind */
};

/* The set also has keys that differ from this one only in user, only in parent, or in both. */
#define JUDGE_BY_USER   1u
#define JUDGE_BY_PARENT 2u
#define JUDGE_BY_BOTH   4u

struct judge_value {
	/* Of a name, path or file: the first rule with this key, and the first of those that do
	 * not allow. JUDGE_NONE: there is none. */
	uint32_t first, first_strict;
	uint32_t conditions; /* JUDGE_BY_...; of a JUDGE_SET: those of all its keys */
	/* Of a JUDGE_RULE. Of a JUDGE_SET: for starts that cannot be judged. */
	uint32_t verdict; /* enum vigil_verdict */
	uint32_t counter; /* index of the counter of hits */
	uint32_t id_length;
	char id[JUDGE_ID_MAX];
	/* Of a JUDGE_SET: whether it has keys for inodes of folders; for paths or folders. */
	uint32_t directories, paths;
};

/* ---- SipHash-2-4 of whole 64-bit words ---- */

struct judge_hash {
	uint64_t v0, v1, v2, v3;
};

JUDGE_INLINE uint64_t judge_rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

JUDGE_INLINE void judge_round(struct judge_hash *h)
{
	h->v0 += h->v1;
	h->v2 += h->v3;
	h->v1 = judge_rotate(h->v1, 13) ^ h->v0;
	h->v3 = judge_rotate(h->v3, 16) ^ h->v2;
	h->v0 = judge_rotate(h->v0, 32);
	h->v2 += h->v1;
	h->v0 += h->v3;
	h->v1 = judge_rotate(h->v1, 17) ^ h->v2;
	h->v3 = judge_rotate(h->v3, 21) ^ h->v0;
	h->v2 = judge_rotate(h->v2, 32);
}

JUDGE_INLINE void judge_hash_begin(struct judge_hash *h, uint64_t key0, uint64_t key1)
{
	h->v0 = key0 ^ 0x736f6d6570736575ull;
	h->v1 = key1 ^ 0x646f72616e646f6dull;
	h->v2 = key0 ^ 0x6c7967656e657261ull;
	h->v3 = key1 ^ 0x7465646279746573ull;
}

JUDGE_INLINE void judge_hash_add(struct judge_hash *h, uint64_t word)
{
	h->v3 ^= word;
	judge_round(h);
	judge_round(h);
	h->v0 ^= word;
}

JUDGE_INLINE uint64_t judge_hash_end(struct judge_hash *h)
{
	h->v2 ^= 0xff;
	judge_round(h);
	judge_round(h);
	judge_round(h);
	judge_round(h);
	return h->v0 ^ h->v1 ^ h->v2 ^ h->v3;
}

/* Hashes a name of `length` bytes; unused bytes of the words are 0. */
JUDGE_INLINE uint64_t judge_hash_name(const uint64_t words[32], uint32_t length, uint64_t key0,
				      uint64_t key1)
{
	struct judge_hash h;

	judge_hash_begin(&h, key0, key1);
	for (uint32_t i = 0; i < 32; i++) {
		if (i * 8 >= length)
			break;
		judge_hash_add(&h, words[i]);
	}
	judge_hash_add(&h, length);
	return judge_hash_end(&h);
}

/* Hashes two values in order: a folder and an entry of it, or a device and an inode. */
JUDGE_INLINE uint64_t judge_hash_two(uint64_t first, uint64_t second, uint64_t key0, uint64_t key1)
{
	struct judge_hash h;

	judge_hash_begin(&h, key0, key1);
	judge_hash_add(&h, first);
	judge_hash_add(&h, second);
	judge_hash_add(&h, 0x100); /* no name has this length */
	return judge_hash_end(&h);
}

#endif /* VIGIL_JUDGE_H */
