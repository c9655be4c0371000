/* SPDX-License-Identifier: MIT */
/*
 * inspect.h - asks helper processes for everything that the subject of an event
 * controls: files that it runs or maps, its memory, and the names that a directory
 * service has for its numbers.
 *
 * A read of such a file may never return (a FUSE server below an overlayfs, a dead
 * network server), and a task that waits in the kernel does not even end at SIGKILL.
 * So the sensor's process never opens, stats, reads or waits for any of it. A worker
 * process does one request at a time. One that has not answered by its deadline is
 * given up: the answer is "unknown", the worker is killed, and another takes its place.
 *
 *	sensor ----orders----> spawner: forks and kills workers, reaps them
 *	   \------requests---> worker, worker, ... (a socket each)
 *
 * The spawner is forked by inspect_open: open it before descriptors exist that nobody
 * else is to hold. It is no child of the program: SIGCHLD and wait(2) stay the
 * program's own. All of it ends when the program does, however that ends.
 *
 * A client is for one thread at a time; two threads that ask at the same time have a
 * client each. Nothing here waits, except inspect_open (for a fork), and inspect_wait.
 */
#ifndef VIGIL_INSPECT_INSPECT_H
#define VIGIL_INSPECT_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define INSPECT_BUILD_ID_MAX  32 /* bytes; SHA-1 gives 20 */
#define INSPECT_SHA256_BYTES  32
#define INSPECT_PATH_MAX      4096  /* bytes of a path with its NUL; longer ones are not opened */
#define INSPECT_ARGS_MAX      65536 /* bytes of arguments, each ended by a NUL */
#define INSPECT_NAME_MAX      4096
#define INSPECT_CONTAINER_MAX 5120 /* bytes of what is said of a container */

/* What can be asked. Those of a file can be asked together, the others one at a time. */
#define INSPECT_BUILD_ID   1u   /* of a file: its GNU build-id */
#define INSPECT_SHA256     2u   /* of a file: the hash of its content */
#define INSPECT_ARGS       4u   /* of a process: its arguments, /proc/PID/cmdline */
#define INSPECT_COMMAND    8u   /* of a thread that waits in exec(2): what it asked for */
#define INSPECT_USER_NAME  16u  /* the name of a user id, by the name service */
#define INSPECT_GROUP_NAME 32u  /* the name of a group id */
#define INSPECT_USER_ID    64u  /* the user id of a name */
#define INSPECT_CONTAINER  128u /* of a container: what its runtime has written down */
#define INSPECT_LINKS      512u /* of a file whose path may or may not be the kernel's word for it */
#define INSPECT_MAPPING    256u /* of a mapping: the path, device and inode of its file */

/* A file with one content: another content, another value. As stat(2) has it. */
struct inspect_file {
	uint64_t device, inode, size;
	uint64_t changed, modified; /* ns since 1970 */
};

struct inspect_request {
	uint32_t what; /* INSPECT_... */
	uint32_t pid;  /* of the process that runs or mapped the file; ARGS, COMMAND: whose */
	uint32_t id;   /* USER_NAME, GROUP_NAME */
	bool runs;     /* the file is the program of pid, else it is mapped at base */
	bool in_memory;
	uint64_t base, size;                /* of the mapping */
	uint64_t offset;                    /* MAPPING: in the file, of its beginning */
	uint64_t device, inode, generation; /* of the file as the kernel tells; inode 0: unknown */
	uint64_t start_key;                 /* ARGS: of the process, as in vigil_id */
	uint64_t
	    time; /* wall clock of the event, ns since 1970: what was written since did not run */
	uint64_t bytes_max; /* SHA256: larger files are not read */
	const char *path;   /* or a name (USER_ID), an id (CONTAINER); NULL: none */
};

