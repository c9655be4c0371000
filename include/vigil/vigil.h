/* SPDX-License-Identifier: MIT */
/*
 * vigil.h - libvigil: open a sensor, take events, ask about processes.
 *
 *	struct vigil *v;
 *	struct vigil_error error;
 *	const struct vigil_event *event;
 *
 *	if (vigil_open(&v, NULL, &error) < 0)
 *		errx(1, "%s", error.text);
 *	while (vigil_next(v, &event, -1) > 0)
 *		if (event->record->type == VIGIL_PROCESS_EXEC)
 *			printf("%u %s\n", event->process->id.pid, event->process->image.data);
 *	vigil_close(v);
 *
 * There is no global state. A handle is used by one thread at a time; several
 * handles may be open at once, in several threads.
 */
#ifndef VIGIL_VIGIL_H
#define VIGIL_VIGIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>
#include <vigil/version.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __ELF__ /* the rest of the library is built hidden */
#pragma GCC visibility push(default)
#endif

/* What went wrong. Every function that can fail returns one of these, negative. */
enum vigil_code {
	VIGIL_OK = 0,
	VIGIL_ERROR_SYSTEM = -1,      /* a system call failed unexpectedly */
	VIGIL_ERROR_USAGE = -2,       /* an argument makes no sense */
	VIGIL_ERROR_PRIVILEGE = -3,   /* the caller may not do this */
	VIGIL_ERROR_UNSUPPORTED = -4, /* the kernel lacks what is needed */
	VIGIL_ERROR_OUTPUT = -5,      /* the output cannot take more: full disk, I/O error */
	VIGIL_ERROR_PEER = -6,        /* the reader of the output is gone */
	VIGIL_ERROR_MEMORY = -7,      /* no memory */
	VIGIL_ERROR_FORMAT = -8       /* a record or file is not what it claims to be */
};

/* Filled by a function that failed. text is one or two sentences in UTF-8: the
 * cause, then what to do about it; no newline at the end. */
struct vigil_error {
	enum vigil_code code;
	char text[500];
};

/* Bytes of a string. data is never NULL and always followed by a NUL that does
 * not count; the value may hold NULs of its own (an argument list). UTF-8 where
 * the system had text in UTF-16 or was well-formed; on Linux whatever bytes the
 * kernel had. length 0: unknown or empty. */
struct vigil_string {
	const char *data;
	uint32_t length;
	uint32_t
	    original; /* before the sensor cut it; VIGIL_UNKNOWN: longer by an unknown length */
};

/*
 * A process as the library knows it: from its creation, its latest exec, or the
 * snapshot. Owned by the library, valid until the next call of vigil_next,
 * vigil_find or vigil_close on the same handle.
 */
struct vigil_proc {
	struct vigil_id id;     /* tid 0 */
	struct vigil_id parent; /* who started it: stays when it is reparented; tid 0 */
	uint64_t start;         /* wall clock, ns since 1970 UTC; 0 unknown */
	uint64_t end;           /* likewise, 0: still runs */
	uint32_t attributes;    /* VIGIL_PROCESS_... */
	uint32_t session;
	/* Linux; start_key 0: unknown. The entry leader is the process with which its session
	 * came into being, entry_type (enum vigil_entry) says how. */
	struct vigil_id session_leader, group_leader, entry_leader;
	uint32_t entry_type;
	uint32_t uid, gid, euid, egid, login_uid; /* VIGIL_UNKNOWN: not known */
	uint32_t integrity;
	uint32_t ns_pid;
	uint32_t tty;
	uint64_t cgroup;
	struct vigil_string image;     /* path of the executable */
	struct vigil_string name;      /* short name (Linux comm, else base name of image) */
	struct vigil_string args;      /* arguments, each ended by a NUL (Linux) */
	struct vigil_string command;   /* command line as one string: args joined by blanks */
	struct vigil_string directory; /* working directory at the last exec */
	struct vigil_string filename;  /* what exec was called with */
	struct vigil_string cgroup_path;
	struct vigil_string cgroup_others;  /* in other hierarchies, each ended by a NUL */
	struct vigil_string container;      /* id or name of its container, from those paths */
	struct vigil_string container_info; /* as in the part VIGIL_CONTAINER_INFO */
	struct vigil_string machine;        /* name of its machine (systemd-nspawn, libvirt) */
	struct vigil_string user;           /* SID in text form (Windows) */
	/* Of all processes of a handle, at all times, no two with the same revision
	 * differ in anything above; 0: not from a handle. */
	uint64_t revision;
	/* Likewise, none with the same program differ in image, name, args, command,
	 * directory, filename and user: a fork has its creator's. */
	uint64_t program;
};

