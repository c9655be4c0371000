/* SPDX-License-Identifier: MIT */
/*
 * sim.h - declarations shared by the simulator's files.
 *
 * One lock, the kernel lock, guards all of the simulator's state; it is a leaf:
 * no driver code runs under it. To ThreadSanitizer the simulator is invisible:
 * the kernel lock orders nothing, so a data race in a driver is not hidden by
 * the simulator's bookkeeping. What Windows documents as synchronization is
 * reported to TSan by sync_acquire() and sync_release().
 */
#ifndef NTSIM_SIM_H
#define NTSIM_SIM_H

#include "ntsim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define SIM_TSAN 1
#else
#define SIM_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SIM_ASAN 1
#else
#define SIM_ASAN 0
#endif

#define FOREVER INT64_MAX
#define FRAMES  16

/* ---- hosts: the pthreads (host.c) ---- */

struct lock;

struct held {
	struct lock *lock;
	bool exclusive;
	KIRQL old;      /* IRQL before; checked on release */
	unsigned depth; /* resources are recursive */
};

struct host {
	struct host *next;
	unsigned id;
	const char *name;
	pthread_t thread;
	pthread_cond_t wake;
	PETHREAD pose;      /* the simulated thread it plays; a reference */
	PEPROCESS attached; /* KeStackAttachProcess */
	KIRQL irql;
	int critical, guarded; /* regions entered */
	int cpu;               /* simulated processor; owned at DISPATCH_LEVEL */
	bool owns_cpu;
	PIRP top_level;
	KPROCESSOR_MODE previous_mode;
	unsigned in_driver;  /* depth of calls into the driver */
	bool exiting;        /* PsTerminateSystemThread */
	unsigned suspend_at; /* ntsim_suspend_at(): places still to pass */
	struct held held[16];
	unsigned holds;
	bool (*ready)(void *); /* blocked until it says so */
	void *ready_argument;
	LONGLONG deadline; /* interrupt time */
	bool blocked, finished;
	bool service; /* the simulator's own: DPCs, workers */
	bool kernel;  /* or a system thread: not one of the test's */
	unsigned klocked;
	int errors;
};

struct host *self(void); /* of the calling pthread; adopts a new one */
extern struct host *hosts;

/* Start a pthread as a host. The body runs as a thread posing as `pose`. */
struct host *host_start(const char *name, void (*body)(void *), void *argument, PETHREAD pose,
			bool service);
void host_join(struct host *host);
void host_forget(void); /* at shutdown: frees what finished hosts left */
void pose_as(PETHREAD thread);

/* ---- the kernel lock and waiting (sched.c) ---- */

void klock(void);
void kunlock(void);
/* Wait, with the kernel lock held, until ready() or the deadline: true when ready. */
bool kwait(bool (*ready)(void *), void *argument, LONGLONG deadline);
void kwake(void);                    /* something that a ready() looks at has changed */
void sched_enter(struct host *host); /* a new host waits for its turn */
void sched_leave(void);              /* a host ends */
bool sched_one_runs(void);           /* no other host can run while the caller does */
void sched_boot(unsigned preempt);
uint64_t sched_seed(void);

#if SIM_TSAN
#include <sanitizer/tsan_interface.h>
#define sync_acquire(p) __tsan_acquire((void *)(uintptr_t)(p))
#define sync_release(p) __tsan_release((void *)(uintptr_t)(p))
void quiet_begin(void);
void quiet_end(void);
#else
#define sync_acquire(p) ((void)(p))
#define sync_release(p) ((void)(p))
#define quiet_begin()   ((void)0)
#define quiet_end()     ((void)0)
#endif

/* ---- violations (report.c) ---- */

void report_boot(void);
void output_record(const char *what, const void *data, size_t size); /* reached user mode */
bool symbol_name(const void *address, char *text, size_t size);

/* ---- IRQL and calls into the driver (irql.c) ---- */

void irql_boot(unsigned processors);
void need_irql(const char *routine, KIRQL least, KIRQL most);
void raise_irql(KIRQL irql);
void lower_irql(KIRQL irql);
void irql_follow(void); /* the host on turn has changed: paged pool follows its IRQL */

/* State that driver code must leave as it found it. */
struct call {
	const char *what;
	KIRQL irql;
	int critical, guarded;
	unsigned holds;
};
void call_enter(struct call *call, const char *what);
void paint_stack(void);
#define call_begin(call, what) (call_enter(call, what), paint_stack())
void call_end(const struct call *call);

/* ---- memory (memory.c: guarded blocks; pool.c: the pool routines) ---- */

enum block_kind {
	BLOCK_POOL,
	BLOCK_IRP,
	BLOCK_BUFFER,
	BLOCK_OBJECT,
	BLOCK_STRING
};

