/* SPDX-License-Identifier: MIT */
/*
 * lsm_set.h - makes of parsed rules the entries of the hash map by which the kernel judges
 * starts (kernel/linux/judge.h).
 *
 * All rules of a set go to the kernel, or none: the first rule that matches decides, so a
 * rule that the kernel cannot evaluate takes the set with it.
 */
#ifndef VIGIL_ENFORCE_LINUX_LSM_SET_H
#define VIGIL_ENFORCE_LINUX_LSM_SET_H

#include "judge.h"
#include "rules/set.h"

struct lsm_entry {
	struct judge_key key;
	struct judge_value value;
};

struct lsm_set {
	struct lsm_entry *entry;
	size_t count;
};

/* What the set depends on beside the rules. */
struct lsm_world {
	uint64_t hash_key[2];
	/* Devices as file systems call themselves in mountinfo. A file that stat(2) says is
	 * on another device has an identity that the kernel does not know it by. */
	const uint64_t *device;
	size_t devices;
};

/*
 * Makes the set of rules that rules_resolve() has been through; looks at the files that they
 * name. The hits of a rule are counted where its counter's slot says. VIGIL_ERROR_UNSUPPORTED:
 * the kernel cannot evaluate it, and error names the first rule that it cannot;
 * VIGIL_ERROR_MEMORY. To be freed with lsm_set_free(), which an empty set ({ 0 }) passes too.
 */
enum vigil_code lsm_set_make(struct lsm_set *set, const struct vigil_rules *rules,
			     const struct lsm_world *world, struct vigil_error *error);
void lsm_set_free(struct lsm_set *set);

/* The hash of a whole path; false: a name in it is longer than any file's. */
bool lsm_hash_path(const char *path, size_t length, const uint64_t hash_key[2], uint64_t *hash);
uint64_t lsm_hash_name(const char *name, size_t length, const uint64_t hash_key[2]);

/* A device number of user space, as the kernel has it. */
uint64_t lsm_kernel_device(uint64_t device);

#endif /* VIGIL_ENFORCE_LINUX_LSM_SET_H */
