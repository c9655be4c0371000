/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * event.h - the record: what a sensor writes once, where the event happens.
 *
 * This is the one file that kernel and user space share. It compiles in the NT
 * kernel (MSVC, mingw-w64), as BPF (clang -target bpf) and in user space, so it
 * holds fixed-width integers and nothing of any operating system.
 * docs/record.md describes the format in words.
 *
 * A record is
 *	struct vigil_header
 *	a body, chosen by header.type
 *	parts: variable-length values, each behind a struct vigil_part
 * Everything is little-endian and 8-byte aligned. A reader skips what it does
 * not know: a longer body (header.fixed says where the parts begin), a part of
 * an unknown kind, a record of an unknown type.
 *
 * Unknown values: 0 where 0 is no value of that field (PIDs' start keys, times,
 * addresses), VIGIL_UNKNOWN elsewhere. Strings that are unknown have no part.
 */
#ifndef VIGIL_EVENT_H
#define VIGIL_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* The version of the layout below: raised when a field changes its meaning or
 * its place. Fields appended to a body, new types and new kinds do not raise it. */
#define VIGIL_RECORD_VERSION 1

/* The largest record, in bytes, a multiple of 8. A sensor cuts parts to stay
 * within it and says so in the part. */
#define VIGIL_RECORD_MAX 131072

/* An identifier or count that the sensor could not learn. */
#define VIGIL_UNKNOWN 0xffffffffu

/* header.type. Values are for ever: a recording made today is read tomorrow. */
enum vigil_type {
	VIGIL_EVENT_PROCESS_CREATE = 1, /* vigil_process: a new process (Windows) or fork (Linux) */
	VIGIL_EVENT_PROCESS_EXEC = 2,   /* vigil_process: a process runs a new image (Linux) */
	VIGIL_EVENT_PROCESS_EXIT = 3,   /* vigil_exit: the last thread of a process ended */
	VIGIL_EVENT_THREAD_CREATE = 4,  /* vigil_thread */
	VIGIL_EVENT_THREAD_EXIT = 5,    /* vigil_thread */
	VIGIL_EVENT_IMAGE_LOAD = 6,     /* vigil_image: code mapped into a process */
	VIGIL_EVENT_DRIVER_LOAD = 7,    /* vigil_image: driver or kernel module; process.pid is 0 */
	VIGIL_EVENT_REMOTE_THREAD =
	    8, /* vigil_thread: a thread made, or brought about, by another */
	VIGIL_EVENT_PROCESS_ACCESS = 9, /* vigil_access: one process took hold of another */
	VIGIL_EVENT_PROCESS_DENIED =
	    10,                /* vigil_denied: a rule refused (or would refuse) a start */
	VIGIL_EVENT_LOST = 11, /* vigil_lost: records are missing at this place */
	VIGIL_EVENT_PROCESS_SNAPSHOT = 12, /* vigil_process: ran before the sensor began */
	VIGIL_EVENT_THREAD_SNAPSHOT = 13,  /* vigil_thread: likewise */
	VIGIL_EVENT_SNAPSHOT_END = 14,     /* vigil_snapshot: all that ran before has been told */
	VIGIL_EVENT_STATUS = 15,           /* vigil_status: the sensor speaks of itself */
	VIGIL_EVENT_CREDENTIALS =
	    16, /* vigil_credentials: a thread got other ones, without an exec */
	VIGIL_EVENT_EXEC_FAILED = 17, /* vigil_exec_failed: an exec returned an error (Linux) */
	VIGIL_TYPE_MAX = 18           /* one above the largest type */
};

#define VIGIL_TYPE_BIT(type) (1u << (type))
#define VIGIL_TYPE_ALL       0x3fffeu

/* header.encoding: how the bytes of a record's strings are to be read. */
enum vigil_encoding {
	VIGIL_BYTES = 0,  /* as the kernel has them; usually, never surely, UTF-8 */
	VIGIL_UTF16LE = 1 /* UTF-16LE code units, perhaps with unpaired surrogates */
};

/*
 * One process or thread, for ever. pid alone is reused by the system, pid and
 * start_key together are not:
 *   Linux    start_key = time of the process's start, CLOCK_BOOTTIME, ns
 *   Windows  start_key = PsGetProcessStartKey, or the creation time in 100 ns
 *            units where the system has no start keys (before Windows 10 1703)
 * tid is 0 where a whole process is meant. start_key is 0 when unknown.
 * On Linux all numbers are those of the initial PID namespace.
 */
