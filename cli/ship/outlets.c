/* SPDX-License-Identifier: MIT */
/* outlets.c - the engines that an output can send to. */
#include <string.h>

#include "outlet.h"

extern const struct outlet_calls syslog_outlet, journald_outlet, kafka_outlet, nats_outlet,
    clickhouse_outlet, elasticsearch_outlet, otlp_outlet;

/* What the build left out, because headers were missing. */
#define OUTLET_LACKS(engine, package) \
	const struct outlet_calls engine##_outlet = { .name = #engine, .missing = (package) }

#ifndef VIGIL_KAFKA
OUTLET_LACKS(kafka, "librdkafka-dev");
#endif
#ifndef VIGIL_NATS
OUTLET_LACKS(nats, "libnats-dev");
#endif
#ifndef VIGIL_CURL
OUTLET_LACKS(clickhouse, "libcurl4-openssl-dev");
OUTLET_LACKS(elasticsearch, "libcurl4-openssl-dev");
OUTLET_LACKS(otlp, "libcurl4-openssl-dev");
#endif

const struct outlet_calls *const outlets[] = {
	&syslog_outlet,     &journald_outlet,      &kafka_outlet, &nats_outlet,
	&clickhouse_outlet, &elasticsearch_outlet, &otlp_outlet,  NULL,
};

const struct outlet_calls *outlet_find(const char *name)
{
	for (size_t i = 0; outlets[i]; i++)
		if (strcmp(outlets[i]->name, name) == 0)
			return outlets[i];
	return NULL;
}
