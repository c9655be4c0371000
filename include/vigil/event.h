/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * event.h - the record: what a sensor writes, once, when an event happens.
 *
 * The kernel and user space share this file. It compiles in the NT kernel (MSVC, mingw-w64), as
 * BPF (clang -target bpf) and in user space, so it uses fixed-width integers and nothing of any
 * operating system. docs/record.md describes the format. It stays one file, of more than 600 lines,
 * because it is one layout that three compilers share, in the kernel and in user space.
 *
 * A record is
 *	struct vigil_header
 *	a body, chosen by header.type
 *	parts: values of variable length, each after a struct vigil_part
 * Everything is little-endian and aligned to 8 bytes. A reader skips what it does not know: the
 * end of a longer body (header.fixed is where the parts begin), a part of an unknown kind, a
 * record of an unknown type.
 *
 * Unknown values are 0 where 0 is not a valid value of the field (start keys, times, addresses),
 * and VIGIL_UNKNOWN elsewhere. Unknown strings have no part.
 */
#ifndef VIGIL_EVENT_H
#define VIGIL_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* The version of the layout below. It increases when a field changes its meaning or position.
 * Fields appended to a body, new types and new kinds of parts do not increase it. */
#define VIGIL_RECORD_VERSION 1

/* The maximum size of a record in bytes, a multiple of 8. A sensor truncates parts to stay
 * within it and sets a flag in the part. */
#define VIGIL_RECORD_MAX 131072

/* An identifier or count that the sensor could not determine. */
#define VIGIL_UNKNOWN 0xffffffffu

/* header.type. Values never change: recordings contain them. */
enum vigil_type {
	VIGIL_EVENT_PROCESS_CREATE =
	    1, /* vigil_process_body: a new process (Windows) or fork (Linux) */
	VIGIL_EVENT_PROCESS_EXEC = 2,  /* vigil_process_body: a process runs a new image (Linux) */
	VIGIL_EVENT_PROCESS_EXIT = 3,  /* vigil_exit_body: the last thread of a process ended */
	VIGIL_EVENT_THREAD_CREATE = 4, /* vigil_thread_body */
	VIGIL_EVENT_THREAD_EXIT = 5,   /* vigil_thread_body */
	VIGIL_EVENT_IMAGE_LOAD = 6,    /* vigil_image_body: code mapped into a process */
	VIGIL_EVENT_DRIVER_LOAD =
	    7, /* vigil_image_body: driver or kernel module; process.pid is 0 */
	VIGIL_EVENT_REMOTE_THREAD =
	    8, /* vigil_thread_body: a thread created or caused by another process */
	VIGIL_EVENT_PROCESS_ACCESS = 9, /* vigil_access_body: one process accessed another */
	VIGIL_EVENT_PROCESS_DENIED =
	    10,                /* vigil_denied_body: a rule refused (or would refuse) a start */
	VIGIL_EVENT_LOST = 11, /* vigil_lost_body: records are missing at this place */
	VIGIL_EVENT_PROCESS_SNAPSHOT = 12, /* vigil_process_body: existed when the sensor started */
	VIGIL_EVENT_THREAD_SNAPSHOT = 13,  /* vigil_thread_body: the same for a thread */
	VIGIL_EVENT_SNAPSHOT_END = 14,     /* vigil_snapshot_body: the snapshot is complete */
	VIGIL_EVENT_STATUS = 15,           /* vigil_status_body: about the sensor itself */
	VIGIL_EVENT_CREDENTIALS =
	    16, /* vigil_credentials_body: a thread's credentials changed without exec */
	VIGIL_EVENT_EXEC_FAILED =
	    17,                 /* vigil_exec_failed_body: an exec returned an error (Linux) */
	VIGIL_EVENT_ALERT = 18, /* vigil_alert_body: a detection rule matched an event */
	VIGIL_TYPE_MAX = 19     /* one above the largest type */
};

#define VIGIL_TYPE_BIT(type) (1u << (type))
#define VIGIL_TYPE_ALL       0x7fffeu