struct vigil_id {
	uint32_t pid;
	uint32_t tid;
	uint64_t start_key;
};

struct vigil_header {
	uint32_t size;    /* of the whole record in bytes, a multiple of 8 */
	uint16_t type;    /* enum vigil_type */
	uint16_t fixed;   /* bytes of header and body: the first part begins here */
	uint8_t version;  /* VIGIL_RECORD_VERSION */
	uint8_t encoding; /* enum vigil_encoding */
	uint16_t cpu;     /* logical processor, 0xffff unknown */
	uint32_t flags;   /* VIGIL_RECORD_... */
	/* Counts every record the sensor produced, from 1. Strictly rising in a
	 * stream; a step of more than one is a loss, told by VIGIL_EVENT_LOST records, each
	 * of which carries the number of one of the records that it stands for. */
	uint64_t seq;
	uint64_t time;         /* wall clock, ns since 1970-01-01 UTC */
	uint64_t mono;         /* ns since boot, counts sleep, never set back */
	struct vigil_id actor; /* in whose context it happened */
};

#define VIGIL_RECORD_INCOMPLETE 1u /* something that exists could not be read; see its part */
#define VIGIL_RECORD_LATE       2u /* delivered after a record with a later time */
#define VIGIL_RECORD_CONTEXT    4u /* of a recording: kept for what it tells of processes alone */

/* A part: 12 bytes, then `length` bytes of value, then zeros up to a multiple
 * of 8. Parts follow one another up to header.size; each kind at most once. */
struct vigil_part {
	uint16_t kind;     /* enum vigil_part_id */
	uint8_t source;    /* enum vigil_part_origin: where the value was learned */
	uint8_t flags;     /* VIGIL_PART_FLAG_... */
	uint32_t length;   /* bytes of value in this record */
	uint32_t original; /* bytes before it was cut; VIGIL_UNKNOWN: more, not known how many */
};

#define VIGIL_PART_FLAG_CUT        1u /* the end is missing */
#define VIGIL_PART_FLAG_CUT_HEAD   2u /* the beginning is missing (a deep path keeps its end) */
#define VIGIL_PART_FLAG_UNREADABLE 4u /* it, or the part of it that is missing, could not be read */
#define VIGIL_PART_FLAG_LATE       8u /* it was not ready in time: length 0 */

enum vigil_part_id {
	VIGIL_PART_IMAGE = 1,        /* path of the executable, library or driver file */
	VIGIL_PART_COMMAND_LINE = 2, /* one string, as given to the new process (Windows) */
	VIGIL_PART_ARGS = 3,         /* arguments, each ended by a NUL byte (Linux) */
	VIGIL_PART_DIRECTORY = 4,    /* working directory */
	VIGIL_PART_FILENAME = 5,  /* what exec was called with: the script, not its interpreter */
	VIGIL_PART_ROOT = 6,      /* root directory, where it is not the mount namespace's own */
	VIGIL_PART_CGROUP = 7,    /* path in the cgroup hierarchy (Linux) */
	VIGIL_PART_NAME = 8,      /* short name of the process or thread (Linux: comm) */
	VIGIL_PART_USER = 9,      /* binary security identifier, SID (Windows) */
	VIGIL_PART_BUILD_ID = 10, /* binary GNU build-id of an ELF image */
	VIGIL_PART_RULE = 11,     /* stable id of the rule that matched */
	VIGIL_PART_TEXT = 12,     /* words of the sensor in a VIGIL_EVENT_STATUS */
	VIGIL_PART_HOST = 13,     /* host name */
	VIGIL_PART_BACKEND = 14,  /* which means the sensor uses: "ebpf+perf", "driver" */
	VIGIL_PART_ACTOR_IMAGE = 15, /* path of the actor's image, where the sensor knows it */
	/* What the file is; user space adds these where it was asked to look. */
	VIGIL_PART_SHA256 = 16, /* of the image file, 32 bytes */
	VIGIL_PART_FILE_VERSION =
	    17,                    /* version resource (Windows): KEY=VALUE, each ended by a NUL */
	VIGIL_PART_SIGNATURE = 18, /* status and signer, each ended by a NUL (Windows) */
	/* Paths in other cgroup hierarchies (v1) than VIGIL_PART_CGROUP's, where they differ from it
	 * and from each other; each ended by a NUL (Linux). */
	VIGIL_PART_CGROUP_OTHERS = 19,
	VIGIL_PART_IDS = 20,       /* vigil_ids of the actor at that moment (Linux) */
	VIGIL_PART_LEADERS = 21,   /* struct vigil_leaders (Linux) */
	VIGIL_PART_ANCESTORS = 22, /* of JSON lines: entity ids of ancestors, each ended by a NUL */
	VIGIL_PART_ANCESTOR_NAMES = 23, /* their names likewise */
	/* What the container's runtime has written down (Linux): KEY=VALUE, each ended by a NUL;
	 * the keys name, image, runtime, pod, namespace, pod_uid. After an empty item its labels
	 * likewise. */
	VIGIL_PART_CONTAINER_INFO = 24,
	/* Variables of the environment that were asked for, NAME=VALUE, each ended by a NUL (Linux). */
	VIGIL_PART_ENVIRONMENT = 25,
	VIGIL_PART_MAX = 26
};