struct block {
	struct block *next, *previous; /* all live, or the quarantine */
	struct block *chain;           /* on the same page's bucket */
	struct block *next_paged;
	unsigned char *map, *data;
	size_t map_size, size;
	enum block_kind kind;
	ULONG tag;
	bool paged, freed, driver, special; /* special: made by a routine other than the pool's */
	const char *what;
	uint64_t serial;
	void *frames[FRAMES];
	int frame_count;
};

struct block *block_new(enum block_kind kind, size_t size, const char *what);
struct block *block_new_of(enum block_kind kind, size_t size, const char *what,
			   unsigned char content); /* which else is the machine's `fill` */
void block_free(struct block *block);              /* inaccessible from now on */
void block_make_paged(struct block *block);
struct block *block_at(const void *data);     /* begins there; freed ones as well */
struct block *block_around(const void *data); /* covers that address with its guards */
void block_check(const struct block *block);  /* the slack around it is untouched */
void block_each(void (*visit)(struct block *, void *), void *argument);
void block_describe(const struct block *block, const void *address, char *text, size_t size);
void memory_boot(unsigned char fill);
void memory_shutdown(void);
void memory_hide_paged(bool hide);
unsigned char memory_fill(void);
/* What a bad access to an address inside a block means. */
enum ntsim_code memory_classify(const void *address, char *text, size_t size);

void *pool_special(size_t size, bool paged, ULONG tag,
		   const char *what); /* for the driver to free */
void pool_unload(void);

/* Locks, timers, DPCs and the like inside memory that goes away. */
void lock_purge(const void *memory, size_t size);
void timer_purge(const void *memory, size_t size);

/* ---- faults (fault.c) ---- */

bool fault(const char *routine); /* true: fail this one */
void fault_boot(void);

/* ---- objects and handles (object.c) ---- */

enum object_type {
	OBJECT_PROCESS = 1,
	OBJECT_THREAD,
	OBJECT_FILE,
	OBJECT_DEVICE,
	OBJECT_TOKEN,
	OBJECT_KEY,
	OBJECT_TYPES
};

void *object_new(enum object_type type, size_t size);
void object_ref(void *body);
void object_unref(void *body); /* the last one destroys it */
enum object_type object_type(const void *body, const char *routine);
void object_driver_ref(void *body); /* a reference the driver must give back */
void object_driver_unref(void *body, const char *routine);
void object_unload(void); /* nothing of the driver's is left */
void object_shutdown(void);

/* The references of an object that end: called without the kernel lock. */
void process_destroy(void *body);
void thread_destroy(void *body);
void file_destroy(void *body);
void device_destroy(void *body);

HANDLE handle_new(void *body, ACCESS_MASK access, PEPROCESS owner, bool driver);
/* The object of a handle with a new reference, NULL if there is none. */
void *handle_object(HANDLE handle, enum object_type type, ACCESS_MASK *access);
void *handle_object_for(HANDLE handle, enum object_type type, const char *routine);
bool handle_close(HANDLE handle);
void handle_close_all(PEPROCESS owner);
bool handle_is_last(const void *body);
void handle_unload(void);

/* ---- processes and threads (process.c) ---- */

struct token;

struct _KTHREAD {
	DISPATCHER_HEADER header;
	struct _KTHREAD *next; /* of its process */
	PEPROCESS process;
	HANDLE tid;
	PVOID start;
	LONGLONG created;
	NTSTATUS exit_status;
	bool alive, first, system;
};

struct _KPROCESS {
	DISPATCHER_HEADER header;
	struct _KPROCESS *next;
	HANDLE pid, parent;
	struct _KTHREAD *threads;
	unsigned running; /* threads alive */
	UNICODE_STRING image, command;
	bool has_command, pico, wow64, is_protected, debugged, alive, system;
	ULONG session;
	LONGLONG created, exited;
	ULONGLONG start_key;
	NTSTATUS exit_status;
	struct token *token;
	PFILE_OBJECT file;
};

extern PEPROCESS processes; /* all that are alive, in order of creation */
void process_boot(void);
void process_shutdown(void);
PEPROCESS current_process(void); /* the one attached to, or the thread's own */
PETHREAD current_thread(void);
PETHREAD thread_new_quiet(PEPROCESS process, PVOID start);
PETHREAD thread_create(PEPROCESS process, HANDLE tid, PVOID start, bool quiet);
void thread_end(PETHREAD thread, NTSTATUS code); /* on the calling host */
PEPROCESS process_find(HANDLE pid);
PETHREAD thread_find(HANDLE tid);
UNICODE_STRING string_copy(PCUNICODE_STRING s); /* of malloc */
PFILE_OBJECT file_of_image(PCUNICODE_STRING name);

/* ---- notify routines (notify.c) ---- */

void notify_boot(void);
void notify_unload(void);
bool notify_process_create(PEPROCESS process, PPS_CREATE_NOTIFY_INFO info);
void notify_process_exit(PEPROCESS process);
void notify_thread(PETHREAD thread, bool create);
void notify_thread_new(PETHREAD thread); /* the Ex variant: on the new thread */
void notify_image(PUNICODE_STRING name, HANDLE pid, PIMAGE_INFO info);