/*
 * One event. Owned by the library, valid until the next call of vigil_next or
 * vigil_close. The pointers to processes may be NULL: nothing is known.
 */
struct vigil_event {
	const struct vigil_header *record;
	/* The body, by record->type; see enum vigil_type. */
	union {
		const void *body;
		const struct vigil_process *start; /* CREATE, EXEC, EXISTING */
		const struct vigil_exit *exit;
		const struct vigil_thread *thread; /* ..._THREAD, THREAD_... */
		const struct vigil_image *image;
		const struct vigil_access *access;
		const struct vigil_credentials *credentials;
		const struct vigil_exec_failed *exec_failed;
		const struct vigil_denied *denied;
		const struct vigil_lost *lost;
		const struct vigil_snapshot *snapshot;
		const struct vigil_status *status;
	};
	/* Whom the event is about: the new, ending, loading process; in
	 * REMOTE_THREAD and PROCESS_ACCESS the one who acts; in PROCESS_DENIED
	 * the one who asked for the start. */
	const struct vigil_proc *process;
	const struct vigil_proc *parent; /* of process */
	const struct vigil_proc *actor;  /* in whose context it happened */
	const struct vigil_proc *target; /* of REMOTE_THREAD and PROCESS_ACCESS */
	/* The record's parts, part_count elements by enum vigil_kind, UTF-16 already made UTF-8
	 * (an unpaired surrogate as its three bytes, so nothing is lost). vigil_event_part() reads
	 * them with a check of the index. */
	const struct vigil_string *part;
	const uint8_t *part_source; /* enum vigil_source */
	const uint8_t *part_flags;  /* VIGIL_PART_... */
	uint32_t part_count;
	/* Whose code the event's address is: where a thread begins, what is accessed. Known
	 * where image loads and the event's type are both recorded. */
	struct vigil_string module; /* path of the image; length 0: unknown */
	uint64_t module_offset;     /* from where its file would begin in memory */
	bool unbacked;              /* the thread begins in no image that its process has, of
				     * which all were told: the mark of injected code */
	/* Of process, where vigil_options.ancestors asks for them: entity ids, the parent first,
	 * each ended by a NUL; and their names likewise, empty where unknown. They end with the
	 * first process, with the last that is known, or when they are as many as asked for. */
	struct vigil_string ancestors, ancestor_names;
	/* Names the host and its boot: the first part of every entity id. */
	uint64_t machine;
	struct vigil_string host;
};

/* A part of the event's record; empty if the record has none. Never NULL, valid as long as the
 * event. */
const struct vigil_string *vigil_event_part(const struct vigil_event *event, enum vigil_kind part);

/* Where the sensor got a part from; VIGIL_SOURCE_NONE if the record has no such part. */
enum vigil_source vigil_event_part_source(const struct vigil_event *event, enum vigil_kind part);

/* VIGIL_PART_... of a part; 0 if the record has no such part. */
uint32_t vigil_event_part_flags(const struct vigil_event *event, enum vigil_kind part);

/* How to open. Zero means the default; set size = sizeof(struct vigil_options). A later release
 * may append members: a program that was compiled before leaves them out, which is the default.
 * The other way round, an older library takes a newer struct if the members that it does not know
 * are zero, and returns VIGIL_ERROR_USAGE otherwise. All structs with a size work like this. */
