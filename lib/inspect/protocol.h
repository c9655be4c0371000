/* SPDX-License-Identifier: MIT */
/*
 * protocol.h - the messages between client, spawner and worker. Each is one message of a
 * SOCK_SEQPACKET socket, without the unused tail.
 */
#ifndef VIGIL_INSPECT_PROTOCOL_H
#define VIGIL_INSPECT_PROTOCOL_H

#include "inspect/inspect.h"

/* Client to worker; the answer is a struct inspect_answer. Includes what is known of the file
 * from an earlier answer: if the file is still the same, it is not read again. */
struct inspect_message {
	uint32_t ticket;
	uint32_t path_length;
	struct inspect_request request; /* path: not used */
	uint32_t known;                 /* INSPECT_BUILD_ID, INSPECT_SHA256 */
	struct inspect_file file;
	uint8_t build_id_length;
	uint8_t build_id[INSPECT_BUILD_ID_MAX];
	uint8_t sha256[INSPECT_SHA256_BYTES];
	char path[INSPECT_PATH_MAX];
};

/* Client to spawner. */
enum spawner_action {
	SPAWNER_START, /* start a worker of this class; its socket is attached */
	SPAWNER_KILL   /* kill the worker with this number */
};

struct spawner_order {
	uint32_t action, number, class, realtime;
};

/* Memory that client and spawner share; workers do not have it. */
struct spawner_shared {
	uint32_t hanging; /* killed, but still waiting in the kernel */
	uint32_t started;
};

#endif /* VIGIL_INSPECT_PROTOCOL_H */
