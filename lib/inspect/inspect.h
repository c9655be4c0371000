/* SPDX-License-Identifier: MIT */
/*
 * inspect.h - lets helper processes read everything that the subject of an event controls:
 * files that it runs or maps, its memory, and names from a directory service.
 *
 * A read of such a file may never return (a FUSE server below an overlayfs, a dead network
 * server), and a task that waits in the kernel does not end even at SIGKILL. So the sensor's
 * process never opens, stats, reads or waits for any of it. A worker process handles one
 * request at a time. If it has not answered by its deadline, the answer is "unknown", the
 * worker is killed, and another replaces it.
 *
 *	sensor ----orders----> spawner: forks, kills and reaps workers
 *	   \------requests---> worker, worker, ... (one socket each)
 *
 * The spawner is forked by inspect_open: call it before opening descriptors that no other
 * process may hold. The spawner is not a child of the program, which keeps SIGCHLD and wait(2)
 * to itself. All helpers end when the program ends, however it ends.
 *
 * A client is used by one thread at a time; two threads that ask at the same time need two
 * clients. Nothing here waits, except inspect_open (for a fork) and inspect_wait.
 */
#ifndef VIGIL_INSPECT_INSPECT_H
#define VIGIL_INSPECT_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define INSPECT_BUILD_ID_MAX  32 /* bytes; SHA-1 gives 20 */
#define INSPECT_SHA256_BYTES  32
#define INSPECT_PATH_MAX      4096  /* bytes of a path with its NUL; longer paths are not opened */
#define INSPECT_ARGS_MAX      65536 /* bytes of arguments, each ended by a NUL */
#define INSPECT_NAME_MAX      4096
#define INSPECT_CONTAINER_MAX 5120 /* bytes of the information about a container */

/* What can be requested. Requests for a file can be combined, all others are made one at a time. */
#define INSPECT_BUILD_ID   1u   /* of a file: its GNU build-id */
#define INSPECT_SHA256     2u   /* of a file: the SHA-256 of its content */
#define INSPECT_ARGS       4u   /* of a process: its arguments, /proc/PID/cmdline */
#define INSPECT_COMMAND    8u   /* of a thread that waits in exec(2): what it passed */
#define INSPECT_USER_NAME  16u  /* the name of a user id, from the name service */
#define INSPECT_GROUP_NAME 32u  /* the name of a group id */
#define INSPECT_USER_ID    64u  /* the user id of a name */
#define INSPECT_CONTAINER  128u /* of a container: the information that its runtime has stored */
#define INSPECT_LINKS      512u /* of a file: whether it still has the path in the request */
#define INSPECT_MAPPING    256u /* of a mapping: the path, device and inode of its file */

/* Identifies a file with its content: when the content changes, a value changes. From stat(2). */
struct inspect_file {
	uint64_t device, inode, size;
	uint64_t changed, modified; /* ns since 1970 */
};

struct inspect_request {
	uint32_t what; /* INSPECT_... */
	/* Of the process that runs or mapped the file; ARGS, COMMAND: the process to read. */
	uint32_t pid;
	uint32_t id; /* USER_NAME, GROUP_NAME */
	bool runs;   /* the file is the program of pid, else it is mapped at base */
	bool in_memory;
	uint64_t base, size;                /* of the mapping */
	uint64_t offset;                    /* MAPPING: offset of its start in the file */
	uint64_t device, inode, generation; /* of the file, from the kernel; inode 0: unknown */
	uint64_t start_key;                 /* ARGS: of the process, as in vigil_id */
	/* Wall clock of the event, ns since 1970: later changes are not part of the executed
	 * file. */
	uint64_t time;
	uint64_t bytes_max; /* SHA256: larger files are not read */
	const char *path;   /* or a name (USER_ID), an id (CONTAINER); NULL: none */
};