/* header.encoding: the encoding of a record's strings. */
enum vigil_encoding {
	VIGIL_BYTES = 0,  /* the kernel's bytes; usually, but not always, UTF-8 */
	VIGIL_UTF16LE = 1 /* UTF-16LE code units; may have unpaired surrogates */
};

/*
 * Identifies one process or thread. The system reuses a pid, but not a pid together with the
 * same start_key:
 *   Linux    start_key = time of the process's start, CLOCK_BOOTTIME, ns
 *   Windows  start_key = PsGetProcessStartKey, or the creation time in 100 ns
 *            units where the system has no start keys (before Windows 10 1703)
 * tid is 0 if a whole process is meant. start_key is 0 if unknown. On Linux all numbers are
 * those of the initial PID namespace.
 */
struct vigil_id {
	uint32_t pid;
	uint32_t tid;
	uint64_t start_key;
};

struct vigil_header {
	uint32_t size;    /* of the whole record in bytes, a multiple of 8 */
	uint16_t type;    /* enum vigil_type */
	uint16_t fixed;   /* bytes of header and body: the offset of the first part */
	uint8_t version;  /* VIGIL_RECORD_VERSION */
	uint8_t encoding; /* enum vigil_encoding */
	uint16_t cpu;     /* logical processor, 0xffff unknown */
	uint32_t flags;   /* VIGIL_RECORD_... */
	/* Counts the records that the sensor produced, from 1. Strictly increasing in a stream.
	 * A step of more than one is a loss, reported by VIGIL_EVENT_LOST records, each of which
	 * has the number of one of the records that it represents. */
	uint64_t seq;
	uint64_t time;         /* wall clock, ns since 1970-01-01 UTC */
	uint64_t mono;         /* ns since boot, including sleep, never set back */
	struct vigil_id actor; /* in whose context the event happened */
};

#define VIGIL_RECORD_INCOMPLETE 1u /* an existing value could not be read; see its part */
#define VIGIL_RECORD_LATE       2u /* delivered after a record with a later time */
#define VIGIL_RECORD_CONTEXT    4u /* in a recording: kept only for the process table */

/* A part: 12 bytes, then `length` bytes of value, then zeros up to a multiple of 8. Parts follow
 * one after the other up to header.size, each kind at most once. */
struct vigil_part {
	uint16_t kind;     /* enum vigil_part_id */
	uint8_t source;    /* enum vigil_part_origin: where the value comes from */
	uint8_t flags;     /* VIGIL_PART_FLAG_... */
	uint32_t length;   /* bytes of value in this record */
	uint32_t original; /* full length before truncation; VIGIL_UNKNOWN: not known */
};

#define VIGIL_PART_FLAG_CUT        1u /* the end is missing */
#define VIGIL_PART_FLAG_CUT_HEAD   2u /* the beginning is missing (a long path keeps its end) */
#define VIGIL_PART_FLAG_UNREADABLE 4u /* all of it or the missing piece could not be read */
#define VIGIL_PART_FLAG_LATE       8u /* it was not available in time: length 0 */

