/* SPDX-License-Identifier: MIT */
/*
 * lsm_set.h - converts parsed rules to the entries of the hash map with which the kernel judges
 * execs (kernel/linux/judge.h).
 *
 * The kernel gets all rules of a set or none. The first rule that matches decides, so if it
 * cannot evaluate one rule, it cannot use the set.
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

/* What the set depends on besides the rules. */
struct lsm_world {
	uint64_t hash_key[2];
	/* The devices in mountinfo. If stat(2) reports another device for a file, the kernel
	 * does not know the file by that identity. */
	const uint64_t *device;
	size_t devices;
};

/*
 * Builds the set of rules that have been through rules_resolve(). Reads metadata of the files
 * that they name. The kernel counts the hits of a rule in the slot of its counter.
 * VIGIL_ERROR_UNSUPPORTED: the kernel cannot evaluate the set; *error names the first rule that
 * prevents it. VIGIL_ERROR_MEMORY. The caller frees the set with lsm_set_free(), also on an
 * error; an empty set ({ 0 }) is allowed there.
 */
enum vigil_code lsm_set_build(struct lsm_set *set, const struct vigil_rules *rules,
			      const struct lsm_world *world, struct vigil_error *error);
void lsm_set_free(struct lsm_set *set);

/* Computes the hash of a path. Returns false if a name in it is longer than a file's can be. */
bool lsm_hash_path(const char *path, size_t length, const uint64_t hash_key[2], uint64_t *hash);
uint64_t lsm_hash_name(const char *name, size_t length, const uint64_t hash_key[2]);

/* Converts a device number of user space to the kernel's encoding. */
uint64_t lsm_kernel_device(uint64_t device);

#endif /* VIGIL_ENFORCE_LINUX_LSM_SET_H */