/* part.source. */
enum vigil_part_origin {
	VIGIL_PART_ORIGIN_NONE = 0,   /* not told */
	VIGIL_PART_ORIGIN_KERNEL = 1, /* the kernel's own object: dentry walk, mm, kernfs */
	VIGIL_PART_ORIGIN_NOTIFY = 2, /* argument of the notify routine (may be partial) */
	VIGIL_PART_ORIGIN_FILE = 3,   /* name of the file object */
	VIGIL_PART_ORIGIN_FILTER = 4, /* filter manager, normalized name */
	VIGIL_PART_ORIGIN_CACHE = 5,  /* filter manager, cached name only */
	VIGIL_PART_ORIGIN_QUERY = 6,  /* a query of the running process (NtQuery..., /proc) */
	VIGIL_PART_ORIGIN_PERF = 7    /* perf side-band record */
};

/* Body of PROCESS_CREATE, PROCESS_EXEC, PROCESS_SNAPSHOT. The actor of a create is the
 * creator, which need not be the parent; of an exec, the thread that called it. */
struct vigil_process {
	struct vigil_id process; /* tid: the first thread */
	struct vigil_id parent;
	struct vigil_id tracer; /* who debugs it (ptrace), pid 0: nobody */
	uint64_t start;         /* wall clock of the start, ns since 1970 UTC */
	uint32_t attributes;    /* VIGIL_PROCESS_... */
	uint32_t session;       /* Linux: session leader's PID; Windows: session id */
	uint32_t uid, gid;      /* real ids (Linux) */
	uint32_t euid, egid;    /* effective ids (Linux) */
	uint32_t login_uid;     /* who logged in, kept over su and sudo (Linux audit) */
	uint32_t integrity;     /* mandatory integrity level RID (Windows) */
	uint32_t ns_pid;        /* its PID as it sees it itself, in its PID namespace */
	uint32_t tty;           /* controlling terminal: major << 20 | minor; 0 none */
	uint64_t capabilities;  /* effective capabilities (Linux) */
	uint64_t cgroup;        /* id of its cgroup (v2 where there is one) */
	uint64_t device;        /* of the image file: major << 20 | minor */
	uint64_t inode;         /* of the image file */
	/* inode numbers of its namespaces; 0 unknown */
	uint32_t ns_mnt, ns_pid_ns, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup, ns_time;
};

#define VIGIL_PROCESS_KERNEL      1u   /* kernel thread; system process */
#define VIGIL_PROCESS_VFORK       2u   /* its creator waits until it execs or ends */
#define VIGIL_PROCESS_DELETED     4u   /* the image file has no name in its directory any more */
#define VIGIL_PROCESS_MEMORY_ONLY 8u   /* the image file lives in memory alone (memfd) */
#define VIGIL_PROCESS_SCRIPT      16u  /* image is the interpreter, FILENAME the script */
#define VIGIL_PROCESS_ELEVATED    32u  /* exec raised privileges: set-user-id, file capabilities */
#define VIGIL_PROCESS_SUBSYSTEM   64u  /* pico process (WSL 1) */
#define VIGIL_PROCESS_BY_THREAD   128u /* exec called by a thread that was not the first */
#define VIGIL_PROCESS_SHARED_MM   256u /* shares its creator's memory and is no vfork (CLONE_VM) */
#define VIGIL_PROCESS_ENDED_EARLY \
	512u /* PROCESS_SNAPSHOT told at its exit, before the snapshot came to it */