struct vigil_options {
	size_t size;
	uint32_t types; /* VIGIL_TYPE_BIT of what is wanted; default all but EXISTING... */
	/* Queue in the kernel, bytes; default 8 MiB; 64 KiB to 1 GiB. On Linux the queues of image
	 * loads, one for each CPU, have about as much again in all. */
	uint32_t buffer_bytes;
	uint32_t latency_ms; /* a record waits at most about this long; default 10; 1 to 1000 */
	bool low_latency;    /* each record wakes the reader: under 1 ms, at a price */
	/* Begin with the first record that no handle was given: what happened while nobody
	 * read is told first, as far as the queue holds it (Windows, where the driver queues
	 * from its load on). Default: with what happens from now on. */
	bool unread;
	uint32_t dead_max; /* ended processes that are remembered; default 4096 */
	/* How many ancestors of its process an event is given (VIGIL_ANCESTORS_MAX at most);
	 * default 0. Costs about 30 bytes of memory for each, in each process. */
	uint32_t ancestors;
	/* VIGIL_TYPE_BIT of types that are to be told in full even where this kernel can do so
	 * only by slowing every system call of the machine: PROCESS_ACCESS and REMOTE_THREAD
	 * on a Linux without fexit (`vigil doctor` says). Default none: there attaches, pokes
	 * and register writes alone are told. */
	uint32_t at_any_cost;
	/* File of rules that are enforced while the handle is open; NULL: none. It
	 * is watched: an edit takes effect as a whole, and is told by a STATUS event;
	 * one with a mistake changes nothing, and that is told too. */
	const char *rules;
	/* VIGIL_LOOK_...: what to add to the records of programs and libraries. Their
	 * files are read by a thread of the handle's own; default 0: there is none. A
	 * record waits for that at most look_wait_ms (default 2000), then goes without,
	 * and so do the records behind it: the order stays. */
	uint32_t look;
	uint32_t look_wait_ms;
	uint64_t look_bytes_max; /* larger files are not read; default 256 MiB */
	/* A recording that is read may have files of SQLite beside it that other users own or
	 * can exchange. Default: where it is in such a place it is read alone, and refused
	 * where it cannot be. */
	bool trust_path;
	/* Names of variables, separated by commas: up to eight, of up to 31 bytes each. An exec tells
	 * their values in the new program's environment, in the part ENVIRONMENT: up to 511 bytes of
	 * each, 1,024 of all that have the same name. NULL: none (Linux). */
	const char *environment;
	/* Gives the threads and helper processes that empty queues, read files for records or answer
	 * starts of programs real-time priority (SCHED_RR 1), where the process may have it and has
	 * no other priority than the default. Under load fewer events are lost. Default: ordinary
	 * priority. The thread that calls vigil_next is the program's and keeps its own. */
	bool realtime;
};

#define VIGIL_ANCESTORS_MAX 64

#define VIGIL_LOOK_HASH      1u /* the file's SHA-256 */
#define VIGIL_LOOK_VERSION   2u /* company, product, ... of its version resource (Windows) */
#define VIGIL_LOOK_SIGNATURE 4u /* who signed it, and what that is worth here (Windows) */
#define VIGIL_LOOK_CONTAINER 8u /* what runtimes have on disk of a container (Linux) */

/* Returns the version of the library in use, as VIGIL_VERSION is that of the headers which the
 * program was compiled with. */
const char *vigil_version(void);

enum vigil_log_level {
	VIGIL_LOG_WARNING = 1, /* something does not work, and the library goes on without it */
	VIGIL_LOG_INFO = 2,    /* which means the library has chosen, and why */
	VIGIL_LOG_DEBUG = 3    /* what libbpf reports while it loads programs */
};

/* Takes one message: UTF-8, without a newline, valid during the call. May be called by any thread
 * that calls the library, and by the library's own threads. It must not call the library. */
typedef void vigil_log_function(enum vigil_log_level level, const char *text, void *context);

/* Sets the function that takes messages about the library's own work; NULL, the default: nothing
 * is logged. It is called with `context`, at all levels. There is one for the process: set it
 * before the first handle is opened, and change it only when none is open. */
void vigil_set_log(vigil_log_function *function, void *context);

struct vigil;

/* Opens the live sensor of this machine. options may be NULL. On success *out
 * is to be closed by the caller; on failure it is NULL and error (may be NULL)
 * says why. Needs root, or CAP_BPF and CAP_PERFMON on Linux (CAP_SYS_PTRACE too
 * for the arguments of others' processes that ran before, and their build-ids). */
enum vigil_code vigil_open(struct vigil **out, const struct vigil_options *options,
			   struct vigil_error *error);

/* Opens what was recorded: a recording (vigil_recorder_open, `vigil record`), or the
 * JSON that this library prints, one object a line; "-": that from standard input. A FIFO
 * is read as JSON; otherwise only regular files are opened. It answers as the live machine
 * did, with the same events, and needs no privilege. Of options, types, dead_max and
 * ancestors count. */
enum vigil_code vigil_open_file(struct vigil **out, const char *path,
				const struct vigil_options *options, struct vigil_error *error);

