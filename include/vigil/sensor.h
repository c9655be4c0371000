/* SPDX-License-Identifier: MIT */
/* sensor.h - opens a sensor or a recording and returns its events. */
#ifndef VIGIL_PUBLIC_SENSOR_H
#define VIGIL_PUBLIC_SENSOR_H

#include <vigil/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A process as the library knows it: from its creation, its latest exec, or the snapshot. It is
 * owned by the library and valid until the next call of vigil_next(), vigil_lookup_process() or
 * vigil_close() on the same handle. Later releases may append members.
 */
struct vigil_process_info {
	struct vigil_id id;     /* tid 0 */
	struct vigil_id parent; /* creator; unchanged when the process gets a new parent; tid 0 */
	uint64_t start;         /* wall clock, ns since 1970 UTC; 0: unknown */
	uint64_t end;           /* likewise; 0: still running */
	uint32_t attributes;    /* VIGIL_PROCESS_... */
	uint32_t session;
	/* Linux; start_key 0: unknown. The entry leader is the process that started the session;
	 * entry_type (enum vigil_entry) is how. */
	struct vigil_id session_leader, group_leader, entry_leader;
	uint32_t entry_type;
	uint32_t uid, gid, euid, egid, login_uid; /* VIGIL_UNKNOWN: unknown */
	uint32_t integrity;
	uint32_t ns_pid;
	uint32_t tty;
	uint64_t cgroup;
	struct vigil_string image;     /* path of the executable */
	struct vigil_string name;      /* short name: Linux comm, else base name of image */
	struct vigil_string args;      /* arguments, each terminated by a NUL (Linux) */
	struct vigil_string command;   /* command line as one string: args joined by spaces */
	struct vigil_string directory; /* working directory at the last exec */
	struct vigil_string filename;  /* path that was passed to exec */
	struct vigil_string cgroup_path;
	struct vigil_string cgroup_others;  /* in other hierarchies, each terminated by a NUL */
	struct vigil_string container;      /* id or name of its container, from those paths */
	struct vigil_string container_info; /* as in the part VIGIL_PART_CONTAINER_INFO */
	struct vigil_string machine;        /* name of its machine (systemd-nspawn, libvirt) */
	struct vigil_string user;           /* SID in text form (Windows) */
	/* Changes whenever any member above changes; unique within a handle. 0: not from a
	 * handle. */
	uint64_t revision;
	/* Changes when image, name, args, command, directory, filename or user change. A fork has
	 * its creator's. Unique within a handle. */
	uint64_t program;
};

/*
 * One event. It is owned by the library and valid until the next call of vigil_next() or
 * vigil_close(). Pointers to processes are NULL if nothing is known. Later releases may append
 * members.
 */