/* A process that leads others. pid 0: unknown; start_key: its low and its high 32 bits, 0
 * unknown. In 32-bit words, because the value of a part is aligned to 4 bytes. */
struct vigil_leader {
	uint32_t pid;
	uint32_t start_key[2];
};

/* The part VIGIL_PART_LEADERS of a CREATE, EXEC and PROCESS_SNAPSHOT: the leaders of the session and of the
 * process group, and the process with which the session came into being: a service, a login,
 * the first process of a container. The last is unknown to the kernel; user space adds it. */
struct vigil_leaders {
	struct vigil_leader session, group, entry;
	uint32_t entry_type; /* enum vigil_entry */
};

enum vigil_entry {
	VIGIL_ENTRY_UNKNOWN = 0,
	VIGIL_ENTRY_INIT = 1,      /* the first process, or a service that it started */
	VIGIL_ENTRY_SSHD = 2,      /* a login by SSH */
	VIGIL_ENTRY_SSM = 3,       /* a session of AWS Systems Manager */
	VIGIL_ENTRY_CONTAINER = 4, /* started by a container runtime */
	VIGIL_ENTRY_TERMINAL = 5,  /* a session on a virtual terminal */
	VIGIL_ENTRY_CONSOLE = 6,   /* a session on the console or a serial line */
	VIGIL_ENTRY_KTHREAD = 7    /* kernel threads, and what they start */
};

/* Body of PROCESS_EXIT. */
struct vigil_exit {
	struct vigil_id process;
	struct vigil_id parent;
	uint64_t start;       /* wall clock, ns since 1970 UTC */
	uint64_t lifetime;    /* ns from start to now */
	uint64_t user_time;   /* ns of CPU in user mode, all threads, as the system accounts it */
	uint64_t system_time; /* ns of CPU in the kernel, likewise */
	uint64_t cpu_time;    /* ns of CPU in all, from the scheduler; 0 unknown. Linux: the sum */
	uint64_t max_memory;  /* largest resident size, bytes; 0 unknown */
	uint32_t code;        /* exit code; Windows: NTSTATUS or what ExitProcess was given */
	uint32_t signal;      /* Linux: signal that ended it, 0 none */
	uint32_t attributes;  /* VIGIL_EXIT_... */
	uint32_t reserved;    /* 0 */
};

#define VIGIL_EXIT_CORE        1u /* a core was dumped */
#define VIGIL_EXIT_CPU_UNKNOWN 2u /* user_time, system_time and cpu_time are unknown, and 0 */

/* Body of THREAD_CREATE, THREAD_EXIT, REMOTE_THREAD, THREAD_SNAPSHOT. The
 * actor of a create is the creator, of an exit the thread itself. On Linux the
 * first thread of a process has no records of its own: it comes with the
 * process, and the last thread to end is told by PROCESS_EXIT.
 * A REMOTE_THREAD comes behind the THREAD_CREATE of the same thread. Linux lets no
 * process make a thread in another; told there is a thread that was born under a
 * debugger which has changed the process's memory or registers before. The actor
 * is that debugger, the reason VIGIL_REASON_DEBUGGER. */
struct vigil_thread {
	struct vigil_id thread; /* with the start key of its process */
	uint64_t start_address; /* where it begins to run; 0 unknown */
	uint64_t cpu_time;      /* at exit: ns of CPU in all; 0 unknown */
	uint32_t code;          /* at exit: exit code */
	uint32_t signal;        /* at exit, Linux: signal */
	uint32_t ns_tid;        /* as the thread sees it itself; VIGIL_UNKNOWN */
	uint8_t origin;         /* enum vigil_origin, at create and in REMOTE_THREAD */
	uint8_t reason;         /* enum vigil_reason, in REMOTE_THREAD */
	uint16_t attributes;    /* VIGIL_THREAD_... */
};

/* Body of a THREAD_EXIT whose sensor keeps what it knows of threads (Windows).
 * header.fixed tells which of the two bodies it is. */
struct vigil_thread_end {
	struct vigil_thread thread;
	struct vigil_id creator; /* thread that made it; zeros unknown */
	uint64_t lifetime;       /* ns from its creation to now; 0 unknown */
};

/* Who made a thread. */
enum vigil_origin {
	VIGIL_ORIGIN_UNKNOWN = 0,
	VIGIL_ORIGIN_FIRST = 1,  /* the first thread of its process */
	VIGIL_ORIGIN_LOCAL = 2,  /* made by its own process */
	VIGIL_ORIGIN_REMOTE = 3, /* made by another process */
	VIGIL_ORIGIN_SYSTEM = 4  /* made by, or in, the system process */
};