/* Whether all of a recording was taken, or all that was left after vigil_stop: vigil_next
 * then returns 0 at once. Else always false for a live machine. */
bool vigil_at_end(const struct vigil *v);

/* Ends the stream: vigil_next gives what is left of it, up to vigil_at_end. On Linux that is
 * what happened before this call, and what was lost of it. On Windows it is what this handle
 * was given already, so that a program that opens with `unread` next goes on exactly there.
 * False: v is a recording, and all is as before. */
bool vigil_stop(struct vigil *v);

/* Reads the file of rules again, as if it had been edited just now: where edits are not seen,
 * on a file system of another machine, for example. Returns at once; a STATUS event reports
 * the outcome. Does nothing without rules, and on Windows, where they are read once. */
void vigil_reread_rules(struct vigil *v);

/* Takes the next event. Waits at most timeout_ms (0: not at all, -1: for ever).
 * Returns 1 and sets *event; 0 after the time is over or a signal came; a
 * negative vigil_code when the sensor failed, see vigil_error_of. */
int vigil_next(struct vigil *v, const struct vigil_event **event, int timeout_ms);

/* A descriptor for poll(2): readable when vigil_next may have something. It must
 * be called with timeout 0 until it returns 0 before polling again. -1: none
 * (Windows). Owned by the handle. */
int vigil_fd(struct vigil *v);

/* Why the last call on v failed. Valid until the next call. */
const struct vigil_error *vigil_error_of(const struct vigil *v);

/* The process with this PID that ran at `when` (wall clock, ns since 1970 UTC; 0:
 * now, or else the latest one that had it). NULL: not known. */
const struct vigil_proc *vigil_find(struct vigil *v, uint32_t pid, uint64_t when);

/* What became of the events of a handle since it was opened, all at one moment. */
struct vigil_statistics;

/* For each type: PRODUCED = DELIVERED + WITHHELD + DROPPED + QUEUED. Those from UNREADABLE on are
 * not counted by type. */
enum vigil_counter {
	VIGIL_COUNT_PRODUCED = 1,   /* records that the sensor produced or had to drop */
	VIGIL_COUNT_DELIVERED = 2,  /* returned by vigil_next */
	VIGIL_COUNT_WITHHELD = 3,   /* not asked for, or reported already */
	VIGIL_COUNT_DROPPED = 4,    /* lost, for any reason: vigil_statistics_dropped */
	VIGIL_COUNT_QUEUED = 5,     /* on the way to vigil_next */
	VIGIL_COUNT_WAITING = 6,    /* of QUEUED: held until their files are read (look) */
	VIGIL_COUNT_UNREADABLE = 7, /* parts that could not be read; their records were delivered */
	VIGIL_COUNT_LATE = 8,       /* delivered after a record with a later time */
	VIGIL_COUNT_PROCESSES = 9,  /* in the process table, alive */
	VIGIL_COUNT_REMEMBERED = 10 /* in the process table, ended */
};

/* Counts now. The result is the handle's and valid until the next call of this function or of
 * vigil_close on it. */
const struct vigil_statistics *vigil_get_statistics(struct vigil *v);

#define VIGIL_ANY_TYPE 0xffffffffu

/* One count: of this type (enum vigil_type; 0: records of an unknown type, all of them lost), or of
 * all, VIGIL_ANY_TYPE. The type makes no difference to counters that are not counted by type. 0
 * for a counter or type that the library does not know. */
uint64_t vigil_statistics_count(const struct vigil_statistics *statistics,
				enum vigil_counter counter, uint32_t type);

/* How many records of a type, or of VIGIL_ANY_TYPE, were lost for this reason (enum vigil_loss). */
uint64_t vigil_statistics_dropped(const struct vigil_statistics *statistics, uint32_t type,
				  uint32_t reason);

/* What the processes of one control group have lost because the queue in the kernel was
 * full (Linux). */
struct vigil_cgroup_loss {
	uint64_t cgroup;          /* its id; 0: all cgroups that have no count of their own */
	struct vigil_string path; /* at most its last 256 bytes; empty where cgroup is 0 */
	uint64_t total;
};

/* Sets the first `max` elements of out to the cgroups that have lost most, beginning with the
 * one that lost most, and returns how many have lost something. They are the handle's and valid
 * until the next call of this function or of vigil_close on it. Of each type but IMAGE_LOAD and
 * PROCESS_DENIED, whose queues do not know cgroups, the sum over all cgroups is the count of
 * VIGIL_LOSS_QUEUE_FULL; 1,023 cgroups have counts of their own, the others share one. 0: nothing
 * was lost, v is not the live sensor of Linux, or there is no memory. */
