/* SPDX-License-Identifier: MIT */
/*
 * ntsim.h - the test's side of the simulated NT kernel.
 *
 *	ntsim_boot(NULL);
 *	ntsim_load(DriverEntry);
 *	HANDLE pid = ntsim_process(&(struct ntsim_process){ .image = NTSIM_STR(L"C:\\a.exe") });
 *	ntsim_process_exit(pid, 0);
 *	ntsim_unload();
 *	ntsim_shutdown();
 *
 * Every pthread that calls the simulator poses as a simulated thread: the one
 * that boots as a thread of an administrator's process, see ntsim_pose(). A
 * broken rule ends the run with ntsim_bugcheck(). Compile tests with
 * -fshort-wchar, like drivers.
 */
#ifndef NTSIM_H
#define NTSIM_H

#include <ntifs.h>
#include <stdbool.h>

/* A counted string from a literal. */
#define NTSIM_STR(text) \
	(&(const UNICODE_STRING){ sizeof(text) - sizeof(WCHAR), sizeof(text), \
				  (PWCH)(uintptr_t)(text) })

/* ---- the machine -------------------------------------------------------- */

enum ntsim_version {
	NTSIM_WIN11, /* the default */
	NTSIM_WIN10_2004,
	NTSIM_WIN10_1703,
	NTSIM_WIN10_1607,
	NTSIM_WIN81,
	NTSIM_WIN7
};

struct ntsim_config {
	enum ntsim_version version; /* which routines exist; calling another is a violation */
	unsigned processors;        /* simulated processors, 1 to 64; 0 means 4 */
	bool real_time; /* the clock runs; otherwise only ntsim_advance() and waits move it */
	bool no_force_integrity; /* the image was linked without /INTEGRITYCHECK */
	unsigned char fill;      /* what unwritten memory holds; 0 means 0xa5 */
	unsigned preempt;        /* seeded runs: a switch at one of so many calls; 0 means 4 */
	bool thread_at_apc;      /* thread notifications come at APC_LEVEL; seeded runs draw lots */
	bool exit_after_denial;  /* a denied process still has the notifications of its first
				  * thread and of its exit, as Windows 10 sends them */
	bool (*system_busy)(void); /* NULL, or: may FltGetFileNameInformationUnsafe succeed now? */
};

/* Start a machine: System (PID 4), the caller's process, no driver. NULL: the
 * defaults. Faults, log, registry and clock are reset. */
void ntsim_boot(const struct ntsim_config *config);

/* Stop it: everything must be closed and unloaded. */
void ntsim_shutdown(void);

/* Load the driver: call its entry as the System process with the registry path
 * \Registry\Machine\System\CurrentControlSet\Services\vigil. If the entry
 * fails, anything that it leaked is a violation. */
NTSTATUS ntsim_load(PDRIVER_INITIALIZE entry);

/* Unload it: waits until every file is closed (opens fail meanwhile), calls
 * DriverUnload in the System process, then checks for leaks. */
void ntsim_unload(void);

/* The loaded driver's object, NULL when none is. */
PDRIVER_OBJECT ntsim_driver(void);

/* ---- violations --------------------------------------------------------- */

