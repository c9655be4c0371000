/* SPDX-License-Identifier: MIT */
/* pooltags.h - one tag for each purpose, for !poolused. */
#ifndef VIGIL_POOLTAGS_H
#define VIGIL_POOLTAGS_H

/* The four letters in memory order. */
#define POOL_TAG(a, b, c, d) ((ULONG)(a) | (ULONG)(b) << 8 | (ULONG)(c) << 16 | (ULONG)(d) << 24)

#define TAG_QUEUE    POOL_TAG('V', 'g', 'Q', 'u') /* the ring */
#define TAG_READER   POOL_TAG('V', 'g', 'R', 'd') /* one per open handle */
#define TAG_SCRATCH  POOL_TAG('V', 'g', 'S', 'c') /* records not yet converted for a seed */
#define TAG_RECORD   POOL_TAG('V', 'g', 'R', 'c') /* long strings, on their way to the ring */
#define TAG_PROCESS  POOL_TAG('V', 'g', 'P', 'r') /* state of one process */
#define TAG_THREAD   POOL_TAG('V', 'g', 'T', 'h') /* state of one thread */
#define TAG_RULES    POOL_TAG('V', 'g', 'R', 'l') /* a set of rules */
#define TAG_SNAPSHOT POOL_TAG('V', 'g', 'S', 'n') /* lists and names of a snapshot */
#define TAG_SETTINGS POOL_TAG('V', 'g', 'S', 't') /* values read from the registry */

#endif /* VIGIL_POOLTAGS_H */