size_t vigil_losses_by_cgroup(struct vigil *v, const struct vigil_cgroup_loss **out, size_t max);

/* How many records of a type (enum vigil_type) a cgroup has lost. */
uint64_t vigil_cgroup_loss_dropped(const struct vigil_cgroup_loss *loss, uint32_t type);

/* Which means the sensor uses, e.g. "ebpf+perf". Valid until vigil_close. */
const char *vigil_backend(const struct vigil *v);

/* Ends the sensor and frees everything. v may be NULL. */
void vigil_close(struct vigil *v);

/* ---- recordings: events into a file, which vigil_open_file reads ---- */

struct vigil_recorder;

/* Zero means the default; set size = sizeof(struct vigil_recorder_options). */
struct vigil_recorder_options {
	size_t size;
	uint64_t max_bytes; /* of the file, from 16 MiB: the oldest go first; default no bound */
	uint64_t max_age_s; /* seconds that a record is kept at least; default for ever */
	bool no_index;      /* make no tables for `vigil query`; who asks first makes them */
	/* The file, or a folder on the way to it, may belong to other users or be such that they
	 * can write to it. Default: that is refused, and no link in such a folder is followed. */
	bool trust_path;
	bool realtime; /* as in struct vigil_options, for the threads that write */
};

/* Begins a recording, or goes on with one. VIGIL_ERROR_USAGE: another recorder has it,
 * or it is no recording. A recorder has a thread of its own, which writes; each function
 * of this part may be called by any thread. */
enum vigil_code vigil_recorder_open(struct vigil_recorder **out, const char *path,
				    const struct vigil_recorder_options *options,
				    struct vigil_error *error);

/* Records an event. Copies it into memory and does not wait for the disk. After about
 * 250 ms it survives the end of the process, a second later a power cut. wanted: false
 * for an event that a filter does not want: it is kept where it tells of processes, so
 * that a replay knows them, and not shown again. For that open the sensor with
 * VIGIL_TYPE_ALL. A negative code: the disk could not take what came before, memory is
 * full too, and this event is lost; LOST will stand in its place. Go on adding: recording
 * does when there is room. */
enum vigil_code vigil_recorder_add(struct vigil_recorder *recorder, const struct vigil_event *event,
				   bool wanted);

/* Waits until all that was added is on the disk. Negative: it cannot be written, error
 * says why; it is tried again. */
enum vigil_code vigil_recorder_flush(struct vigil_recorder *recorder, struct vigil_error *error);

/* Whether the disk takes what was added: negative, and error says why not; it is tried
 * again. Does not wait. */
enum vigil_code vigil_recorder_failing(struct vigil_recorder *recorder, struct vigil_error *error);

/* Set size = sizeof(struct vigil_recorder_statistics) before it is filled in. */
struct vigil_recorder_statistics {
	size_t size;
	uint64_t events;  /* written, with what is kept to name processes, and LOST */
	uint64_t wanted;  /* of those: added as wanted */
	uint64_t bytes;   /* of their records */
	uint64_t dropped; /* lost for want of room, beside LOST events, which were lost before */
};

void vigil_recorder_statistics(struct vigil_recorder *recorder,
			       struct vigil_recorder_statistics *out);

/* Writes the rest and frees everything. Negative: the rest could not be written; error says why,
 * and how many events are missing. LOST events at the end of the recording have that number too,
 * in room that is kept for them where the file system can keep it (fallocate(2)); if even these
 * cannot be written, error says so. recorder may be NULL. */
enum vigil_code vigil_recorder_close(struct vigil_recorder *recorder, struct vigil_error *error);

/* As vigil_recorder_close, and *statistics (may be NULL) has the final counts: all that was added
 * is written or dropped. */
enum vigil_code vigil_recorder_finish(struct vigil_recorder *recorder,
				      struct vigil_recorder_statistics *statistics,
				      struct vigil_error *error);

/* ---- fields: every value that an output can show, described once ---- */

