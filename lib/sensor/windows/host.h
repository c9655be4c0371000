/* SPDX-License-Identifier: MIT */
/* host.h - which machine this is: the driver knows its boot alone (Windows). */
#ifndef VIGIL_SENSOR_WINDOWS_HOST_H
#define VIGIL_SENSOR_WINDOWS_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST_UNITS 256

struct host {
	uint64_t id; /* of the installation: its GUID and its name */
	uint16_t name[HOST_UNITS];
	size_t units; /* of name; 0: not known */
};

void host_ask(struct host *host);

/* vigil_status.machine, made of the host and what names the boot. */
uint64_t host_machine(const struct host *host, uint64_t boot);

#endif /* VIGIL_SENSOR_WINDOWS_HOST_H */
