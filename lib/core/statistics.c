/* SPDX-License-Identifier: MIT */
#include "core/statistics.h"

static uint64_t count_dropped(const struct vigil_statistics *s, uint32_t type)
{
	uint64_t sum = 0;

	for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
		sum += s->type[type].dropped[reason];
	return sum;
}

static uint64_t count_of_type(const struct vigil_statistics *s, enum vigil_counter counter,
			      uint32_t type)
{
	switch (counter) {
	case VIGIL_COUNT_PRODUCED:
		return s->type[type].produced;
	case VIGIL_COUNT_DELIVERED:
		return s->type[type].delivered;
	case VIGIL_COUNT_FILTERED:
		return s->type[type].filtered;
	case VIGIL_COUNT_DROPPED:
		return count_dropped(s, type);
	case VIGIL_COUNT_QUEUED:
		return s->type[type].queued;
	default:
		return 0;
	}
}

uint64_t vigil_statistics_count(const struct vigil_statistics *s, enum vigil_counter counter,
				uint32_t type)
{
	uint64_t sum = 0;

	switch (counter) {
	case VIGIL_COUNT_WAITING:
		return s->waiting;
	case VIGIL_COUNT_UNREADABLE:
		return s->unreadable;
	case VIGIL_COUNT_LATE:
		return s->late;
	case VIGIL_COUNT_PROCESSES:
		return s->processes;
	case VIGIL_COUNT_REMEMBERED:
		return s->remembered;
	default:
		for (uint32_t each = 0; each < VIGIL_TYPE_MAX; each++)
			if (type == each || type == VIGIL_ANY_TYPE)
				sum += count_of_type(s, counter, each);
		return sum;
	}
}

uint64_t vigil_statistics_dropped(const struct vigil_statistics *s, uint32_t type, uint32_t reason)
{
	uint64_t sum = 0;

	for (uint32_t each = 0; each < VIGIL_TYPE_MAX && reason < VIGIL_LOSS_MAX; each++)
		if (type == each || type == VIGIL_ANY_TYPE)
			sum += s->type[each].dropped[reason];
	return sum;
}

uint64_t vigil_cgroup_loss_dropped(const struct vigil_cgroup_loss *loss, uint32_t type)
{
	return type < VIGIL_TYPE_MAX ? ((const struct cgroup_loss *)loss)->dropped[type] : 0;
}