/* Why a remote thread may be legitimate. It classifies, it never suppresses. */
enum vigil_reason {
	VIGIL_REASON_NONE = 0,
	VIGIL_REASON_DEBUGGER = 1, /* the target is being debugged, by whomever */
	VIGIL_REASON_CSRSS = 2,
	VIGIL_REASON_SERVICES = 3,
	VIGIL_REASON_WMI = 4
};

#define VIGIL_THREAD_KERNEL         1u /* kernel or system thread */
#define VIGIL_THREAD_PARENT_CREATOR 2u /* REMOTE_THREAD: the creator is the target's parent */

/* Body of IMAGE_LOAD, DRIVER_LOAD. */
struct vigil_image {
	struct vigil_id process; /* pid 0: a driver */
	uint64_t base;
	uint64_t size;
	uint64_t offset;         /* of the mapping in the file (Linux) */
	uint64_t device;         /* of the file: major << 20 | minor; 0 unknown */
	uint64_t inode;          /* of the file; 0 unknown */
	uint64_t generation;     /* of the inode; 0 unknown */
	uint32_t attributes;     /* VIGIL_IMAGE_... */
	uint32_t protection;     /* 1 readable, 2 writable, 4 executable; 0 unknown */
	uint8_t signature_level; /* SE_SIGNING_LEVEL (Windows); 0xff unknown */
	uint8_t signature_type;  /* SE_IMAGE_SIGNATURE_TYPE (Windows); 0xff unknown */
	uint16_t reserved0;      /* 0 */
	uint32_t reserved1;      /* 0 */
};

#define VIGIL_IMAGE_DELETED     1u  /* the file has no name any more */
#define VIGIL_IMAGE_MEMORY_ONLY 2u  /* memfd, shared memory, the memory of a kernel object */
#define VIGIL_IMAGE_ALL_PIDS    4u  /* Windows: mapped in every process (ImageMappedToAllPids) */
#define VIGIL_IMAGE_PARTIAL     8u  /* Windows: ImagePartialMap */
#define VIGIL_IMAGE_TAINTED     16u /* Linux module that is not signed or from outside the tree */
#define VIGIL_IMAGE_OTHER_MACHINE \
	32u /* Windows: of another architecture than the process (ImageMachineTypeMismatch) */
/* The path ends in " (deleted)": the file has no name any more, or that is its name. */
#define VIGIL_IMAGE_MAYBE_DELETED 64u
/* Executable memory without a file (Linux): the first of its kind in a program. The path is the
 * kernel's word for it: "//anon", "[heap]", "[stack]". Always with MEMORY_ONLY. */
#define VIGIL_IMAGE_ANONYMOUS 128u

/*
 * Body of PROCESS_ACCESS: the actor took hold of `target`, or tried to. target.tid
 * is the thread where one was meant (ptrace), start_key 0 where there was no such
 * process. A debugger pokes word by word: of POKE and REGISTERS the 1st, 10th,
 * 100th ... call of an actor on a process is told, and `count` says how many it
 * were by then; those that failed are counted by themselves. All else is told
 * each time.
 */
struct vigil_access {
	struct vigil_id target;
	uint64_t address;    /* in the target; 0 none */
	uint64_t length;     /* bytes asked for; 0 none or unknown */
	int64_t result;      /* what the call returned: below 0 a negative error number */
	uint32_t method;     /* enum vigil_method */
	uint32_t attributes; /* VIGIL_ACCESS_... */
	uint64_t count;      /* calls like this one by now, this one included */
};

enum vigil_method {
	VIGIL_METHOD_ATTACH = 1,    /* ptrace(PTRACE_ATTACH) */
	VIGIL_METHOD_SEIZE = 2,     /* ptrace(PTRACE_SEIZE) */
	VIGIL_METHOD_WRITE = 3,     /* process_vm_writev */
	VIGIL_METHOD_MEM = 4,       /* write to /proc/PID/mem */
	VIGIL_METHOD_POKE = 5,      /* ptrace(PTRACE_POKETEXT, POKEDATA) */
	VIGIL_METHOD_REGISTERS = 6, /* ptrace(PTRACE_SETREGS, SETREGSET, POKEUSR, ...) */
	VIGIL_METHOD_TRACEME = 7    /* ptrace(PTRACE_TRACEME): the target asked its parent for it */
};

