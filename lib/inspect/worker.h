/* SPDX-License-Identifier: MIT */
/* worker.h - a worker process: takes a request, does it, answers; until its socket ends. */
#ifndef VIGIL_INSPECT_WORKER_H
#define VIGIL_INSPECT_WORKER_H

#include "inspect/protocol.h"

void worker_serve(int socket, enum inspect_class class, bool realtime);

/* What a worker gives up before its first request: everything that its class does not need.
 * confine.c. */
void inspect_worker_confine(enum inspect_class class);

/* The same of the spawner, which must be left able to make workers. */
void inspect_spawner_confine(void);

/* What is asked of a file (file.c). fd: the file itself, or -1. */
void inspect_look_at_file(const struct inspect_message *message, int fd,
			  struct inspect_answer *answer);

/* The GNU build-id of an open file, to `to` (build_id.c). Its length; 0: it has none. */
size_t inspect_read_build_id(int fd, uint8_t to[INSPECT_BUILD_ID_MAX]);

/* Of a process (process.c). */
void inspect_read_args(const struct inspect_message *message, struct inspect_answer *answer);
void inspect_read_command(const struct inspect_message *message, struct inspect_answer *answer);

/* Which file a process has mapped (mapping.c). */
void inspect_read_mapping(const struct inspect_message *message, struct inspect_answer *answer);

/* What the state of container runtimes below `root` says of a container: KEY=VALUE, each
 * ended by a NUL; then, after an empty item, its labels likewise (container.c). Returns the
 * bytes; 0: nothing is found. */
size_t inspect_find_container(const char *root, const char *id, char to[INSPECT_CONTAINER_MAX],
			      bool *cut);
void inspect_read_container(const struct inspect_message *message, struct inspect_answer *answer);

/* Of the name service (names.c). */
void inspect_read_name(const struct inspect_message *message, struct inspect_answer *answer);

#endif /* VIGIL_INSPECT_WORKER_H */
