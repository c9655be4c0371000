/* SPDX-License-Identifier: MIT */
/*
 * lsm.h - rules in force by a BPF program that the kernel asks before each start
 * (kernel/linux/lsm.bpf.c): nobody in user space answers, so nobody waits for an answer.
 *
 * One thread opens and closes; the keeper of enforce.c gives it sets and reads the hits;
 * the reader's thread takes the records.
 */
#ifndef VIGIL_ENFORCE_LINUX_LSM_H
#define VIGIL_ENFORCE_LINUX_LSM_H

#include "enforce/enforce.h"

/* What keeps the rules in force without us: files of BPF whose names begin so. */
#define LSM_PIN "/sys/fs/bpf/vigil-rules"

struct lsm;

/* Loads and attaches the program, and sees to it that the kernel asks it. Nothing is
 * refused before lsm_replace(). VIGIL_ERROR_UNSUPPORTED or VIGIL_ERROR_PRIVILEGE: this kernel
 * does not allow it, and error says why, and what to do. */
enum vigil_code lsm_open(struct lsm **out, struct vigil_error *error);
/* Rules that lsm_keep() has pinned stay in force; others end. NULL passes. */
void lsm_close(struct lsm *lsm);

/* Puts rules, which rules_resolve() has been through, in force, in the place of those before
 * and in one step. When it returns nobody is judged by those before any more. VIGIL_ERROR_UNSUPPORTED: the kernel cannot evaluate one of
 * the rules, which error names; those before stay in force. */
enum vigil_code lsm_replace(struct lsm *lsm, const struct vigil_rules *rules,
			    struct vigil_error *error);

/* No rules are in force any more. */
void lsm_lift(struct lsm *lsm);

/* Keeps the rules in force when this process has ended (keep), or lifts what it or an earlier
 * one has kept so; then lsm may be NULL. */
enum vigil_code lsm_keep(struct lsm *lsm, bool keep, struct vigil_error *error);

/* Sets the counters of these rules, which are in force, to what the kernel has counted. */
void lsm_take_hits(const struct lsm *lsm, const struct vigil_rules *rules);

/* Whether a descriptor is needed by lsm_replace, lsm_lift and lsm_keep. */
bool lsm_uses(const struct lsm *lsm, int fd);

/* Becomes readable when a record is there. */
int lsm_fd(const struct lsm *lsm);

/* As of enforce.h. */
const struct vigil_header *lsm_peek(struct lsm *lsm);
void lsm_advance(struct lsm *lsm);
uint64_t lsm_refused(struct lsm *lsm);
uint64_t lsm_produced(const struct lsm *lsm);

#endif /* VIGIL_ENFORCE_LINUX_LSM_H */