#define VIGIL_ACCESS_OWN_CHILD 1u /* the target is a child of the actor */
#define VIGIL_ACCESS_ASKED     2u /* told before it was done: `result` is not known, and 0 */

/* Real and effective ids (Linux), the value of the part VIGIL_PART_IDS: in all records but those of
 * starts and VIGIL_EVENT_CREDENTIALS, where the sensor knows them. In THREAD_CREATE they are the new
 * thread's as well, in PROCESS_EXIT those of the thread that ended last. */
struct vigil_ids {
	uint32_t uid, gid;   /* real */
	uint32_t euid, egid; /* effective */
};

/* Credentials of a thread (Linux), as credentials(7) explains them. */
struct vigil_cred {
	uint32_t uid, gid;     /* real */
	uint32_t euid, egid;   /* effective */
	uint32_t suid, sgid;   /* saved */
	uint32_t fsuid, fsgid; /* for access to files */
	uint64_t effective;    /* capabilities: effective set */
	uint64_t permitted;    /* capabilities: permitted set */
	uint32_t ns_user;      /* inode number of the user namespace */
	uint32_t reserved;     /* 0 */
};

/*
 * Body of CREDENTIALS: the actor's thread got other credentials without an exec (setuid,
 * setresgid, capset, unshare, ...). Credentials are a thread's own in the kernel; the C library
 * changes those of all threads of a process, one after the other, which makes a record each.
 * Supplementary groups are not included.
 */
struct vigil_credentials {
	struct vigil_cred before, after;
};

/* Body of EXEC_FAILED (Linux): the actor called exec, and goes on with the program that it has.
 * The part FILENAME is the path as it was given, ARGS are the arguments. */
struct vigil_exec_failed {
	uint32_t error;      /* what the call returned: a number of errno(3) */
	uint32_t attributes; /* VIGIL_EXEC_FAILED_... */
};

#define VIGIL_EXEC_FAILED_AT 1u /* execveat: the path begins at an open directory, or is a file */

/* Body of PROCESS_DENIED. The actor asked for the start. On Windows a start that
 * another driver refused has no RULE part. */
struct vigil_denied {
	struct vigil_process process; /* what would have run */
	uint64_t hits;                /* of this rule, this one included */
	uint32_t verdict;             /* enum vigil_verdict */
	uint32_t status;              /* what the call returned: NTSTATUS, errno */
};

enum vigil_verdict {
	VIGIL_VERDICT_AUDIT = 1, /* would be refused, was let through */
	VIGIL_VERDICT_DENY = 2,
	VIGIL_VERDICT_ALLOW = 3 /* of rules alone, an exception: told in no record */
};

/* Body of LOST: `count` records of one type are missing for one reason, after
 * the record before this one. */
struct vigil_lost {
	uint64_t count;
	uint16_t type;     /* enum vigil_type of what is missing; 0 mixed or unknown */
	uint16_t reason;   /* enum vigil_loss */
	uint32_t reserved; /* 0 */
};

/* Body of a LOST whose sensor knows control groups (Linux). header.fixed tells which of
 * the two bodies it is. The part CGROUP is the path. */
struct vigil_lost_by {
	struct vigil_lost lost;
	uint64_t cgroup;       /* whose processes lost most of them; 0: not known */
	uint64_t cgroup_count; /* how many of `lost.count`; 0: not known */
};

enum vigil_loss {
	VIGIL_LOSS_QUEUE_FULL = 1,  /* the newest were dropped: the queue or ring was full */
	VIGIL_LOSS_OVERWRITTEN = 2, /* the oldest were dropped to make room */
	VIGIL_LOSS_MISSED = 3,      /* the system did not run the sensor's program */
	VIGIL_LOSS_NO_MEMORY = 4,   /* memory for the record could not be had */
	VIGIL_LOSS_READ_FAILED = 5, /* the event was seen, but could not be described */
	VIGIL_LOSS_NOT_WRITTEN = 6, /* the log could not take it: full disk, I/O error */
	VIGIL_LOSS_MAX = 7
};

/* Body of SNAPSHOT_END. */
struct vigil_snapshot {
	uint64_t processes; /* PROCESS_SNAPSHOT records told */
	uint64_t threads;   /* THREAD_SNAPSHOT records told */
};

