/* SPDX-License-Identifier: MIT */
/* address.h - IP addresses and networks, for `cidr`. */
#ifndef VIGIL_DETECT_ADDRESS_H
#define VIGIL_DETECT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	uint8_t byte[16];
	uint8_t length; /* 4 or 16 bytes */
};

struct network {
	struct address address;
	uint8_t bits;
};

/* Parses an IPv4 or IPv6 address, without a zone. */
bool address_parse(struct address *out, const char *text, size_t length);

/* Parses an address and, after a '/', the number of its leading bits; without it all bits. */
bool network_parse(struct network *out, const char *text, size_t length);

bool network_contains(const struct network *network, const struct address *address);

#endif /* VIGIL_DETECT_ADDRESS_H */