enum vigil_part_id {
	VIGIL_PART_IMAGE = 1,        /* path of the executable, library or driver file */
	VIGIL_PART_COMMAND_LINE = 2, /* one string, as passed to the new process (Windows) */
	VIGIL_PART_ARGS = 3,         /* arguments, each terminated by a NUL (Linux) */
	VIGIL_PART_DIRECTORY = 4,    /* working directory */
	VIGIL_PART_FILENAME = 5,     /* path passed to exec: the script, not its interpreter */
	VIGIL_PART_ROOT = 6,         /* root directory, if not that of the mount namespace */
	VIGIL_PART_CGROUP = 7,       /* path in the cgroup hierarchy (Linux) */
	VIGIL_PART_NAME = 8,         /* short name of the process or thread (Linux: comm) */
	VIGIL_PART_USER = 9,         /* binary security identifier, SID (Windows) */
	VIGIL_PART_BUILD_ID = 10,    /* binary GNU build-id of an ELF image */
	VIGIL_PART_RULE = 11,        /* stable id of the rule that matched */
	VIGIL_PART_TEXT = 12,        /* message of the sensor in a VIGIL_EVENT_STATUS */
	VIGIL_PART_HOST = 13,        /* host name */
	VIGIL_PART_BACKEND = 14,     /* mechanism of the sensor: "ebpf+perf", "driver" */
	VIGIL_PART_ACTOR_IMAGE = 15, /* path of the actor's image, if the sensor knows it */
	/* Properties of the file; user space adds these if it was asked to inspect files. */
	VIGIL_PART_SHA256 = 16, /* of the image file, 32 bytes */
	VIGIL_PART_FILE_VERSION =
	    17, /* version resource (Windows): KEY=VALUE, each terminated by a NUL */
	VIGIL_PART_SIGNATURE = 18, /* status and signer, each terminated by a NUL (Windows) */
	/* Paths in cgroup hierarchies (v1) other than that of VIGIL_PART_CGROUP, if they differ
	 * from it and from each other; each terminated by a NUL (Linux). */
	VIGIL_PART_CGROUP_OTHERS = 19,
	VIGIL_PART_IDS = 20,            /* vigil_ids of the actor at that time (Linux) */
	VIGIL_PART_LEADERS = 21,        /* struct vigil_leaders (Linux) */
	VIGIL_PART_ANCESTORS = 22,      /* JSON lines: ancestors' entity ids, each with a NUL */
	VIGIL_PART_ANCESTOR_NAMES = 23, /* their names, likewise */
	/* What the container runtime has stored (Linux): KEY=VALUE, each terminated by a NUL;
	 * the keys are name, image, runtime, pod, namespace, pod_uid. After an empty item, its
	 * labels in the same form. */
	VIGIL_PART_CONTAINER_INFO = 24,
	/* The requested environment variables, NAME=VALUE, each terminated by a NUL (Linux). */
	VIGIL_PART_ENVIRONMENT = 25,
	/* Of ALERT, about the rule: KEY=VALUE, each terminated by a NUL; the keys are title,
	 * description, author, license, status. Then lists of items terminated by NULs: its
	 * references, its tags, and what it matched, FIELD=VALUE. */
	VIGIL_PART_RULE_INFO = 26,
	VIGIL_PART_REFERENCES = 27,
	VIGIL_PART_TAGS = 28,
	VIGIL_PART_MATCHED = 29,
	VIGIL_PART_MAX = 30
};

/* part.source. */
enum vigil_part_origin {
	VIGIL_PART_ORIGIN_NONE = 0,   /* not specified */
	VIGIL_PART_ORIGIN_KERNEL = 1, /* an object of the kernel: dentry walk, mm, kernfs */
	VIGIL_PART_ORIGIN_NOTIFY = 2, /* argument of the notify routine (may be partial) */
	VIGIL_PART_ORIGIN_FILE = 3,   /* name of the file object */
	VIGIL_PART_ORIGIN_FILTER = 4, /* filter manager, normalized name */
	VIGIL_PART_ORIGIN_CACHE = 5,  /* filter manager, cached name only */
	VIGIL_PART_ORIGIN_QUERY = 6,  /* a query of the running process (NtQuery..., /proc) */
	VIGIL_PART_ORIGIN_PERF = 7    /* perf side-band record */
};

/* Body of PROCESS_CREATE, PROCESS_EXEC, PROCESS_SNAPSHOT. The actor of a create is the
 * creator, which need not be the parent; of an exec, the thread that called it. */