/* Body of STATUS. A stream begins with VIGIL_STATUS_STARTED. */
struct vigil_status {
	uint32_t state;   /* enum vigil_state */
	uint32_t types;   /* VIGIL_TYPE_BIT of what is recorded */
	uint64_t machine; /* names the host and this boot: part of every entity id */
	uint64_t produced, delivered, dropped; /* so far */
};

enum vigil_state {
	VIGIL_STATUS_STARTED = 1,
	VIGIL_STATUS_STOPPED = 2,
	VIGIL_STATUS_CHANGED = 3, /* settings or rules; TEXT says which */
	VIGIL_STATUS_WARNING = 4  /* TEXT says what */
};

/* The layout is an ABI: what these say must never change within a version. */
#ifdef __cplusplus
#define VIGIL_ASSERT(name, condition) static_assert(condition, #name)
#elif defined(_MSC_VER)
#define VIGIL_ASSERT(name, condition) typedef char vigil_assert_##name[(condition) ? 1 : -1]
#else
#define VIGIL_ASSERT(name, condition) _Static_assert(condition, #name)
#endif
#define VIGIL_AT(type, field, offset) \
	VIGIL_ASSERT(type##_##field, offsetof(struct type, field) == (offset))
#define VIGIL_SIZE(type, size) VIGIL_ASSERT(type##_size, sizeof(struct type) == (size))

VIGIL_AT(vigil_id, pid, 0);
VIGIL_AT(vigil_id, tid, 4);
VIGIL_AT(vigil_id, start_key, 8);
VIGIL_SIZE(vigil_id, 16);

VIGIL_AT(vigil_header, size, 0);
VIGIL_AT(vigil_header, type, 4);
VIGIL_AT(vigil_header, fixed, 6);
VIGIL_AT(vigil_header, version, 8);
VIGIL_AT(vigil_header, encoding, 9);
VIGIL_AT(vigil_header, cpu, 10);
VIGIL_AT(vigil_header, flags, 12);
VIGIL_AT(vigil_header, seq, 16);
VIGIL_AT(vigil_header, time, 24);
VIGIL_AT(vigil_header, mono, 32);
VIGIL_AT(vigil_header, actor, 40);
VIGIL_SIZE(vigil_header, 56);

VIGIL_AT(vigil_part, kind, 0);
VIGIL_AT(vigil_part, source, 2);
VIGIL_AT(vigil_part, flags, 3);
VIGIL_AT(vigil_part, length, 4);
VIGIL_AT(vigil_part, original, 8);
VIGIL_SIZE(vigil_part, 12);

VIGIL_AT(vigil_process, process, 0);
VIGIL_AT(vigil_process, parent, 16);
VIGIL_AT(vigil_process, tracer, 32);
VIGIL_AT(vigil_process, start, 48);
VIGIL_AT(vigil_process, attributes, 56);
VIGIL_AT(vigil_process, session, 60);
VIGIL_AT(vigil_process, uid, 64);
VIGIL_AT(vigil_process, gid, 68);
VIGIL_AT(vigil_process, euid, 72);
VIGIL_AT(vigil_process, egid, 76);
VIGIL_AT(vigil_process, login_uid, 80);
VIGIL_AT(vigil_process, integrity, 84);
VIGIL_AT(vigil_process, ns_pid, 88);
VIGIL_AT(vigil_process, tty, 92);
VIGIL_AT(vigil_process, capabilities, 96);
VIGIL_AT(vigil_process, cgroup, 104);
VIGIL_AT(vigil_process, device, 112);
VIGIL_AT(vigil_process, inode, 120);
VIGIL_AT(vigil_process, ns_mnt, 128);
VIGIL_AT(vigil_process, ns_time, 156);
VIGIL_SIZE(vigil_process, 160);

VIGIL_AT(vigil_leaders, group, 12);
VIGIL_AT(vigil_leaders, entry, 24);
VIGIL_AT(vigil_leaders, entry_type, 36);
VIGIL_SIZE(vigil_leaders, 40);

VIGIL_AT(vigil_exit, process, 0);
VIGIL_AT(vigil_exit, parent, 16);
VIGIL_AT(vigil_exit, start, 32);
VIGIL_AT(vigil_exit, lifetime, 40);
VIGIL_AT(vigil_exit, user_time, 48);
VIGIL_AT(vigil_exit, system_time, 56);
VIGIL_AT(vigil_exit, cpu_time, 64);
VIGIL_AT(vigil_exit, max_memory, 72);
VIGIL_AT(vigil_exit, code, 80);
VIGIL_AT(vigil_exit, signal, 84);
VIGIL_AT(vigil_exit, attributes, 88);
VIGIL_SIZE(vigil_exit, 96);

VIGIL_AT(vigil_thread, thread, 0);
VIGIL_AT(vigil_thread, start_address, 16);
VIGIL_AT(vigil_thread, cpu_time, 24);
VIGIL_AT(vigil_thread, code, 32);
VIGIL_AT(vigil_thread, signal, 36);
VIGIL_AT(vigil_thread, ns_tid, 40);
VIGIL_AT(vigil_thread, origin, 44);
VIGIL_AT(vigil_thread, reason, 45);
VIGIL_AT(vigil_thread, attributes, 46);
VIGIL_SIZE(vigil_thread, 48);

VIGIL_AT(vigil_thread_end, creator, 48);
VIGIL_AT(vigil_thread_end, lifetime, 64);
VIGIL_SIZE(vigil_thread_end, 72);

VIGIL_AT(vigil_image, process, 0);
VIGIL_AT(vigil_image, base, 16);
VIGIL_AT(vigil_image, size, 24);
VIGIL_AT(vigil_image, offset, 32);
VIGIL_AT(vigil_image, device, 40);
VIGIL_AT(vigil_image, inode, 48);
VIGIL_AT(vigil_image, generation, 56);
VIGIL_AT(vigil_image, attributes, 64);
VIGIL_AT(vigil_image, protection, 68);
VIGIL_AT(vigil_image, signature_level, 72);
VIGIL_AT(vigil_image, signature_type, 73);
VIGIL_SIZE(vigil_image, 80);

VIGIL_AT(vigil_access, target, 0);
VIGIL_AT(vigil_access, address, 16);
VIGIL_AT(vigil_access, length, 24);
VIGIL_AT(vigil_access, result, 32);
VIGIL_AT(vigil_access, method, 40);
VIGIL_AT(vigil_access, attributes, 44);
VIGIL_AT(vigil_access, count, 48);
VIGIL_SIZE(vigil_access, 56);

VIGIL_AT(vigil_ids, uid, 0);
VIGIL_AT(vigil_ids, gid, 4);
VIGIL_AT(vigil_ids, euid, 8);
VIGIL_AT(vigil_ids, egid, 12);
VIGIL_SIZE(vigil_ids, 16);

VIGIL_AT(vigil_cred, suid, 16);
VIGIL_AT(vigil_cred, fsuid, 24);
VIGIL_AT(vigil_cred, effective, 32);
VIGIL_AT(vigil_cred, permitted, 40);
VIGIL_AT(vigil_cred, ns_user, 48);
VIGIL_SIZE(vigil_cred, 56);
VIGIL_AT(vigil_credentials, after, 56);
VIGIL_SIZE(vigil_credentials, 112);
VIGIL_SIZE(vigil_exec_failed, 8);

VIGIL_AT(vigil_denied, process, 0);
VIGIL_AT(vigil_denied, hits, 160);
VIGIL_AT(vigil_denied, verdict, 168);
VIGIL_AT(vigil_denied, status, 172);
VIGIL_SIZE(vigil_denied, 176);

VIGIL_AT(vigil_lost, count, 0);
VIGIL_AT(vigil_lost, type, 8);
VIGIL_AT(vigil_lost, reason, 10);
VIGIL_SIZE(vigil_lost, 16);
VIGIL_AT(vigil_lost_by, cgroup, 16);
VIGIL_AT(vigil_lost_by, cgroup_count, 24);
VIGIL_SIZE(vigil_lost_by, 32);

VIGIL_AT(vigil_snapshot, processes, 0);
VIGIL_AT(vigil_snapshot, threads, 8);
VIGIL_SIZE(vigil_snapshot, 16);

VIGIL_AT(vigil_status, state, 0);
VIGIL_AT(vigil_status, types, 4);
VIGIL_AT(vigil_status, machine, 8);
VIGIL_AT(vigil_status, produced, 16);
VIGIL_AT(vigil_status, delivered, 24);
VIGIL_AT(vigil_status, dropped, 32);
VIGIL_SIZE(vigil_status, 40);

#undef VIGIL_AT
#undef VIGIL_SIZE
#undef VIGIL_ASSERT

#endif /* VIGIL_EVENT_H */
