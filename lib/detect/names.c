/* SPDX-License-Identifier: MIT */
/* names.c - log sources, levels and statuses by their names in rules. */
#include <string.h>

#include "detect/detect.h"

static const char *const products[] = { "windows", "linux" };
static const char *const categories[] = { "process_creation", "image_load",
					  "driver_load",      "create_remote_thread",
					  "process_access",   "process_termination" };
static const char *const levels[] = { "", "informational", "low", "medium", "high", "critical" };
static const char *const statuses[] = { "",           "stable",     "test", "experimental",
					"deprecated", "unsupported" };

const char *detect_product_name(unsigned product)
{
	return product < DETECT_PRODUCTS ? products[product] : NULL;
}

const char *detect_category_name(unsigned category)
{
	return category < DETECT_CATEGORIES ? categories[category] : NULL;
}

const char *detect_level_name(unsigned level)
{
	return level < DETECT_LEVELS ? levels[level] : NULL;
}

const char *detect_status_name(unsigned status)
{
	return status < DETECT_STATUSES ? statuses[status] : NULL;
}

/* Returns the index of a name in a list; -1: it is not there. */
static int name_index(const char *const *list, unsigned count, unsigned from, const char *name)
{
	for (unsigned i = from; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return (int)i;
	return -1;
}

int detect_level_of(const char *name)
{
	return name_index(levels, DETECT_LEVELS, DETECT_INFORMATIONAL, name);
}

int detect_status_of(const char *name)
{
	return name_index(statuses, DETECT_STATUSES, DETECT_STABLE, name);
}

uint32_t detect_sources_of(const char *product, const char *category, const char *service,
			   const char **reason)
{
	uint32_t mask = 0;

	if (service) {
		*reason = "log sources with a service are not available";
		return 0;
	}
	if (product && name_index(products, DETECT_PRODUCTS, 0, product) < 0) {
		*reason = "the product is not available";
		return 0;
	}
	if (category && name_index(categories, DETECT_CATEGORIES, 0, category) < 0) {
		*reason = "the category is not available";
		return 0;
	}
	if (!product && !category) {
		*reason = "the log source has neither product nor category";
		return 0;
	}
	for (unsigned p = 0; p < DETECT_PRODUCTS; p++)
		for (unsigned c = 0; c < DETECT_CATEGORIES; c++)
			if ((!product || strcmp(products[p], product) == 0) &&
			    (!category || strcmp(categories[c], category) == 0))
				mask |= 1u << detect_source((enum detect_product)p,
							    (enum detect_category)c);
	return mask;
}
