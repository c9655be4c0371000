/* SPDX-License-Identifier: MIT */
#include "health.h"

#include <stdio.h>
#include <string.h>

static struct health_output *find_output(struct health *health, const char *name)
{
	for (uint32_t i = 0; i < health->outputs; i++)
		if (strncmp(health->output[i].name, name, sizeof(health->output[i].name) - 1) == 0)
			return &health->output[i];
	return NULL;
}

struct health_output *health_output(struct health *health, const char *name, const char *kind)
{
	struct health_output *output = find_output(health, name);

	if (output)
		return output;
	if (health->outputs < HEALTH_OUTPUTS)
		health->outputs++;
	output = &health->output[health->outputs - 1];
	*output = (struct health_output){ .failing = false };
	snprintf(output->name, sizeof(output->name), "%s", name);
	snprintf(output->kind, sizeof(output->kind), "%s", kind);
	return output;
}

void health_remove(struct health *health, const char *name)
{
	struct health_output *output = find_output(health, name);

	if (!output)
		return;
	health->outputs--;
	memmove(output, output + 1,
		(size_t)(health->output + health->outputs - output) * sizeof(*output));
}

uint64_t health_sum(const struct health *health, size_t member)
{
	uint64_t sum = 0, count;

	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		memcpy(&count, (const char *)&health->type[type] + member, sizeof(count));
		sum += count;
	}
	return sum;
}

uint64_t health_lost(const struct health *health)
{
	uint64_t lost = 0;

	for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
		lost += health_sum(health, offsetof(struct health_type, dropped) +
					       reason * sizeof(uint64_t));
	for (uint32_t i = 0; i < health->outputs; i++)
		lost += health->output[i].lost + health->output[i].aged;
	return lost;
}