/* What is not known is all zeros. */
struct inspect_answer {
	uint32_t ticket;
	uint32_t known; /* INSPECT_...: which of what was asked */
	uint32_t id;    /* USER_ID */
	struct inspect_file file;
	uint8_t settled; /* the content cannot change without a change of `file` */
	uint8_t roots;   /* and only root can write to the file */
	uint8_t cut;     /* there are more arguments, or the last is longer; MAPPING: the path's
			beginning is missing */
	uint8_t build_id_length; /* 0 and known: the file has none */
	uint8_t build_id[INSPECT_BUILD_ID_MAX];
	uint8_t sha256[INSPECT_SHA256_BYTES];
	uint64_t device, inode; /* MAPPING: as in the request */
	uint8_t deleted;        /* LINKS: the file has no name; 0: it has the name of the request */
	uint32_t args_length, name_length;
	/* Arguments, the path of a MAPPING, or what is said of a container (length 0 and known:
	 * nothing). Then the name: of a user or group (length 0 and known: there is none), or
	 * the path given to exec(2). */
	char text[INSPECT_ARGS_MAX + INSPECT_NAME_MAX];
};

/* Workers by what they do: one class does not hold up another. */
enum inspect_class {
	INSPECT_QUICK,  /* BUILD_ID, LINKS, ARGS, COMMAND, MAPPING, CONTAINER */
	INSPECT_HASHES, /* SHA256, alone or with BUILD_ID */
	INSPECT_NAMES,  /* USER_NAME, GROUP_NAME, USER_ID */
	INSPECT_CLASSES
};
#define INSPECT_CLASS(class) (1u << (class))
#define INSPECT_REALTIME     (1u << 31) /* workers that records wait for: real-time priority */

struct inspect;

/* classes: INSPECT_CLASS(...) that will be asked, or'ed, and INSPECT_REALTIME. Workers of QUICK and HASHES are
 * started here, others when they are first needed. */
enum vigil_code inspect_open(struct inspect **out, uint32_t classes, struct vigil_error *error);

/* Does not wait for workers that hang. NULL: nothing. */
void inspect_close(struct inspect *inspect);

enum inspect_asked {
	INSPECT_BUSY,   /* no worker is free: ask again after inspect_next gave an answer */
	INSPECT_ASKED,  /* *ticket says which answer will be this one's */
	INSPECT_REFUSED /* unknown: there are no workers now, or the subject made one hang
			   before and is not asked for a while */
};

/* fd: the file is the one behind this descriptor, which stays the caller's (SHA256 and
 * BUILD_ID; the request then needs device and inode alone); -1: none. */
enum inspect_asked inspect_ask(struct inspect *inspect, const struct inspect_request *request,
			       int fd, uint32_t *ticket);

/* The next answer, of any ticket; NULL: none now. Valid until the next call. A request that
 * was asked is answered once, by its class's deadline. Call it whenever inspect_fd is
 * readable: it also replaces workers that were given up. */
const struct inspect_answer *inspect_next(struct inspect *inspect);

/* For poll(2): readable when inspect_next has something to do. */
int inspect_fd(const struct inspect *inspect);

/* Asks and waits up to so many milliseconds, for clients that are asked in no other way.
 * NULL: nothing is known in time. Valid until the next call. */
const struct inspect_answer *inspect_wait(struct inspect *inspect,
					  const struct inspect_request *request, int fd,
					  int timeout_ms);

/* What is known without asking: the build-id of a file seen before that cannot have
 * changed since. now_ms: os_now_ms(), which the caller reads once for many files. NULL: ask;
 * *length 0: it has none. */
const uint8_t *inspect_known_build_id(struct inspect *inspect, uint64_t device, uint64_t inode,
				      uint64_t generation, int64_t now_ms, size_t *length);

/* A warning for the stream of events, once: that requests go unanswered because workers
 * hang, or that they are answered again. false: nothing new. */
bool inspect_news(struct inspect *inspect, char *text, size_t size);

#endif /* VIGIL_INSPECT_INSPECT_H */
