/* SPDX-License-Identifier: MIT */
/* correlate_group.h - the groups of a correlation and the hits in them, with limits. */
#ifndef VIGIL_DETECT_CORRELATE_GROUP_H
#define VIGIL_DETECT_CORRELATE_GROUP_H

#include "detect/correlate.h"

/* A list of texts in one allocation: each is its length (4 bytes), the text and a NUL. */
struct correlate_texts {
	char *data;
	uint32_t length;
};

struct correlate_hit {
	uint64_t time;
	uint64_t step; /* number of the event, or of the end of a frame, that caused it */
	uint64_t key;  /* hits with the same key and text are one: a number, or the text's hash */
	double number; /* VALUE_SUM: the value; VALUE_PERCENTILE: how often the text occurred */
	struct correlate_texts text; /* VALUE_COUNT, VALUE_PERCENTILE: the values; else none */
	uint32_t reference;
};

struct correlate_group {
	struct correlate_group *chain;       /* with the same slot */
	struct correlate_group *prev, *next; /* by last hit; with frames, by begin */
	struct correlate_texts key;          /* values of group_by */
	struct correlate_texts carried;      /* fields of the last event, for other correlations */
	uint64_t hash;
	uint64_t begin;            /* of the frame */
	uint64_t first, last;      /* times of hits */
	uint64_t last_event;       /* key of the event that was counted last */
	uint64_t total;            /* hits in the frame */
	double sum;                /* of their values */
	struct correlate_hit *hit; /* by time, then step */
	uint32_t count, capacity;
};

struct correlate_groups {
	struct correlate_group **slot;
	uint32_t slots; /* a power of 2 */
	struct correlate_group *head, *tail;
	struct correlate_limits limits; /* `memory` of this correlation */
	size_t memory;
	struct correlate_count count;
};

bool groups_init(struct correlate_groups *groups, const struct correlate_limits *limits);
void groups_free(struct correlate_groups *groups);

struct correlate_group *groups_find(const struct correlate_groups *groups,
				    const struct correlate_texts *key, uint64_t hash);

/* Adds a group, at its place by `begin` if the correlation has frames, and evicts others for
 * it. The group owns key from then on. Returns NULL if out of memory. */
struct correlate_group *groups_add(struct correlate_groups *groups, struct correlate_texts *key,
				   uint64_t hash, uint64_t begin);

/* Makes a group the last to be evicted. */
void groups_touch(struct correlate_groups *groups, struct correlate_group *group);

void groups_remove(struct correlate_groups *groups, struct correlate_group *group);

/* Exchanges the carried texts with others. */
void groups_carry(struct correlate_groups *groups, struct correlate_group *group,
		  struct correlate_texts *carried);

/* Removes hits older than a time. */
void groups_expire(struct correlate_groups *groups, struct correlate_group *group, uint64_t oldest);

/* Inserts a hit by time and step; evicts the oldest one if there are too many. Returns false if
 * out of memory. The group owns hit->text from then on, in any case. */
bool groups_insert(struct correlate_groups *groups, struct correlate_group *group,
		   const struct correlate_hit *hit);

/* Removes one hit. */
void groups_drop(struct correlate_groups *groups, struct correlate_group *group, uint32_t index);

#endif /* VIGIL_DETECT_CORRELATE_GROUP_H */
