/* SPDX-License-Identifier: MIT */
/*
 * lsm.h - enforces rules by a BPF LSM program that the kernel runs before each exec
 * (kernel/linux/lsm.bpf.c). No process in user space is involved in the decision.
 *
 * One thread opens and closes it. The keeper (enforcer.c) replaces the rules and reads the
 * hits; the reader's thread takes the records.
 */
#ifndef VIGIL_ENFORCE_LINUX_LSM_H
#define VIGIL_ENFORCE_LINUX_LSM_H

#include "enforce/enforce.h"

/* Prefix of the files in which the BPF links are pinned, so that rules outlive this process. */
#define LSM_PIN "/sys/fs/bpf/vigil-rules"

struct lsm;

/* Loads and attaches the program, and checks with a trial exec that the kernel runs it. Nothing
 * is denied before lsm_replace(). VIGIL_ERROR_UNSUPPORTED or VIGIL_ERROR_PRIVILEGE: this kernel
 * does not allow it; *error contains the reason and a remedy. */
enum vigil_code lsm_open(struct lsm **out, struct vigil_error *error);
/* Rules that lsm_keep() has pinned stay in force; others end. NULL is allowed. */
void lsm_close(struct lsm *lsm);

/* Replaces the rules in force by rules that have been through rules_resolve(), atomically.
 * After the return no exec is judged by the previous rules. VIGIL_ERROR_UNSUPPORTED: the kernel
 * cannot evaluate one of the rules, which *error names. On an error the previous rules stay in
 * force. */
enum vigil_code lsm_replace(struct lsm *lsm, const struct vigil_rules *rules,
			    struct vigil_error *error);

/* Removes the rules in force. */
void lsm_lift(struct lsm *lsm);

/* Pins the links, so that the rules stay in force after this process has ended (keep), or
 * removes the pins of this or an earlier process; then lsm may be NULL. */
enum vigil_code lsm_keep(struct lsm *lsm, bool keep, struct vigil_error *error);

/* Copies the kernel's hit counters to these rules, which are in force. */
void lsm_read_hits(const struct lsm *lsm, const struct vigil_rules *rules);

/* Whether lsm_replace(), lsm_lift() or lsm_keep() needs this descriptor. lsm may be NULL. */
bool lsm_uses(const struct lsm *lsm, int fd);

/* A descriptor that becomes readable when a record is available. */
int lsm_fd(const struct lsm *lsm);

/* The same as the functions of enforcer.h. */
const struct vigil_header *lsm_peek(struct lsm *lsm);
void lsm_advance(struct lsm *lsm);
uint64_t lsm_refused(struct lsm *lsm);
uint64_t lsm_produced(const struct lsm *lsm);

#endif /* VIGIL_ENFORCE_LINUX_LSM_H */