enum vigil_value_kind {
	VIGIL_VALUE_UNSIGNED, /* u */
	VIGIL_VALUE_SIGNED,   /* i */
	VIGIL_VALUE_BOOL,     /* u: 0 or 1 */
	VIGIL_VALUE_HEX,      /* u: an address or mask */
	VIGIL_VALUE_TIME,     /* u: ns since 1970 UTC */
	VIGIL_VALUE_DURATION, /* u: ns */
	VIGIL_VALUE_STRING,   /* s */
	VIGIL_VALUE_LIST,     /* s: items, each ended by a NUL */
	VIGIL_VALUE_BINARY,   /* s: shown in hexadecimal */
	VIGIL_VALUE_OBJECT    /* of the JSON alone, which makes it; get returns false */
};

struct vigil_value {
	uint64_t u;
	int64_t i;
	struct vigil_string s;
	char buffer[320]; /* where s.data may point to */
};

struct vigil_field {
	const char *name; /* as in ECS, dotted: "process.parent.pid" */
	enum vigil_value_kind kind;
	uint32_t types;          /* VIGIL_TYPE_BIT of the events that may have it */
	const char *description; /* one sentence, plain text */
	/* Sets *value and returns true where the event has the field. */
	bool (*get)(const struct vigil_event *event, struct vigil_value *value);
};

/* The table, in the order in which JSON has them. *count: how many. */
const struct vigil_field *vigil_fields(size_t *count);

/* The field of that name; NULL: none. */
const struct vigil_field *vigil_field_find(const char *name);

/* Name of a type as options and outputs write it ("exec", "image"); NULL: none. */
const char *vigil_type_name(uint32_t type);

/* Reads a comma-separated list of type names ("exec,exit", "process", "all");
 * 0: a name is unknown, error says which and what there is. */
uint32_t vigil_types_parse(const char *list, struct vigil_error *error);

/* Name of a loss's reason ("queue-full"); NULL: none. */
const char *vigil_loss_name(uint32_t reason);

/* ---- filters: which events are wanted ---- */

struct vigil_filter;

/* An empty filter, which matches everything. NULL: no memory. */
struct vigil_filter *vigil_filter_new(void);
void vigil_filter_free(struct vigil_filter *filter);

/*
 * Adds one condition. Conditions with the same key are alternatives, those with
 * different keys must all hold. Keys:
 *   type         names, as for vigil_types_parse
 *   pid          that process
 *   children-of  that process and all it starts, directly or not
 *   user         name or number of the effective user
 *   image        path of the executable, links in its folders followed when it is added;
 *                without '/' its base name, its name, or that of what exec was given;
 *                * ? [..] match. A path that no program can have is VIGIL_ERROR_USAGE.
 *   command      part of the command line; * ? [..] match
 *   container    container id (a beginning is enough), name of a container or machine;
 *                "any": any container
 * A LOST event passes every condition but type, and that one where it counts events of a
 * type that was asked for: what is missing could have been any of them.
 * STATUS and SNAPSHOT_END events pass every condition but type.
 */
enum vigil_code vigil_filter_add(struct vigil_filter *filter, const char *key, const char *value,
				 struct vigil_error *error);

/* Whether event is wanted. Must see every event of a stream, in order: it
 * follows the descendants of children-of as they come. */
bool vigil_filter_match(struct vigil_filter *filter, const struct vigil_event *event);

/* The types that can match at all: what to ask the sensor for. */
uint32_t vigil_filter_types(const struct vigil_filter *filter);

/* ---- rules: which programs may not start (docs/rules.md, vigil-rules(5)) ---- */

struct vigil_rules;

/* What a rule names. */
enum vigil_target {
	VIGIL_TARGET_PATH = 1,    /* path=: this file */
	VIGIL_TARGET_FOLDER = 2,  /* folder=: all below it */
	VIGIL_TARGET_NAME = 3,    /* name=: the file's own name, wherever it lies */
	VIGIL_TARGET_PATTERN = 4, /* pattern=: the whole path, with * and ? */
	VIGIL_TARGET_HASH = 5     /* hash=: files of this content */
};

/* One rule. Owned by its set. */
struct vigil_rule {
	const char *id;
	enum vigil_verdict verdict;
	enum vigil_target target;
	const char *value;    /* of the target, as written */
	const char *user;     /* as written; NULL: any */
	const char *parent;   /* likewise */
	const char *comment;  /* behind the rule; NULL: none */
	uint32_t line;        /* in the file, from 1 */
	const char *ancestor; /* as written; NULL: any */
};