struct vigil_process_body {
	struct vigil_id process; /* tid: the first thread */
	struct vigil_id parent;
	struct vigil_id tracer; /* its debugger (ptrace); pid 0: none */
	uint64_t start;         /* wall clock of the start, ns since 1970 UTC */
	uint32_t attributes;    /* VIGIL_PROCESS_... */
	uint32_t session;       /* Linux: session leader's PID; Windows: session id */
	uint32_t uid, gid;      /* real ids (Linux) */
	uint32_t euid, egid;    /* effective ids (Linux) */
	uint32_t login_uid;     /* login user, kept across su and sudo (Linux audit) */
	uint32_t integrity;     /* mandatory integrity level RID (Windows) */
	uint32_t ns_pid;        /* its PID in its own PID namespace */
	uint32_t tty;           /* controlling terminal: major << 20 | minor; 0 none */
	uint64_t capabilities;  /* effective capabilities (Linux) */
	uint64_t cgroup;        /* id of its cgroup (v2 if there is one) */
	uint64_t device;        /* of the image file: major << 20 | minor */
	uint64_t inode;         /* of the image file */
	/* inode numbers of its namespaces; 0 unknown */
	uint32_t ns_mnt, ns_pid_ns, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup, ns_time;
};

#define VIGIL_PROCESS_KERNEL      1u   /* kernel thread; system process */
#define VIGIL_PROCESS_VFORK       2u   /* its creator waits until it execs or exits */
#define VIGIL_PROCESS_DELETED     4u   /* the image file was removed from its directory */
#define VIGIL_PROCESS_MEMORY_ONLY 8u   /* the image file exists only in memory (memfd) */
#define VIGIL_PROCESS_SCRIPT      16u  /* IMAGE is the interpreter, FILENAME the script */
#define VIGIL_PROCESS_ELEVATED    32u  /* exec raised privileges: set-user-id, file capabilities */
#define VIGIL_PROCESS_SUBSYSTEM   64u  /* pico process (WSL 1) */
#define VIGIL_PROCESS_BY_THREAD   128u /* exec called by a thread other than the first */
#define VIGIL_PROCESS_SHARED_MM   256u /* shares its creator's memory without vfork (CLONE_VM) */
#define VIGIL_PROCESS_ENDED_EARLY \
	512u /* PROCESS_SNAPSHOT written at its exit, before the snapshot reached it */

/* A process that leads others. pid 0: unknown. start_key: its low and its high 32 bits; 0:
 * unknown. It uses 32-bit words because the value of a part is aligned to 4 bytes. */
struct vigil_leader {
	uint32_t pid;
	uint32_t start_key[2];
};

/* The part VIGIL_PART_LEADERS of PROCESS_CREATE, PROCESS_EXEC and PROCESS_SNAPSHOT: the leaders
 * of the session and of the process group, and the entry leader, the process with which the
 * session began: a service, a login, the first process of a container. The kernel does not know
 * the entry leader; user space adds it. */
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
	VIGIL_ENTRY_KTHREAD = 7    /* kernel threads and what they start */
};

/* Body of PROCESS_EXIT. */
struct vigil_exit_body {
	struct vigil_id process;
	struct vigil_id parent;
	uint64_t start;       /* wall clock, ns since 1970 UTC */
	uint64_t lifetime;    /* ns from start to now */
	uint64_t user_time;   /* ns of CPU in user mode, all threads, as the system accounts it */
	uint64_t system_time; /* ns of CPU in the kernel, likewise */
	uint64_t cpu_time;    /* CPU ns in total, from the scheduler; 0 unknown. Linux: the sum */
	uint64_t max_memory;  /* largest resident size, bytes; 0 unknown */
	uint32_t code;        /* exit code; Windows: NTSTATUS or argument of ExitProcess */
	uint32_t signal;      /* Linux: signal that ended it, 0 none */
	uint32_t attributes;  /* VIGIL_EXIT_... */
	uint32_t reserved;    /* 0 */
};

#define VIGIL_EXIT_CORE        1u /* a core was dumped */
#define VIGIL_EXIT_CPU_UNKNOWN 2u /* user_time, system_time, cpu_time are unknown and 0 */

/* Body of THREAD_CREATE, THREAD_EXIT, REMOTE_THREAD, THREAD_SNAPSHOT. The actor of a create is
 * the creator, of an exit the thread itself. On Linux the first thread of a process has no
 * separate records: it starts with the process, and PROCESS_EXIT reports the end of the last
 * thread.
 * A REMOTE_THREAD follows the THREAD_CREATE of the same thread. On Linux a process cannot create
 * a thread in another one. There it reports a thread that was created by a process whose
 * debugger had changed its memory or registers. The actor is that debugger and the reason is
 * VIGIL_REASON_DEBUGGER. */
