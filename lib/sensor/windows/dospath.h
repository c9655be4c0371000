/* SPDX-License-Identifier: MIT */
/*
 * dospath.h - paths as the NT kernel has them, made those that people know:
 *
 *	\Device\HarddiskVolume3\Windows\x.exe	C:\Windows\x.exe
 *	\Device\Mup\server\share\x.exe		\\server\share\x.exe
 *	\??\C:\x.exe, \SystemRoot\x.exe		C:\x.exe, C:\Windows\x.exe
 *
 * dospath.c is the pure part, in UTF-16 as the records have it; dospath_windows.c
 * asks the system which volume is where.
 */
#ifndef VIGIL_SENSOR_WINDOWS_DOSPATH_H
#define VIGIL_SENSOR_WINDOWS_DOSPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dospath_entry {
	uint16_t *nt, *dos; /* prefixes, without a backslash at the end */
	size_t nt_units, dos_units;
};

struct dospath_map {
	struct dospath_entry *entry;
	size_t count, capacity;
};

enum dospath_says {
	DOSPATH_SAME,    /* there is nothing to translate */
	DOSPATH_DONE,    /* out has it */
	DOSPATH_UNKNOWN, /* a device that the map does not have */
	DOSPATH_NO_ROOM
};

/* Adds a prefix, unless it is there: the first name of a volume is the one that is
 * used. A backslash at an end does not count. False: no memory. */
bool dospath_add(struct dospath_map *map, const uint16_t *nt, size_t nt_units, const uint16_t *dos,
		 size_t dos_units);
void dospath_clear(struct dospath_map *map);

/* Translates a path into out, which has room for that many units. */
enum dospath_says dospath_translate(const struct dospath_map *map, const uint16_t *path,
				    size_t units, uint16_t *out, size_t room, size_t *out_units);

/* The volumes of this machine, looked up again when they are not known. */
struct dospath {
	struct dospath_map map;
	int64_t asked_ms; /* when, by os_now_ms; 0: never */
};

/* As dospath_translate, with this machine's map. A map is asked for again when a device
 * is unknown, at most once a second, and when it is older than ten: letters move. */
enum dospath_says dospath_here(struct dospath *dospath, const uint16_t *path, size_t units,
			       uint16_t *out, size_t room, size_t *out_units);

#endif /* VIGIL_SENSOR_WINDOWS_DOSPATH_H */