struct vigil_event {
	const struct vigil_header *record;
	/* The body, by record->type; see enum vigil_type. */
	union {
		const void *body;
		const struct vigil_process_body *start; /* CREATE, EXEC, PROCESS_SNAPSHOT */
		const struct vigil_exit_body *exit;
		const struct vigil_thread_body *thread; /* ..._THREAD, THREAD_... */
		const struct vigil_image_body *image;
		const struct vigil_access_body *access;
		const struct vigil_credentials_body *credentials;
		const struct vigil_exec_failed_body *exec_failed;
		const struct vigil_denied_body *denied;
		const struct vigil_alert_body *alert;
		const struct vigil_lost_body *lost;
		const struct vigil_snapshot_body *snapshot;
		const struct vigil_status_body *status;
	};
	/* The subject of the event: the new, ending or loading process; in REMOTE_THREAD and
	 * PROCESS_ACCESS the process that acts; in PROCESS_DENIED the one that asked for the
	 * start; in ALERT that of the event that matched. */
	const struct vigil_process_info *process;
	const struct vigil_process_info *parent; /* of process */
	const struct vigil_process_info *actor;  /* in whose context it happened */
	const struct vigil_process_info *target; /* of REMOTE_THREAD, PROCESS_ACCESS, ALERT */
	/* The record's parts, `part_count` elements by enum vigil_part_id. vigil_event_part() reads
	 * them with a check of the index. */
	const struct vigil_string *part;
	const uint8_t *part_origin; /* enum vigil_part_origin */
	const uint8_t *part_flags;  /* VIGIL_PART_... */
	uint32_t part_count;
	bool unbacked; /* the thread starts at an address that no image load of its process
			* covers, and all of them are known: a sign of injected code */
	/* The image that the event's address is in: where a thread starts, what is accessed.
	 * Known if image loads and this type are both recorded. */
	struct vigil_string module; /* path of the image; length 0: unknown */
	uint64_t module_offset;     /* from the address at which its file is mapped */
	/* Ancestors of process, if vigil_options.ancestors asks for them: entity ids, the parent
	 * first, each terminated by a NUL, and their names likewise (empty if unknown). The list
	 * ends at the first process, at the last known one, or at the requested number. */
	struct vigil_string ancestors, ancestor_names;
	/* Identifies the host and its boot: the first part of every entity id. */
	uint64_t machine;
	struct vigil_string host;
};

/* What to do with secrets in arguments, command lines and variables of the environment, before the
 * process table, filters or outputs see them. */
enum vigil_redact {
	VIGIL_REDACT_OFF,
	VIGIL_REDACT_ON,  /* "[redacted]" instead of a secret */
	VIGIL_REDACT_HASH /* "[secret:" and a keyed hash, the same for equal secrets */
};

/* How to open a sensor or a recording. A member that is zero has its default. Set size =
 * sizeof(struct vigil_options).
 *
 * A later release may append members. A program that was compiled before does not have them, and
 * gets the default. An older library accepts a newer struct if the members that it does not know
 * are zero, else it returns VIGIL_ERROR_USAGE. All structs with a `size` work like this. */
struct vigil_options {
	size_t size;
	/* VIGIL_TYPE_BIT() of the types to return; default: all but the snapshot. */
	uint32_t types;
	/* Size of the queue in the kernel in bytes, 64 KiB to 1 GiB; default 8 MiB. On Linux the
	 * queues of image loads, one per CPU, use about the same amount again in total. */
	uint32_t buffer_bytes;
	uint32_t latency_ms; /* maximum delay of a record, about, 1 to 1000; default 10 */
	bool low_latency;    /* each record wakes the reader: less than 1 ms, at a CPU cost */
	/* Begin with the oldest record in the queue that no handle has read (Windows, where the
	 * driver queues records from its load on). Default: only what happens from now on. */
	bool resume;
	uint32_t dead_max; /* number of ended processes that are remembered; default 4096 */
	/* Number of ancestors in an event, at most VIGIL_ANCESTORS_MAX; default 0. Each costs about
	 * 30 bytes of memory per process. */
	uint32_t ancestors;
	/* VIGIL_TYPE_BIT() of types to report in full even if this kernel can do so only by slowing
	 * down every system call: PROCESS_ACCESS and REMOTE_THREAD on a Linux without fexit (`vigil
	 * doctor` says so). Default: on such a kernel only attaches, pokes and register writes are
	 * reported. */
	uint32_t full_access_types;
	/* File of rules to enforce while the handle is open; NULL: none. The file is watched: an
	 * edit takes effect as a whole and is reported by a STATUS event. An edit with a mistake
	 * changes nothing and is reported too. */
	const char *rules;
	/* VIGIL_INSPECT_...: what to add to the records of programs and libraries. The files are
	 * read by helper processes (Linux) or by a thread (Windows). A record waits for that at
	 * most inspect_wait_ms (default 2000) and is then returned without it; so do the records
	 * after it, so that the order is kept. Default 0: nothing. */
	uint32_t inspect;
	uint32_t inspect_wait_ms;
	uint64_t inspect_bytes_max; /* larger files are not read; default 256 MiB */
	/* Use the files of SQLite beside a recording that is read even if other users own or can
	 * replace them. Default: in such a place the recording is read without them, and refused
	 * if that is not possible. */
	bool trust_path;
	/* Names of environment variables, separated by commas: up to eight, of up to 31 bytes each.
	 * An exec reports their values in the part ENVIRONMENT: up to 511 bytes per value, 1,024
	 * for all values of the same name. NULL: none (Linux). */
	const char *environment;
	/* Run the threads and helper processes that empty queues, read files for records or answer
	 * starts of programs at real-time priority (SCHED_RR 1), if the process is allowed to and
	 * has the default priority. Fewer events are lost under load. Default: ordinary priority.
	 * The thread that calls vigil_next() keeps its own priority. */
	bool realtime;
	/* Names of options and variables whose values are secrets besides the built-in ones, separated
	 * by newlines, commas or blanks; NULL: none. docs/security.md says what is found. */
	const char *redact_names;
	/* Key of VIGIL_REDACT_HASH: any text, which the caller may free; NULL: a random one. */
	const char *redact_key;
	enum vigil_redact redact; /* what to do with secrets in arguments; default: nothing */
	/* PIDs of processes that, with their descendants, are the only ones of interest: see
	 * vigil_filter_roots(). The sensor may leave out other processes that start later, if no
	 * event of those of interest shows them; it then neither returns nor counts their events.
	 * Used during vigil_open(). children_of_count 0: all processes are of interest. */
	const uint32_t *children_of;
	uint32_t children_of_count;
};