struct vigil_thread_body {
	struct vigil_id thread; /* includes the start key of its process */
	uint64_t start_address; /* where it starts to run; 0: unknown */
	uint64_t cpu_time;      /* at exit: ns of CPU in total; 0: unknown */
	uint32_t code;          /* at exit: exit code */
	uint32_t signal;        /* at exit, Linux: signal */
	uint32_t ns_tid;        /* its id in its own PID namespace; VIGIL_UNKNOWN */
	uint8_t origin;         /* enum vigil_origin, at create and in REMOTE_THREAD */
	uint8_t reason;         /* enum vigil_reason, in REMOTE_THREAD */
	uint16_t attributes;    /* VIGIL_THREAD_... */
};

/* Body of a THREAD_EXIT of a sensor that keeps state of threads (Windows). header.fixed shows
 * which of the two bodies a record has. */
struct vigil_thread_end_body {
	struct vigil_thread_body thread;
	struct vigil_id creator; /* thread that created it; zeros: unknown */
	uint64_t lifetime;       /* ns from its creation to now; 0 unknown */
};

/* The origin of a thread. */
enum vigil_origin {
	VIGIL_ORIGIN_UNKNOWN = 0,
	VIGIL_ORIGIN_FIRST = 1,  /* the first thread of its process */
	VIGIL_ORIGIN_LOCAL = 2,  /* created by its own process */
	VIGIL_ORIGIN_REMOTE = 3, /* created by another process */
	VIGIL_ORIGIN_SYSTEM = 4  /* created by or in the system process */
};

/* Why a remote thread may be legitimate. It is a classification only: such threads are reported
 * too. */
enum vigil_reason {
	VIGIL_REASON_NONE = 0,
	VIGIL_REASON_DEBUGGER = 1, /* the target is being debugged, by any process */
	VIGIL_REASON_CSRSS = 2,
	VIGIL_REASON_SERVICES = 3,
	VIGIL_REASON_WMI = 4
};

#define VIGIL_THREAD_KERNEL         1u /* kernel or system thread */
#define VIGIL_THREAD_PARENT_CREATOR 2u /* REMOTE_THREAD: the creator is the target's parent */