enum ntsim_code {
	NTSIM_CLEAN = 0,
	NTSIM_IRQL,            /* a routine called, or memory touched, at a wrong IRQL */
	NTSIM_IRQL_CHANGED,    /* a callback returned at another IRQL */
	NTSIM_PAGED,           /* pageable code or paged pool at DISPATCH_LEVEL */
	NTSIM_CRITICAL_REGION, /* needed one, was in one that forbids it, or left it unbalanced */
	NTSIM_LOCK_UNINITIALIZED, /* a lock or object used before its initialization */
	NTSIM_LOCK_RECURSION,     /* acquired twice by one thread */
	NTSIM_LOCK_OWNER,         /* released by a thread that does not hold it */
	NTSIM_LOCK_ORDER,         /* two locks taken in both orders */
	NTSIM_LOCK_HELD,          /* held on return from a callback, or freed while held */
	NTSIM_DEADLOCK,           /* every thread waits */
	NTSIM_POOL_PARAMETER,     /* zero size, zero tag, bad type */
	NTSIM_POOL_TAG,           /* freed with a wrong tag */
	NTSIM_POOL_FREE,          /* not a block, or freed twice */
	NTSIM_POOL_OVERRUN,       /* written or read outside a block */
	NTSIM_POOL_USE_AFTER_FREE,
	NTSIM_POOL_LEAK,
	NTSIM_IRP_COMPLETED_TWICE,
	NTSIM_IRP_TOUCHED,     /* after its completion */
	NTSIM_IRP_PENDING,     /* IoMarkIrpPending and the status returned disagree */
	NTSIM_IRP_STATUS,      /* completed with one status, returned another; or STATUS_PENDING */
	NTSIM_IRP_INFORMATION, /* more bytes than the buffer has */
	NTSIM_IRP_CANCEL,      /* completed with a cancel routine; cancel spin lock misuse */
	NTSIM_IRP_LOST,        /* never completed */
	NTSIM_MDL,
	NTSIM_UNINITIALIZED,   /* unwritten bytes reached user mode */
	NTSIM_LEAK,            /* object, handle, token, device, link, timer, work item, ... */
	NTSIM_CALLBACK_LEFT,   /* a notify routine registered at unload */
	NTSIM_CALLBACK_REMOVE, /* removed from within itself */
	NTSIM_OBJECT,          /* reference count or type wrong */
	NTSIM_HANDLE,          /* bad handle, or a user handle from kernel mode */
	NTSIM_NAME_QUERY,      /* file name query where it can deadlock */
	NTSIM_VERSION,         /* a routine this Windows does not have */
	NTSIM_LIST,            /* corrupt LIST_ENTRY or other fail-fast */
	NTSIM_ASSERT,
	NTSIM_DRIVER_BUGCHECK, /* KeBugCheckEx */
	NTSIM_RUNDOWN,
	NTSIM_FAULT,     /* bad pointer */
	NTSIM_NOTIFY,    /* bad argument to a notify routine's registration */
	NTSIM_MISUSE,    /* the test, or an argument no check above names */
	NTSIM_SANITIZER, /* a sanitizer's finding outside the simulator's memory */
	NTSIM_CODES
};

/* Report a violation with call stack, seed and log, and abort (or return
 * to ntsim_catch()). Never returns. */