#define VIGIL_ANCESTORS_MAX 64

#define VIGIL_INSPECT_HASH      1u /* the file's SHA-256 */
#define VIGIL_INSPECT_VERSION   2u /* company, product etc. of its version resource (Windows) */
#define VIGIL_INSPECT_SIGNATURE 4u /* its signer, and whether this machine trusts it (Windows) */
#define VIGIL_INSPECT_CONTAINER 8u /* what container runtimes have stored about it (Linux) */

/* A sensor or a recording that is open. One thread at a time may use it. */
struct vigil;

/* Opens the live sensor of this machine.
 *
 * options may be NULL. On Linux it needs root, or CAP_BPF and CAP_PERFMON; CAP_SYS_PTRACE too for
 * the arguments and build-ids of other users' processes that were running before.
 *
 * The library starts helper processes, and threads if rules are enforced; see libvigil(3).
 *
 * Returns VIGIL_OK and sets *out, to be closed with vigil_close(). Otherwise a negative code: *out
 * is NULL and *error has the reason (error may be NULL). VIGIL_ERROR_PRIVILEGE: not allowed.
 * VIGIL_ERROR_UNSUPPORTED: the kernel lacks a feature. VIGIL_ERROR_USAGE: an option is invalid, or
 * the rules have a mistake. */
VIGIL_API enum vigil_code vigil_open(struct vigil **out, const struct vigil_options *options,
				     struct vigil_error *error);

/* Opens recorded events as if they happened now.
 *
 * path is a recording (vigil_recorder_open(), `vigil record`) or JSON lines that this library
 * wrote; "-" is JSON from standard input. A FIFO is read as JSON; other files must be regular. Only
 * types, dead_max, ancestors and trust_path of options are used; options may be NULL. No privilege
 * is needed.
 *
 * Returns VIGIL_OK and sets *out, to be closed with vigil_close(). Otherwise a negative code: *out
 * is NULL and *error has the reason (error may be NULL). VIGIL_ERROR_USAGE: there is no such file,
 * or it may not be trusted. VIGIL_ERROR_FORMAT: it is no recording. */
VIGIL_API enum vigil_code vigil_open_file(struct vigil **out, const char *path,
					  const struct vigil_options *options,
					  struct vigil_error *error);

