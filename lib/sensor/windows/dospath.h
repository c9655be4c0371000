/* SPDX-License-Identifier: MIT */
/*
 * dospath.h - translates paths of the NT kernel to Win32 paths:
 *
 *	\Device\HarddiskVolume3\Windows\x.exe	C:\Windows\x.exe
 *	\Device\Mup\server\share\x.exe		\\server\share\x.exe
 *	\??\C:\x.exe, \SystemRoot\x.exe		C:\x.exe, C:\Windows\x.exe
 *
 * dospath.c is the part without system calls, in UTF-16 as in the records; dospath_windows.c
 * reads the volumes of the system. One thread for each map.
 */
#ifndef VIGIL_SENSOR_WINDOWS_DOSPATH_H
#define VIGIL_SENSOR_WINDOWS_DOSPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dospath_entry {
	uint16_t *nt, *dos; /* prefixes, without a trailing backslash */
	size_t nt_units, dos_units;
};

struct dospath_map {
	struct dospath_entry *entry;
	size_t count, capacity;
};

enum dospath_result {
	DOSPATH_SAME,    /* there is nothing to translate */
	DOSPATH_DONE,    /* the translation is in out */
	DOSPATH_UNKNOWN, /* the device is not in the map */
	DOSPATH_NO_SPACE /* out is too small */
};

/* Adds a prefix, unless the map has it: the first name of a volume is used. Trailing
 * backslashes are ignored. Returns false if memory is exhausted. */
bool dospath_add(struct dospath_map *map, const uint16_t *nt, size_t nt_units, const uint16_t *dos,
		 size_t dos_units);
void dospath_clear(struct dospath_map *map);

/* Translates a path of `units` UTF-16 units into out, which has space for `space` units. */
enum dospath_result dospath_translate(const struct dospath_map *map, const uint16_t *path,
				      size_t units, uint16_t *out, size_t space, size_t *out_units);

/* The volumes of this machine. */
struct dospath {
	struct dospath_map map;
	int64_t read_ms; /* when they were read (os_now_ms); 0: never */
};

/* The same as dospath_translate(), with this machine's volumes. They are read again if a device
 * is unknown, at most once a second, and if they are older than 10 seconds, because drive
 * letters can change. */
enum dospath_result dospath_here(struct dospath *dospath, const uint16_t *path, size_t units,
				 uint16_t *out, size_t space, size_t *out_units);

#endif /* VIGIL_SENSOR_WINDOWS_DOSPATH_H */