/* Unknown members are zero. */
struct inspect_answer {
	uint32_t ticket;
	uint32_t known; /* INSPECT_...: the part of the request that was answered */
	uint32_t id;    /* USER_ID */
	struct inspect_file file;
	uint8_t settled;   /* the content cannot change without a change of `file` */
	uint8_t root_only; /* and only root can write to the file */
	/* There are more arguments, or the last is truncated; MAPPING: the beginning of the path
	 * is missing. */
	uint8_t cut;
	uint8_t build_id_length; /* 0 and known: the file has none */
	uint8_t build_id[INSPECT_BUILD_ID_MAX];
	uint8_t sha256[INSPECT_SHA256_BYTES];
	uint64_t device, inode; /* MAPPING: as in the request */
	uint8_t deleted;        /* LINKS: the file has no name; 0: it has the path in the request */
	uint32_t args_length, name_length;
	/* Arguments, the path of a MAPPING, or the information about a container (known and
	 * length 0: none). Then the name: of a user or group (known and length 0: it has none),
	 * or the path passed to exec(2). */
	char text[INSPECT_ARGS_MAX + INSPECT_NAME_MAX];
};

/* Classes of workers, which do not delay one another. */
enum inspect_class {
	INSPECT_QUICK,  /* BUILD_ID, LINKS, ARGS, COMMAND, MAPPING, CONTAINER */
	INSPECT_HASHES, /* SHA256, alone or with BUILD_ID */
	INSPECT_NAMES,  /* USER_NAME, GROUP_NAME, USER_ID */
	INSPECT_CLASSES
};
#define INSPECT_CLASS(class) (1u << (class))
#define INSPECT_REALTIME     (1u << 31) /* workers that records wait for: real-time priority */

struct inspect;

/* Starts the spawner. classes: INSPECT_CLASS(...) of all requests that will be made, or'ed, and
 * INSPECT_REALTIME. Workers of QUICK and HASHES are started here, others when they are first
 * needed. */
enum vigil_code inspect_open(struct inspect **out, uint32_t classes, struct vigil_error *error);

/* Does not wait for workers that hang. inspect may be NULL. */
void inspect_close(struct inspect *inspect);

enum inspect_asked {
	INSPECT_BUSY,  /* no worker is free: ask again after inspect_next has returned an answer */
	INSPECT_ASKED, /* *ticket identifies the answer */
	/* Unknown: there are no workers now, or the subject made one hang and is avoided for a
	 * while. */
	INSPECT_REFUSED
};

/* Sends a request. fd: a descriptor of the file, which stays the caller's (SHA256 and BUILD_ID;
 * the request then needs only device and inode); -1: none. */
enum inspect_asked inspect_ask(struct inspect *inspect, const struct inspect_request *request,
			       int fd, uint32_t *ticket);

/* Returns the next answer, of any ticket; NULL: none now. It is valid until the next call. Each
 * accepted request is answered once, at the latest by its class's deadline. Call this whenever
 * inspect_fd is readable: it also replaces workers that hang. */
const struct inspect_answer *inspect_next(struct inspect *inspect);

/* For poll(2): readable when inspect_next has something to do. */
int inspect_fd(const struct inspect *inspect);

/* Sends a request and waits up to timeout_ms for its answer, for clients that are used in no
 * other way. Returns NULL if it is unknown or late. Valid until the next call. */
const struct inspect_answer *inspect_wait(struct inspect *inspect,
					  const struct inspect_request *request, int fd,
					  int timeout_ms);

/* Returns the build-id of a file without a request, if it was read before and cannot have
 * changed since. now_ms: os_now_ms(), which the caller reads once for many files. NULL: send a
 * request; *length 0: it has none. */
const uint8_t *inspect_known_build_id(struct inspect *inspect, uint64_t device, uint64_t inode,
				      uint64_t generation, int64_t now_ms, size_t *length);

/* Writes a warning for the event stream, once: that requests stay unanswered because workers
 * hang, or that they are answered again. Returns false if there is nothing new. */
bool inspect_news(struct inspect *inspect, char *text, size_t size);

#endif /* VIGIL_INSPECT_INSPECT_H */
