/* SPDX-License-Identifier: MIT */
/* worker.h - a worker process: receives a request, handles it, answers; until its socket is
 * closed. */
#ifndef VIGIL_INSPECT_WORKER_H
#define VIGIL_INSPECT_WORKER_H

#include "inspect/protocol.h"

void worker_serve(int socket, enum inspect_class class, bool realtime);

/* Drops all privileges that the class does not need, before the first request. confine.c. */
void inspect_worker_confine(enum inspect_class class);

/* The same for the spawner, which must still be able to start workers. */
void inspect_spawner_confine(void);

/* Handles requests for a file (file.c). fd: the file, or -1. */
void inspect_read_file(const struct inspect_message *message, int fd,
		       struct inspect_answer *answer);

/* Reads the GNU build-id of an open file (build_id.c). Returns its length; 0: it has none. */
size_t inspect_read_build_id(int fd, uint8_t to[INSPECT_BUILD_ID_MAX]);

/* Handle requests for a process (process.c). */
void inspect_read_args(const struct inspect_message *message, struct inspect_answer *answer);
void inspect_read_command(const struct inspect_message *message, struct inspect_answer *answer);

/* Handles a request for a mapping (mapping.c). */
void inspect_read_mapping(const struct inspect_message *message, struct inspect_answer *answer);

/* Finds what the state of container runtimes below `root` contains about a container: KEY=VALUE,
 * each ended by a NUL; then, after an empty item, its labels in the same form (container.c).
 * Returns the number of bytes; 0: nothing was found. */
size_t inspect_find_container(const char *root, const char *id, char to[INSPECT_CONTAINER_MAX],
			      bool *cut);
void inspect_read_container(const struct inspect_message *message, struct inspect_answer *answer);

/* Handles requests for the name service (names.c). */
void inspect_read_name(const struct inspect_message *message, struct inspect_answer *answer);

#endif /* VIGIL_INSPECT_WORKER_H */
