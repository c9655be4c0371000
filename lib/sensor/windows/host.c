/* SPDX-License-Identifier: MIT */
#include "sensor/windows/host.h"

#include <string.h>

#include "os/os_windows.h"

#define PRIME UINT64_C(0x100000001b3)

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
	const unsigned char *from = data;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ from[i]) * PRIME;
	return hash;
}

void host_read(struct host *host)
{
	wchar_t guid[64];
	DWORD bytes = sizeof(guid), units = HOST_UNITS;

	*host = (struct host){ .id = UINT64_C(0xcbf29ce484222325) }; /* FNV-1a */
	if (RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Cryptography", L"MachineGuid",
			 RRF_RT_REG_SZ, NULL, guid, &bytes) == 0)
		host->id = hash_bytes(host->id, guid, bytes);
	if (GetComputerNameExW(ComputerNamePhysicalDnsHostname, (wchar_t *)host->name, &units))
		host->units = units;
	host->id = hash_bytes(host->id, host->name, host->units * sizeof(host->name[0]));
}

uint64_t host_machine(const struct host *host, uint64_t boot)
{
	return hash_bytes(host->id, &boot, sizeof(boot));
}