/* Reads a file of rules; path NULL: vigil_rules_file(). Names in it are looked
 * up on this machine: users, and where symbolic links lead. A mistake anywhere
 * (VIGIL_ERROR_USAGE) loads nothing; error names file, line and column. */
enum vigil_code vigil_rules_load(struct vigil_rules **out, const char *path,
				 struct vigil_error *error);

/* The same of text in memory, without a look at any file. name: what errors call it. */
enum vigil_code vigil_rules_parse(struct vigil_rules **out, const char *text, size_t length,
				  const char *name, struct vigil_error *error);
void vigil_rules_free(struct vigil_rules *rules);

/* The rules in their order. at: from 0; NULL: there are no more. */
const struct vigil_rule *vigil_rules_at(const struct vigil_rules *rules, size_t at);

/* A start as rules see it. What is NULL matches no rule that names one. Set size =
 * sizeof(struct vigil_start). */
struct vigil_start {
	size_t size;
	const char *image;    /* absolute path of the program */
	const char *user;     /* of the caller: name or number (Linux), name or SID (Windows) */
	const char *parent;   /* image of the caller, or of its parent */
	const char *ancestor; /* image of a process further up */
};

/* Sets *rule to the rule that decides; NULL: none, so the program may start. It has the id
 * "unknown" if no rule but the setting `unknown` decides, because the program cannot be
 * read. Any thread may ask. On an error (VIGIL_ERROR_MEMORY, VIGIL_ERROR_USAGE: there is
 * no such user) *rule is NULL and nothing was judged. */
enum vigil_code vigil_rules_match(const struct vigil_rules *rules, const struct vigil_start *start,
				  const struct vigil_rule **rule, struct vigil_error *error);

/* The setting `unknown` as a rule: its id is "unknown", its verdict what becomes of starts that
 * cannot be judged. Owned by rules. */
const struct vigil_rule *vigil_rules_unknown(const struct vigil_rules *rules);

/* Reads how often each rule has matched from the processes, or the driver, that enforce the file
 * at path. Returns false if there are none, or this user may not read it. */
bool vigil_rules_read_hits(struct vigil_rules *rules, const char *path);

/* The hits of the rule vigil_rules_at(rules, at), as last read; of the setting `unknown` if there
 * is no such rule. */
uint64_t vigil_rules_hits(const struct vigil_rules *rules, size_t at);

/* Puts rules that were read from path in force. Windows: sends them to the driver; with keep,
 * the driver also stores them for the next boot. Linux: makes the process that enforces the
 * file read it again, and waits up to 5 seconds until it has; VIGIL_ERROR_PEER if no process
 * enforces it. */
enum vigil_code vigil_rules_install(const char *path, const struct vigil_rules *rules, bool keep,
				    struct vigil_error *error);

/* Where this machine's rules are kept: /etc/vigil/rules, or on Windows
 * %ProgramData%\Vigil\rules.txt. */
const char *vigil_rules_file(void);

/* ---- printers: an event as text ---- */

enum vigil_format {
	VIGIL_FORMAT_TEXT,  /* one line an event, made for people */
	VIGIL_FORMAT_TABLE, /* aligned columns under a heading */
	VIGIL_FORMAT_JSON,  /* one ECS object a line */
	VIGIL_FORMAT_SYSMON /* one Sysmon event in XML a line */
};

/* Zero means the default; set size = sizeof(struct vigil_printer_options). */
struct vigil_printer_options {
	size_t size;
	enum vigil_format format;
	bool color;     /* text and table: ANSI colors */
	bool utc;       /* text and table: times in UTC, else local time */
	unsigned width; /* text and table: columns of the terminal; 0: never shorten */
};

struct vigil_printer;

/* For the events of one handle; not shared between threads. NULL: no memory, or options that this
 * library does not know (size). */
struct vigil_printer *vigil_printer_new(const struct vigil_printer_options *options);
void vigil_printer_free(struct vigil_printer *printer);

/* Formats one event, with its newline. Returns the bytes, in a buffer of the
 * printer that the next call reuses, and sets *length; *length 0: this format
 * has no words for such an event. NULL: no memory. */
const char *vigil_print(struct vigil_printer *printer, const struct vigil_event *event,
			size_t *length);

/* What stands before the first event (a table's heading); *length may be 0. */
const char *vigil_print_heading(struct vigil_printer *printer, size_t *length);

#ifdef __ELF__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif /* VIGIL_VIGIL_H */