/* ---- security (security.c) ---- */

struct token {
	UCHAR user[SECURITY_MAX_SID_SIZE];
	bool admin, system, elevated;
	ULONG integrity, session;
	LUID id;
};
struct token *token_new(const char *sid, bool admin, ULONG integrity, ULONG session);
void security_boot(void);
PACL acl_from_sddl(PCUNICODE_STRING sddl); /* malloc; NULL when ill-formed */
/* The rights of `wanted` that a list grants; all or nothing. No list grants all. */
bool access_check(const ACL *acl, const struct token *token, ACCESS_MASK wanted,
		  ACCESS_MASK *granted);

/* ---- devices, drivers, requests (device.c, driver.c, irp.c, file.c) ---- */

struct device {
	PACL acl; /* NULL: the default, everyone */
	UNICODE_STRING name;
	bool deleted, shutdown;
	LONG files;
	DEVICE_OBJECT public; /* last: its extension follows in the same guarded block */
};
#define DEVICE(d) CONTAINING_RECORD(d, struct device, public)

struct file {
	LONG requests; /* under way */
	LONG handles;
	bool cleaned, closed;
	ACCESS_MASK access;
	UNICODE_STRING image; /* a file of the file system: its full name */
	FILE_OBJECT public;
};
#define FILE_(f) CONTAINING_RECORD(f, struct file, public)

struct ntsim_io {
	struct ntsim_io *next;
	PIRP irp;
	struct block *block, *buffer, *mapping;
	MDL *mdl;
	PFILE_OBJECT file;
	PETHREAD thread;
	UCHAR major;
	ULONG code;
	void *out;
	ULONG out_length;
	bool completed, marked;
	NTSTATUS status;
	ULONG_PTR information;
};

void device_boot(void);
void device_unload(void);
PDEVICE_OBJECT device_by_link(PCWSTR path, PCWSTR *rest);
PDEVICE_OBJECT device_by_name(PCUNICODE_STRING name);
void driver_device_added(PDEVICE_OBJECT device);
void driver_device_removed(PDEVICE_OBJECT device);
bool driver_file_opened(void); /* false: being unloaded */
void driver_file_gone(void);

void irp_boot(void);
void irp_unload(void);
struct ntsim_io *irp_new(PFILE_OBJECT file, UCHAR major);
void irp_buffers(struct ntsim_io *io, const void *in, ULONG in_length, void *out, ULONG out_length);
void irp_send(struct ntsim_io *io); /* to the driver; io is valid afterwards */
NTSTATUS irp_finish(struct ntsim_io *io, ULONG_PTR *information); /* waits and frees */
void irp_cancel_matching(PFILE_OBJECT file, PETHREAD thread, bool wait);
MDL *mdl_for_user(struct ntsim_io *io, void *user, ULONG length);
void mdl_release(struct ntsim_io *io);
void file_cleanup(PFILE_OBJECT file);         /* the last handle is gone */
void file_close_when_idle(PFILE_OBJECT file); /* IRP_MJ_CLOSE after cleanup and the last request */

/* ---- others ---- */

void lock_boot(void);
void lock_unload(void);
void timer_boot(bool real_time);
void timer_unload(void);
void timer_shutdown(void);
LONGLONG interrupt_time(void);
LONGLONG boot_time(void);     /* system time at boot, before any step of the clock */
LONGLONG clock_steps(void);   /* sum of the steps of the clock since boot */
LONGLONG next_deadline(void); /* of timers and waits */
void time_move(LONGLONG to);  /* kernel lock held */
bool time_is_real(void);
void dispatcher_init(DISPATCHER_HEADER *header, UCHAR type, LONG state);
void dispatcher_signal(DISPATCHER_HEADER *header);
enum {
	DISPATCHER_EVENT = 0xe0,
	DISPATCHER_SYNC_EVENT,
	DISPATCHER_SEMAPHORE,
	DISPATCHER_MUTEX,
	DISPATCHER_TIMER,
	DISPATCHER_SYNC_TIMER,
	DISPATCHER_PROCESS,
	DISPATCHER_THREAD
};
void work_boot(void);
void work_unload(void);
void work_shutdown(void);
void registry_boot(void);
void registry_shutdown(void);
void log_boot(void);
void log_shutdown(void);
void flt_boot(bool (*busy)(void));
void flt_unload(void);
void sync_boot(void);
void sync_unload(void);
void need_version(const char *routine, enum ntsim_version oldest);
void version_boot(enum ntsim_version version);
enum ntsim_version version_now(void);
void format_text(char *d, size_t size, PCSTR format, va_list arguments, bool *unicode);
int format_wide(PWSTR d, size_t count, PCWSTR format, va_list arguments);
extern const struct ntsim_config *config_now(void);
bool equal_nocase(PCWSTR a, size_t a_length, PCWSTR b, size_t b_length);

#endif