void ntsim_bugcheck(enum ntsim_code code, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

const char *ntsim_code_name(int code);

/* Run a scenario in a child process; returns the code of its violation, or
 * NTSIM_CLEAN. `report` gets the violation's text. */
int ntsim_catch(void (*scenario)(void *), void *argument, char *report, size_t size);

/* Run a scenario in two child processes that differ only in what unwritten
 * pool, buffers and stack hold, and compare every byte that reached user mode
 * (and every status). Returns NTSIM_CLEAN, NTSIM_UNINITIALIZED, or the code of
 * another violation. The scenario boots with ntsim_twice_config() and must not
 * depend on real time or free-running threads. Kernel addresses that leak show
 * up likewise when they differ between runs. */
int ntsim_twice(void (*scenario)(void *), void *argument, char *report, size_t size);

/* ---- faults ------------------------------------------------------------- */

/* Every call that may fail on Windows is a fault point, numbered from 1 in the
 * order in which a run passes them. */
unsigned ntsim_fault_count(void); /* passed since boot or ntsim_fault_reset() */
void ntsim_fault_at(unsigned n);  /* fail the n-th; 0: none. Resets the count */
void ntsim_fault_name(const char *routine, unsigned n); /* fail the n-th call of one; 0: each */
void ntsim_fault_reset(void);
const char *ntsim_fault_hit(void); /* routine that was made to fail, NULL: none */

/* ---- threads and the scheduler ------------------------------------------ */

typedef void ntsim_body(void *argument);
struct ntsim_go;

/* Run a body on a new pthread that acts as thread `tid` (NULL: a new
 * thread of the caller's process, created without notification). */
struct ntsim_go *ntsim_go(ntsim_body *body, void *argument, HANDLE tid);
void ntsim_join(struct ntsim_go *go);

/* From here on, run the caller and all threads started from it one at a time;
 * who runs next at each call of the simulator is drawn from the seed. The
 * environment's NTSIM_SEED replaces the argument. Ends at ntsim_seed_end(). */
void ntsim_seed(uint64_t seed);
void ntsim_seed_end(void);

/* A number below `limit` from the seed's stream (also without ntsim_seed()). */
uint64_t ntsim_random(uint64_t limit);

/* A place to switch threads, for test code. */
void ntsim_yield(void);

/*
 * SuspendThread, in a seeded run: the caller is stopped at the n-th of the
 * places in the driver's code where the suspending APC can reach it, which are
 * its calls into the simulator at PASSIVE_LEVEL outside critical and guarded
 * regions; 0: none. ntsim_resume() resumes the stopped thread.
 */
void ntsim_suspend_at(unsigned n);
bool ntsim_suspended(void); /* a thread is stopped */
void ntsim_resume(void);

/* Let DPCs, work items and the driver's own threads run until all of them wait. */
void ntsim_settle(void);

/* ---- time (100 ns) ------------------------------------------------------ */

LONGLONG ntsim_now(void);              /* system time */
void ntsim_advance(LONGLONG interval); /* timers fire and waits end, one by one, each settled */
void ntsim_set_clock(LONGLONG time);   /* the user sets the clock: system time jumps */

/* Another processor is in the middle of the timer's tick: the interrupt time has it, the
 * system time only after so many more readings. */
void ntsim_tick_late(unsigned reads);

/* ---- processes, threads, images ----------------------------------------- */

/* What a zero means is what a plain process of the caller's user has. Strings
 * reach callbacks in exactly sized memory without a terminator. */
struct ntsim_process {
	HANDLE pid, tid;          /* NULL: the next free ones. A dead PID may come again */
	HANDLE parent;            /* NULL: the creator's process. The creator is the caller */
	PCUNICODE_STRING image;   /* NT path. NULL: \Device\HarddiskVolume1\test.exe */
	PCUNICODE_STRING spelled; /* ImageFileName, as the creator spelled it; NULL: the image */
	PCUNICODE_STRING command; /* NULL with no_command: none; else the image */
	bool no_image;            /* ImageFileName is NULL */
	bool nameless;            /* nor does any query say the image's name */
	bool no_command;          /* CommandLine is NULL */
	bool partial_image;       /* FileOpenNameAvailable is 0 */
	bool no_file;             /* FileObject is NULL */
	bool pico;                /* a subsystem process: only Ex2 hears of it */
	bool wow64, is_protected, debugged;
	bool quiet;      /* it ran before: no notifications */
	bool held;       /* its first thread is reported later, by ntsim_process_begin() */
	bool threadless; /* it has no thread yet, and no notification: ntsim_process_start() */
	bool user;       /* no administrator */
	const char *sid; /* its user, "S-1-5-21-1-2-3-1001" */
	ULONG session;
	ULONG integrity;         /* RID; 0: high, or medium for a user */
	PVOID start;             /* start address of the first thread */
	NTSTATUS refused_before; /* what a driver that is called first has set */
	NTSTATUS status;         /* out: STATUS_SUCCESS, or why it was denied */
};

/* Create a process with its first thread. NULL when denied, see spec->status. */
HANDLE ntsim_process(struct ntsim_process *spec);
HANDLE ntsim_process_new(PCUNICODE_STRING image); /* a plain one */

/* A threadless process gets its first thread, and with it its notifications. spec is
 * what it was created with. As ntsim_process(). */
HANDLE ntsim_process_start(HANDLE pid, struct ntsim_process *spec);

/* Reports the first thread of a process that was held, with the caller as its creator. */
void ntsim_process_begin(HANDLE pid);

/* Its threads end, its handles close, then the exit notification, on its last thread. */
void ntsim_process_exit(HANDLE pid, NTSTATUS code);

/* Create a thread: the caller is the creator. */
HANDLE ntsim_thread(HANDLE pid, PVOID start_address);
HANDLE ntsim_thread_as(HANDLE pid, HANDLE tid, PVOID start_address, bool quiet);

/* End a thread: the notification on it, its pending requests canceled. */
void ntsim_thread_exit(HANDLE tid, NTSTATUS code);

/* The first thread of a process. */
HANDLE ntsim_first_thread(HANDLE pid);

/* The calling pthread poses as that thread from now on; returns the old one. */
HANDLE ntsim_pose(HANDLE tid);
HANDLE ntsim_self(void);     /* thread id it poses as */
HANDLE ntsim_self_pid(void); /* and its process */

struct ntsim_image {
	PCUNICODE_STRING name;      /* FullImageName */
	PCUNICODE_STRING file_name; /* what the file system would say; NULL: the same */
	bool no_name;               /* FullImageName is NULL */
	bool no_extended;           /* no IMAGE_INFO_EX */
	bool no_file;               /* FileObject is NULL */
	bool no_apcs;               /* all APCs are disabled (an IRQL of APC_LEVEL) */
	bool top_level;             /* the thread is in I/O: a top-level IRP is set */
	bool cleaned_up;            /* the file object has had its IRP_MJ_CLEANUP */
	bool other_machine;         /* MachineTypeMismatch */
	bool all_pids, partial;
	PVOID base;
	SIZE_T size;
	ULONG signature_level, signature_type;
};

/* Map an image into a process, on the calling thread; PID 0 loads a driver. */
void ntsim_image_load(HANDLE pid, const struct ntsim_image *spec);

/* ---- user mode: files --------------------------------------------------- */

/* CreateFile on a path such as L"\\\\.\\Vigil", with the caller's token. Without
 * FILE_ACCESS like GENERIC_READ the open asks for FILE_READ_ATTRIBUTES. */
HANDLE ntsim_open(PCWSTR path, ACCESS_MASK access, NTSTATUS *status);
HANDLE ntsim_duplicate(HANDLE file);
void ntsim_close(HANDLE file); /* last handle: IRP_MJ_CLEANUP; last reference: IRP_MJ_CLOSE */

/* Synchronous: waits for the completion. `information` may be NULL. */
NTSTATUS ntsim_read(HANDLE file, void *buffer, ULONG length, ULONG_PTR *information);
NTSTATUS ntsim_write(HANDLE file, const void *buffer, ULONG length, ULONG_PTR *information);
NTSTATUS ntsim_ioctl(HANDLE file, ULONG code, const void *in, ULONG in_length, void *out,
		     ULONG out_length, ULONG_PTR *information);
NTSTATUS ntsim_request(HANDLE file, UCHAR major); /* any other, without buffers */

/* Overlapped: the buffer must live until ntsim_io_wait(), which also frees. */
struct ntsim_io;
struct ntsim_io *ntsim_read_start(HANDLE file, void *buffer, ULONG length);
struct ntsim_io *ntsim_write_start(HANDLE file, const void *buffer, ULONG length);
struct ntsim_io *ntsim_ioctl_start(HANDLE file, ULONG code, const void *in, ULONG in_length,
				   void *out, ULONG out_length);
bool ntsim_io_done(struct ntsim_io *io);
NTSTATUS ntsim_io_wait(struct ntsim_io *io, ULONG_PTR *information);
void ntsim_io_cancel(struct ntsim_io *io); /* CancelIoEx with its OVERLAPPED */
void ntsim_cancel(HANDLE file);            /* CancelIo: what this thread started on it */
void ntsim_cancel_all(HANDLE file);        /* CancelIoEx(file, NULL): requests of all threads */

/* ---- registry, log, accounts -------------------------------------------- */

/* Keys by absolute path, case-insensitive; NULL is the driver's service key. */
void ntsim_registry_set(PCWSTR key, PCWSTR name, ULONG type, const void *data, ULONG size);
void ntsim_registry_dword(PCWSTR key, PCWSTR name, ULONG value);
/* Bytes of the value copied to data (up to size); -1 when there is none. */
int ntsim_registry_get(PCWSTR key, PCWSTR name, ULONG *type, void *data, ULONG size);
void ntsim_registry_delete(PCWSTR key);

/* What DbgPrint said since boot or ntsim_log_clear(). */
const char *ntsim_log(void);
void ntsim_log_clear(void);

/* Pool that the driver holds now, in bytes and in blocks, and all allocations so far. */
size_t ntsim_pool_bytes(void);
size_t ntsim_pool_blocks(void);
uint64_t ntsim_pool_allocations(void);

/* Configuration a scenario of ntsim_twice() passes to ntsim_boot(). */
const struct ntsim_config *ntsim_twice_config(void);

#endif