/* Body of IMAGE_LOAD, DRIVER_LOAD. */
struct vigil_image_body {
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

#define VIGIL_IMAGE_DELETED     1u  /* the file has been removed */
#define VIGIL_IMAGE_MEMORY_ONLY 2u  /* memfd, shared memory, memory of a kernel object */
#define VIGIL_IMAGE_ALL_PIDS    4u  /* Windows: mapped in every process (ImageMappedToAllPids) */
#define VIGIL_IMAGE_PARTIAL     8u  /* Windows: ImagePartialMap */
#define VIGIL_IMAGE_TAINTED     16u /* Linux module that is unsigned or out of tree */
#define VIGIL_IMAGE_OTHER_MACHINE \
	32u /* Windows: for an architecture other than the process's (ImageMachineTypeMismatch) */
/* The path ends in " (deleted)": the file was removed, or that is part of its name. */
#define VIGIL_IMAGE_MAYBE_DELETED 64u
/* Executable memory without a file (Linux), the first of its kind in a program. The path is the
 * kernel's name for it: "//anon", "[heap]", "[stack]". Always set together with MEMORY_ONLY. */
#define VIGIL_IMAGE_ANONYMOUS 128u

/*
 * Body of PROCESS_ACCESS: the actor accessed `target`, or tried to. target.tid is set if the
 * access is to one thread (ptrace); start_key is 0 if there is no such process. Debuggers write
 * word by word, so of POKE and REGISTERS only the 1st, 10th, 100th ... call of an actor on a
 * process is reported, and `count` is the number of calls so far. Failed calls are counted
 * separately. All other accesses are reported each time.
 */
struct vigil_access_body {
	struct vigil_id target;
	uint64_t address;    /* in the target; 0: none */
	uint64_t length;     /* bytes requested; 0: none or unknown */
	int64_t result;      /* result of the call; if negative, an error number */
	uint32_t method;     /* enum vigil_method */
	uint32_t attributes; /* VIGIL_ACCESS_... */
	uint64_t count;      /* number of such calls so far, including this one */
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
#define VIGIL_ACCESS_ASKED     2u /* reported before it was done: `result` is unknown and 0 */

/* Real and effective ids (Linux): the value of the part VIGIL_PART_IDS. All records except those
 * of starts and VIGIL_EVENT_CREDENTIALS have it, if the sensor knows the ids. In THREAD_CREATE
 * they are also those of the new thread, in PROCESS_EXIT those of the thread that ended last. */
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
 * Body of CREDENTIALS: the credentials of the actor's thread changed without an exec (setuid,
 * setresgid, capset, unshare, ...). In the kernel each thread has separate credentials. The C
 * library changes those of all threads of a process one after the other, which makes a record
 * for each. Supplementary groups are not included.
 */
struct vigil_credentials_body {
	struct vigil_cred before, after;
};

/* Body of EXEC_FAILED (Linux): the actor called exec, which failed, and continues with its
 * current program. The part FILENAME is the path as passed, ARGS are the arguments. */
struct vigil_exec_failed_body {
	uint32_t error;      /* error of the call: a number of errno(3) */
	uint32_t attributes; /* VIGIL_EXEC_FAILED_... */
};

#define VIGIL_EXEC_FAILED_AT 1u /* execveat: path relative to a descriptor, or a file */

/* Body of PROCESS_DENIED. The actor is the process that asked for the start. On Windows a start
 * that another driver refused has no RULE part. */
struct vigil_denied_body {
	struct vigil_process_body process; /* the process that would have run */
	uint64_t hits;                     /* of this rule, including this one */
	uint32_t verdict;                  /* enum vigil_verdict */
	uint32_t status;                   /* result of the call: NTSTATUS, errno */
};

enum vigil_verdict {
	VIGIL_VERDICT_AUDIT = 1, /* would have been refused, was allowed */
	VIGIL_VERDICT_DENY = 2,
	VIGIL_VERDICT_ALLOW = 3 /* only of rules, an exception: not in records */
};

/*
 * Body of ALERT: a detection rule matched the event before this record, or that one and earlier
 * ones. User space makes it. The header has the number, the times and the actor of that event, and
 * the part RULE is the id of the rule.
 */
struct vigil_alert_body {
	struct vigil_id process; /* that the event is about; pid 0: none, or unknown */
	struct vigil_id target;  /* of REMOTE_THREAD and PROCESS_ACCESS; pid 0: none */
	uint64_t hits;           /* of this rule, including this one */
	uint32_t level;          /* enum vigil_level */
	uint32_t about;          /* enum vigil_type of the event */
};

enum vigil_level {
	VIGIL_LEVEL_NONE = 0, /* the rule has none */
	VIGIL_LEVEL_INFORMATIONAL = 1,
	VIGIL_LEVEL_LOW = 2,
	VIGIL_LEVEL_MEDIUM = 3,
	VIGIL_LEVEL_HIGH = 4,
	VIGIL_LEVEL_CRITICAL = 5,
	VIGIL_LEVEL_MAX = 6
};

/* Body of LOST: `count` records of one type are missing for one reason, after
 * the record before this one. */
struct vigil_lost_body {
	uint64_t count;
	uint16_t type;     /* enum vigil_type of what is missing; 0 mixed or unknown */
	uint16_t reason;   /* enum vigil_loss */
	uint32_t reserved; /* 0 */
};

/* Body of a LOST of a sensor that knows control groups (Linux). header.fixed shows which of the
 * two bodies a record has. The part CGROUP is the path. */
struct vigil_lost_by_body {
	struct vigil_lost_body lost;
	uint64_t cgroup;       /* id of the cgroup that lost most of them; 0: not known */
	uint64_t cgroup_count; /* its share of `lost.count`; 0: not known */
};

enum vigil_loss {
	VIGIL_LOSS_QUEUE_FULL = 1,  /* the newest were dropped: the queue or ring was full */
	VIGIL_LOSS_OVERWRITTEN = 2, /* the oldest were dropped to free space */
	VIGIL_LOSS_MISSED = 3,      /* the system did not run the sensor's program */
	VIGIL_LOSS_NO_MEMORY = 4,   /* no memory for the record */
	VIGIL_LOSS_READ_FAILED = 5, /* the event was observed, but could not be read */
	VIGIL_LOSS_NOT_WRITTEN = 6, /* not written to the log: full disk, I/O error */
	VIGIL_LOSS_WITHHELD = 7, /* left out of an output because of its limit of events a second */
	VIGIL_LOSS_MAX = 8
};

/* Body of SNAPSHOT_END. */
struct vigil_snapshot_body {
	uint64_t processes; /* number of PROCESS_SNAPSHOT records */
	uint64_t threads;   /* number of THREAD_SNAPSHOT records */
};

/* Body of STATUS. A stream begins with VIGIL_STATUS_STARTED. */
struct vigil_status_body {
	uint32_t state;   /* enum vigil_state */
	uint32_t types;   /* VIGIL_TYPE_BIT of the recorded types */
	uint64_t machine; /* identifies the host and this boot: part of every entity id */
	uint64_t produced, delivered, dropped; /* so far */
};

enum vigil_state {
	VIGIL_STATUS_STARTED = 1,
	VIGIL_STATUS_STOPPED = 2,
	VIGIL_STATUS_CHANGED = 3, /* settings or rules; TEXT has which */
	VIGIL_STATUS_WARNING = 4  /* TEXT has the message */
};

/* The layout is an ABI: these offsets and sizes must not change within a version. */
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

VIGIL_AT(vigil_process_body, process, 0);
VIGIL_AT(vigil_process_body, parent, 16);
VIGIL_AT(vigil_process_body, tracer, 32);
VIGIL_AT(vigil_process_body, start, 48);
VIGIL_AT(vigil_process_body, attributes, 56);
VIGIL_AT(vigil_process_body, session, 60);
VIGIL_AT(vigil_process_body, uid, 64);
VIGIL_AT(vigil_process_body, gid, 68);
VIGIL_AT(vigil_process_body, euid, 72);
VIGIL_AT(vigil_process_body, egid, 76);
VIGIL_AT(vigil_process_body, login_uid, 80);
VIGIL_AT(vigil_process_body, integrity, 84);
VIGIL_AT(vigil_process_body, ns_pid, 88);
VIGIL_AT(vigil_process_body, tty, 92);
VIGIL_AT(vigil_process_body, capabilities, 96);
VIGIL_AT(vigil_process_body, cgroup, 104);
VIGIL_AT(vigil_process_body, device, 112);
VIGIL_AT(vigil_process_body, inode, 120);
VIGIL_AT(vigil_process_body, ns_mnt, 128);
VIGIL_AT(vigil_process_body, ns_time, 156);
VIGIL_SIZE(vigil_process_body, 160);

VIGIL_AT(vigil_leaders, group, 12);
VIGIL_AT(vigil_leaders, entry, 24);
VIGIL_AT(vigil_leaders, entry_type, 36);
VIGIL_SIZE(vigil_leaders, 40);

VIGIL_AT(vigil_exit_body, process, 0);
VIGIL_AT(vigil_exit_body, parent, 16);
VIGIL_AT(vigil_exit_body, start, 32);
VIGIL_AT(vigil_exit_body, lifetime, 40);
VIGIL_AT(vigil_exit_body, user_time, 48);
VIGIL_AT(vigil_exit_body, system_time, 56);
VIGIL_AT(vigil_exit_body, cpu_time, 64);
VIGIL_AT(vigil_exit_body, max_memory, 72);
VIGIL_AT(vigil_exit_body, code, 80);
VIGIL_AT(vigil_exit_body, signal, 84);
VIGIL_AT(vigil_exit_body, attributes, 88);
VIGIL_SIZE(vigil_exit_body, 96);

VIGIL_AT(vigil_thread_body, thread, 0);
VIGIL_AT(vigil_thread_body, start_address, 16);
VIGIL_AT(vigil_thread_body, cpu_time, 24);
VIGIL_AT(vigil_thread_body, code, 32);
VIGIL_AT(vigil_thread_body, signal, 36);
VIGIL_AT(vigil_thread_body, ns_tid, 40);
VIGIL_AT(vigil_thread_body, origin, 44);
VIGIL_AT(vigil_thread_body, reason, 45);
VIGIL_AT(vigil_thread_body, attributes, 46);
VIGIL_SIZE(vigil_thread_body, 48);

VIGIL_AT(vigil_thread_end_body, creator, 48);
VIGIL_AT(vigil_thread_end_body, lifetime, 64);
VIGIL_SIZE(vigil_thread_end_body, 72);

VIGIL_AT(vigil_image_body, process, 0);
VIGIL_AT(vigil_image_body, base, 16);
VIGIL_AT(vigil_image_body, size, 24);
VIGIL_AT(vigil_image_body, offset, 32);
VIGIL_AT(vigil_image_body, device, 40);
VIGIL_AT(vigil_image_body, inode, 48);
VIGIL_AT(vigil_image_body, generation, 56);
VIGIL_AT(vigil_image_body, attributes, 64);
VIGIL_AT(vigil_image_body, protection, 68);
VIGIL_AT(vigil_image_body, signature_level, 72);
VIGIL_AT(vigil_image_body, signature_type, 73);
VIGIL_SIZE(vigil_image_body, 80);

VIGIL_AT(vigil_access_body, target, 0);
VIGIL_AT(vigil_access_body, address, 16);
VIGIL_AT(vigil_access_body, length, 24);
VIGIL_AT(vigil_access_body, result, 32);
VIGIL_AT(vigil_access_body, method, 40);
VIGIL_AT(vigil_access_body, attributes, 44);
VIGIL_AT(vigil_access_body, count, 48);
VIGIL_SIZE(vigil_access_body, 56);

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
VIGIL_AT(vigil_credentials_body, after, 56);
VIGIL_SIZE(vigil_credentials_body, 112);
VIGIL_SIZE(vigil_exec_failed_body, 8);

VIGIL_AT(vigil_denied_body, process, 0);
VIGIL_AT(vigil_denied_body, hits, 160);
VIGIL_AT(vigil_denied_body, verdict, 168);
VIGIL_AT(vigil_denied_body, status, 172);
VIGIL_SIZE(vigil_denied_body, 176);

VIGIL_AT(vigil_alert_body, target, 16);
VIGIL_AT(vigil_alert_body, hits, 32);
VIGIL_AT(vigil_alert_body, level, 40);
VIGIL_AT(vigil_alert_body, about, 44);
VIGIL_SIZE(vigil_alert_body, 48);

VIGIL_AT(vigil_lost_body, count, 0);
VIGIL_AT(vigil_lost_body, type, 8);
VIGIL_AT(vigil_lost_body, reason, 10);
VIGIL_SIZE(vigil_lost_body, 16);
VIGIL_AT(vigil_lost_by_body, cgroup, 16);
VIGIL_AT(vigil_lost_by_body, cgroup_count, 24);
VIGIL_SIZE(vigil_lost_by_body, 32);

VIGIL_AT(vigil_snapshot_body, processes, 0);
VIGIL_AT(vigil_snapshot_body, threads, 8);
VIGIL_SIZE(vigil_snapshot_body, 16);

VIGIL_AT(vigil_status_body, state, 0);
VIGIL_AT(vigil_status_body, types, 4);
VIGIL_AT(vigil_status_body, machine, 8);
VIGIL_AT(vigil_status_body, produced, 16);
VIGIL_AT(vigil_status_body, delivered, 24);
VIGIL_AT(vigil_status_body, dropped, 32);
VIGIL_SIZE(vigil_status_body, 40);

#undef VIGIL_AT
#undef VIGIL_SIZE
#undef VIGIL_ASSERT

#endif /* VIGIL_EVENT_H */
