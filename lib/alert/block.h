/* SPDX-License-Identifier: MIT */
/*
 * block.h - the starts of programs that a detection rule is about, as targets of rules that deny.
 *
 * A rule of `process_creation` that depends only on the path of the program, which is known before
 * the first instruction, is a list of targets of vigil-rules(5) if a start matches the detection
 * rule exactly when it matches one of them. Detection rules compare without case, and rules compare
 * bytes on Linux and ignore case on Windows: where spellings differ, each is a target.
 */
#ifndef VIGIL_ALERT_BLOCK_H
#define VIGIL_ALERT_BLOCK_H

#include <vigil/vigil.h>

#include "detect/detect.h"

#define BLOCK_SPELLINGS_MAX 64u

/* Why a rule is no list of targets. */
struct block_reason {
	const char *field; /* that the reason is about; NULL: none */
	const char *text;  /* a string constant */
};

/* Calls add() for each target of a rule; value is valid during the call. add: returns NULL, or a
 * reason to stop, a string constant. product: of the system whose rules they are to be. Returns
 * true; or false and sets *reason: the rule cannot be expressed exactly, and targets that were added
 * are to be ignored. */
bool block_targets(const struct detect_set *set, uint32_t rule, enum detect_product product,
		   const char *(*add)(void *user, enum vigil_target target, const char *value),
		   void *user, struct block_reason *reason);

#endif /* VIGIL_ALERT_BLOCK_H */
