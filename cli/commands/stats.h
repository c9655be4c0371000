/* SPDX-License-Identifier: MIT */
/*
 * stats.h - counters of the sensor itself, for `vigil stats`: of all its readers, since it was
 * loaded. Only a driver has them (stats_windows.c).
 */
#ifndef VIGIL_STATS_H
#define VIGIL_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/event.h>
#include <vigil/vigil.h>

struct stats_sensor {
	struct {
		uint64_t produced, delivered, overwritten, refused;
	} type[VIGIL_TYPE_MAX];
	struct stats_value {
		const char *name, *title; /* name in JSON, label in text */
		uint64_t value;
	} value[16];
	unsigned values;
};

/* Returns 1: filled in; 0: this sensor has none; or a negative vigil_code. */
int stats_ask(struct stats_sensor *sensor, struct vigil_error *error);

#endif /* VIGIL_STATS_H */
