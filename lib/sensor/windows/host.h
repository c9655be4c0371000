/* SPDX-License-Identifier: MIT */
/* host.h - identifies this machine; the driver only knows the boot (Windows). */
#ifndef VIGIL_SENSOR_WINDOWS_HOST_H
#define VIGIL_SENSOR_WINDOWS_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST_UNITS 256

struct host {
	uint64_t id; /* of the installation: its GUID and its name */
	uint16_t name[HOST_UNITS];
	size_t units; /* of name; 0: unknown */
};

/* Reads the GUID of the installation and the name. What cannot be read stays empty. */
void host_read(struct host *host);

/* Returns vigil_status_body.machine, a hash of the host and an id of the boot. */
uint64_t host_machine(const struct host *host, uint64_t boot);

#endif /* VIGIL_SENSOR_WINDOWS_HOST_H */