/* Takes the next event.
 *
 * Waits at most timeout_ms milliseconds; 0: does not wait, -1: waits without limit. *event is valid
 * until the next call of vigil_next() or vigil_close().
 *
 * Returns 1 and sets *event; 0 after the timeout, after a signal, and at the end of a recording
 * (vigil_at_end()); or a negative vigil_code, with the reason in vigil_last_error(). */
VIGIL_API int vigil_next(struct vigil *v, const struct vigil_event **event, int timeout_ms);

/* Returns a descriptor for poll(2).
 *
 * It becomes readable when vigil_next() may return an event. Before each poll, also the first one,
 * call vigil_next() with timeout 0 until it returns 0. The handle owns the descriptor.
 *
 * Returns -1 if there is none: on Windows, and for recordings. */
VIGIL_API int vigil_fd(struct vigil *v);

/* Returns whether there are no more events.
 *
 * Returns true after the last event of a recording, or the last one after vigil_drain(). Then
 * vigil_next() returns 0 at once. Always false for a live sensor that was not stopped. */
VIGIL_API bool vigil_at_end(const struct vigil *v);

/* Ends the stream of a live sensor; the events that are left can still be read.
 *
 * vigil_next() returns them until vigil_at_end(). On Linux those are the events that happened
 * before this call, and LOST events for what was dropped. On Windows they are the ones that this
 * handle had read from the driver: a handle that is opened with vigil_options.resume continues
 * after them.
 *
 * Returns false, and does nothing, if v is a recording. */
VIGIL_API bool vigil_drain(struct vigil *v);

/* Reads the file of rules again.
 *
 * For file systems on which edits are not noticed, such as network file systems. Returns at once; a
 * STATUS event reports the outcome. Does nothing without rules, and on Windows, where the file is
 * read once. */
VIGIL_API void vigil_reread_rules(struct vigil *v);

/* Returns why the last call on a handle failed.
 *
 * Returns an error that is valid until the next call on v. */
VIGIL_API const struct vigil_error *vigil_last_error(const struct vigil *v);

/* Returns a part of the record of an event.
 *
 * Text that the system has in UTF-16 is UTF-8 here; an unpaired surrogate is three bytes, so
 * nothing is lost.
 *
 * Returns an empty string if the record has no such part. It is owned by the library and valid as
 * long as the event. */
VIGIL_API const struct vigil_string *vigil_event_part(const struct vigil_event *event,
						      enum vigil_part_id part);

/* Returns where the sensor got a part of the record from.
 *
 * Returns VIGIL_PART_ORIGIN_NONE if the record has no such part. */
VIGIL_API enum vigil_part_origin vigil_event_part_origin(const struct vigil_event *event,
							 enum vigil_part_id part);

/* Returns the flags of a part of the record.
 *
 * Returns VIGIL_PART_... bits: whether the value is truncated, unreadable or late. 0 if the record
 * has no such part. */
VIGIL_API uint32_t vigil_event_part_flags(const struct vigil_event *event, enum vigil_part_id part);

/* Finds a process by its PID.
 *
 * when is a time at which it was running, wall clock, ns since 1970 UTC. 0: now; or if no process
 * has this PID now, the latest one that had it.
 *
 * Returns NULL if it is not known. The process is valid until the next call of vigil_next(),
 * vigil_lookup_process() or vigil_close() on v. */
VIGIL_API const struct vigil_process_info *vigil_lookup_process(struct vigil *v, uint32_t pid,
								uint64_t when);

/* Returns the name of the mechanism that the sensor uses, such as "ebpf+perf".
 *
 * Returns a string that is valid until vigil_close(). */
VIGIL_API const char *vigil_backend(const struct vigil *v);

/* Closes a sensor or a recording and frees everything that belongs to it.
 *
 * v may be NULL. */
VIGIL_API void vigil_close(struct vigil *v);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_SENSOR_H */
