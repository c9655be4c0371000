/* SPDX-License-Identifier: MIT */
/* attach.c - opens the live sensor of Linux: checks, loads, attaches; and closes it. */
#include "sensor/linux/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "core/error.h"
#include "core/log.h"
#include "os/boot_clock.h"
#include "os/bpf_print.h"
#include "os/btf_excerpt.h"
#include "os/kernel_types.h"
#include "os/rdonly_cast.h"
#include "sensor/linux/access_probes.h"
#include "sensor/linux/clock.h"
#include "sensor/linux/environment.h"
#include "sensor/linux/outsiders.h"
#include "sensor/linux/records.h"

#define BUFFER_MIN      (64u << 10)
#define BUFFER_MAX      (1u << 30)
#define LATENCY_DEFAULT 10u /* ms */
#define LATENCY_MAX     1000u
/* Bytes of the batch for each queue. The shared part of perf's rings is large enough, for each
 * ring, for several records with paths of PATH_MAX. */
#define BATCH_OWN      (2u * VIGIL_RECORD_MAX)
#define BATCH_RING     (1u << 20)
#define BATCH_VERDICTS (2u * VIGIL_RECORD_MAX)
#define BATCH_PERF     (1u << 20)
#define BATCH_PERF_MIN (32u << 10)
#define MS             1000000ull /* in ns */

static bool lacks_descriptors(void)
{
	int fd[SENSOR_FILES_NEEDED], count = 0, any = open("/", O_PATH | O_CLOEXEC);
	bool lacks = any < 0;

	while (!lacks && count < SENSOR_FILES_NEEDED) {
		fd[count] = fcntl(any, F_DUPFD_CLOEXEC, 0);
		lacks = fd[count] < 0;
		count += !lacks;
	}
	while (count > 0)
		close(fd[--count]);
	if (any >= 0)
		close(any);
	return lacks;
}

/* Explains a failure caused by a low limit of descriptors: any of many calls can fail, and libbpf
 * does not always keep the reason. */
static enum vigil_code explain(enum vigil_code code, struct vigil_error *error)
{
	if ((code != VIGIL_ERROR_UNSUPPORTED && code != VIGIL_ERROR_SYSTEM) || !lacks_descriptors())
		return code;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM,
			  "too few file descriptors are allowed: Vigil needs %d, and one for each "
			  "CPU. Raise `ulimit -n`, or LimitNOFILE= of the service.",
			  SENSOR_FILES_NEEDED);
}

static enum vigil_code check_kernel(struct vigil_error *error)
{
	struct stat st;

	if (access(SENSOR_BTF_FILE, R_OK) < 0)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "this kernel has no type information (" SENSOR_BTF_FILE
				  ": %s). Vigil needs Linux 5.8 or later built with "
				  "CONFIG_DEBUG_INFO_BTF, and /sys mounted; see `vigil doctor`.",
				  strerror(errno));
	if (stat("/proc/self/ns/pid", &st) < 0)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "/proc is not mounted here (/proc/self/ns/pid: %s); mount it: "
				  "mount -t proc proc /proc",
				  strerror(errno));
	if (st.st_ino != SENSOR_PID_NAMESPACE)
		return vigil_fail(
		    error, VIGIL_ERROR_UNSUPPORTED,
		    "this process is in a separate PID namespace, where PIDs differ from the "
		    "kernel's. Start vigil on the host, or the container with the host's "
		    "PID namespace (docker run --pid=host).");
	if (!boot_clock_init())
		return vigil_fail(
		    error, VIGIL_ERROR_UNSUPPORTED,
		    "the clocks of this process and of its children differ: a time namespace waits "
		    "for the children. Start vigil as a child (unshare --time --fork).");
	return VIGIL_OK;
}

static enum vigil_code load_failed(int result, const char *what, struct vigil_error *error)
{
	if (result == -EPERM || result == -EACCES)
		return vigil_fail(
		    error, VIGIL_ERROR_PRIVILEGE,
		    "not allowed to %s the BPF programs: %s. Run as root (sudo vigil ...), or "
		    "with CAP_BPF and CAP_PERFMON; see `vigil doctor`.",
		    what, strerror(-result));
	return vigil_fail(error, vigil_code_of(-result, VIGIL_ERROR_UNSUPPORTED),
			  "cannot %s the BPF programs: %s (%s). See `vigil doctor`.", what,
			  strerror(-result), bpf_print_warning());
}

static enum vigil_code name_environment(struct vigil_bpf *bpf, const char *list,
					struct vigil_error *error)
{
	struct environment_name names[VIGIL_ENVIRONMENT_NAMES];
	int count = list ? environment_parse(list, names, error) : 0;

	for (int i = 0; i < count; i++) {
		memcpy(bpf->rodata->environment_word[i], names[i].word, sizeof(names[i].word));
		memcpy(bpf->rodata->environment_mask[i], names[i].mask, sizeof(names[i].mask));
	}
	if (count >= 0)
		bpf->rodata->environment_names = (uint32_t)count;
	return count < 0 ? (enum vigil_code)count : VIGIL_OK;
}

/* Sets sizes and constants that must be known before the programs are loaded. */
static enum vigil_code tune(struct linux_source *s, const struct vigil_options *options,
			    const struct kernel_types *types, uint32_t buffer,
			    struct vigil_error *error)
{
	uint32_t size = (uint32_t)sysconf(_SC_PAGESIZE);
	bool modules;

	modules = options->types & VIGIL_TYPE_BIT(VIGIL_EVENT_DRIVER_LOAD) &&
		  kernel_types_tracepoint(types, "module_load") > 0;
	bpf_program__set_autoload(s->bpf->progs.on_prepare_exec,
				  kernel_types_tracepoint(types, "sched_prepare_exec") > 0);
	bpf_program__set_autoload(s->bpf->progs.on_module_load, modules);
	hooks_choose(&s->hooks, s->bpf, types, options, !s->refused);
	s->hides = outsiders_choose(s->bpf, options);

	s->cpus = libbpf_num_possible_cpus();
	if (s->cpus <= 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "cannot determine the number of CPUs: %s", strerror(-s->cpus));
	s->bpf->rodata->cpus = (uint32_t)s->cpus;
	s->bpf->rodata->wanted = options->types;
	s->bpf->rodata->page_size = size;
	while (size < buffer) /* the kernel requires a power of two, in pages */
		size *= 2;
	s->bpf->rodata->reserve_begins = size - size / VIGIL_RESERVE_PART;
	s->bpf->rodata->share = size / VIGIL_RESERVE_PART / VIGIL_SHARES;
	bpf_map__set_max_entries(s->bpf->maps.ring, size);
	bpf_map__set_max_entries(s->bpf->maps.counters, (uint32_t)s->cpus);
	bpf_map__set_max_entries(s->bpf->maps.scratch, (uint32_t)s->cpus + 1);
	bpf_map__set_max_entries(s->bpf->maps.accounts, (uint32_t)s->cpus);
	bpf_map__set_max_entries(s->bpf->maps.clocks, (uint32_t)s->cpus);
	if (s->hooks.exec_failed != MEANS_NONE)
		bpf_map__set_max_entries(s->bpf->maps.failed_scratch,
					 (uint32_t)s->cpus * VIGIL_FAILED_PROGRAMS);
	s->bpf->bss->snapshotting = 1;
	return VIGIL_OK;
}

/* Maps everything that must exist before the first program runs. */
static enum vigil_code map_queues(struct linux_source *s, struct vigil_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *mapped;
	int result;

	/* The values of a memory-mapped array are contiguous. */
	s->counters_size = sizeof(struct vigil_cpu_counters) * (size_t)s->cpus;
	s->counters_size = (s->counters_size + page - 1) / page * page;
	mapped = mmap(NULL, s->counters_size, PROT_READ, MAP_SHARED,
		      bpf_map__fd(s->bpf->maps.counters), 0);
	if (mapped == MAP_FAILED)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot map the counters: %s",
				  strerror(errno));
	s->counters = mapped;
	clock_open(bpf_map__fd(s->bpf->maps.clocks), s->cpus);
	result = losses_open(&s->losses, bpf_map__fd(s->bpf->maps.losses),
			     bpf_map__fd(s->bpf->maps.free_slots), &s->bpf->bss->slots_taken);
	if (result < 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot map the counts of losses: %s",
				  strerror(-result));
	result = ring_open(&s->ring, bpf_map__fd(s->bpf->maps.ring),
			   bpf_map__max_entries(s->bpf->maps.ring));
	if (result < 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "cannot map the ring buffer (%u KiB): %s. Try a smaller one: "
				  "--buffer-size.",
				  bpf_map__max_entries(s->bpf->maps.ring) >> 10, strerror(-result));
	return VIGIL_OK;
}

/* Attach the programs first, then run the iterator: a process that starts in between is reported by
 * both, and the process table drops the duplicate. */
static enum vigil_code attach(struct linux_source *s, struct vigil_error *error)
{
	int result = vigil_bpf__attach(s->bpf), iterator;

	if (result < 0)
		return load_failed(result, "attach", error);
	iterator = bpf_iter_create(bpf_link__fd(s->bpf->links.snapshot));
	if (iterator < 0)
		return load_failed(iterator, "start", error);
	if (snapshot_open(&s->snapshot, iterator) < 0)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	return VIGIL_OK;
}

/* Uses edge-triggered polling, in which only a wake-up counts: under load the ring always has data
 * and would always be ready. The reader consumes the wake-up before it waits. */
static enum vigil_code open_poll(struct linux_source *s, struct vigil_error *error)
{
	struct epoll_event timer = { .events = EPOLLIN }, ring = { .events = EPOLLIN | EPOLLET };
	const struct itimerspec never = { .it_value.tv_sec = INT64_MAX / 1000000000 };

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	s->clock_set = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->epoll < 0 || s->timer < 0 || s->clock_set < 0 ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->timer, &timer) < 0 ||
	    timerfd_settime(s->clock_set, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
			    NULL) < 0 ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->clock_set, &ring) < 0 ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, bpf_map__fd(s->bpf->maps.ring), &ring) < 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s",
				  strerror(errno));
	return VIGIL_OK;
}

/* excerpt: an empty file of btf_excerpt_open. */
static enum vigil_code load_programs(struct linux_source *s, const struct kernel_types *types,
				     int excerpt, struct vigil_error *error)
{
	int result = btf_excerpt_write(excerpt, types, s->bpf->obj);

	if (result == 0 && !s->refused)
		result = rdonly_cast_insert(s->bpf->obj, types);
	if (result < 0)
		return load_failed(result, "prepare", error);
	result = vigil_bpf__load(s->bpf);
	return result < 0 ? load_failed(result, "load", error) : VIGIL_OK;
}

static enum vigil_code load(struct linux_source *s, const struct vigil_options *options,
			    const struct kernel_types *types, uint32_t buffer,
			    struct vigil_error *error)
{
	char path[BTF_EXCERPT_PATH];
	LIBBPF_OPTS(bpf_object_open_opts, opening, .btf_custom_path = path);
	int excerpt = btf_excerpt_open(path);
	enum vigil_code code;

	if (excerpt < 0)
		return load_failed(excerpt, "prepare", error);
	bpf_print_forget();
	s->bpf = vigil_bpf__open_opts(&opening);
	code = s->bpf ? tune(s, options, types, buffer, error) : load_failed(-errno, "open", error);
	if (code == VIGIL_OK)
		code = name_environment(s->bpf, options->environment, error);
	if (code == VIGIL_OK)
		code = load_programs(s, types, excerpt, error);
	close(excerpt);
	return code;
}

/* Loads the programs. If this kernel refuses those that trace its functions, loads the others
 * without them, unless the caller insists. */
static enum vigil_code load_what_goes(struct linux_source *s, const struct vigil_options *options,
				      uint32_t buffer, struct vigil_error *error)
{
	struct kernel_types *types = kernel_types_open();
	enum vigil_code code;

	if (!types)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "cannot read " SENSOR_BTF_FILE ": %s", strerror(errno));
	code = load(s, options, types, buffer, error);
	if (code != VIGIL_OK && hooks_missing(&s->hooks) != HOOKS_TYPES &&
	    !(options->full_access_types & HOOKS_TYPES)) {
		log_message(VIGIL_LOG_WARNING,
			    "this kernel refuses to trace its functions, so PROCESS_ACCESS is "
			    "reported in part: %s",
			    bpf_print_warning());
		vigil_bpf__destroy(s->bpf);
		s->refused = true;
		code = load(s, options, types, buffer, error);
	}
	kernel_types_close(types);
	return code;
}

/* Starts enforcement last: refusals are then reported in a stream that knows the process that
 * asked. */
static enum vigil_code enforce(struct linux_source *s, const struct vigil_options *options,
			       struct vigil_error *error)
{
	struct epoll_event verdicts = { .events = EPOLLIN };
	size_t length = strlen(s->backend);
	enum vigil_code code =
	    enforcer_open(&s->enforcer, options->rules, options->realtime, error);

	if (code < 0)
		return code;
	snprintf(s->backend + length, sizeof(s->backend) - length, "+%s",
		 enforcer_mechanism(s->enforcer));
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, enforcer_fd(s->enforcer), &verdicts) < 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s",
				  strerror(errno));
	return VIGIL_OK;
}

static enum vigil_code open_batch(struct linux_source *s, struct vigil_error *error)
{
	uint32_t rings = s->images ? (uint32_t)sysconf(_SC_NPROCESSORS_CONF) : 0;
	uint32_t queues = LINUX_QUEUE_PERF + rings;
	size_t *capacity = calloc(queues, sizeof(*capacity));
	int result = -ENOMEM;

	if (capacity) {
		capacity[LINUX_QUEUE_OWN] = BATCH_OWN;
		capacity[LINUX_QUEUE_RING] = BATCH_RING;
		capacity[LINUX_QUEUE_VERDICTS] = BATCH_VERDICTS;
		for (uint32_t i = LINUX_QUEUE_PERF; i < queues; i++)
			capacity[i] = BATCH_PERF / rings > BATCH_PERF_MIN ? BATCH_PERF / rings
									  : BATCH_PERF_MIN;
		result = merge_open(&s->merge, capacity, queues);
	}
	free(capacity);
	if (result == 0)
		result = anonymous_open(&s->anonymous);
	return result < 0 ? vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory") : VIGIL_OK;
}

static enum vigil_code open_all(struct linux_source *s, const struct vigil_options *options,
				struct vigil_error *error)
{
	uint32_t buffer = options->buffer_bytes ? options->buffer_bytes : SENSOR_BUFFER_DEFAULT;
	uint32_t latency = options->latency_ms ? options->latency_ms : LATENCY_DEFAULT;
	uint32_t types = options->types;
	enum vigil_code code;

	if (buffer < BUFFER_MIN || buffer > BUFFER_MAX)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "a buffer of %u bytes is out of range: 64 KiB to 1 GiB", buffer);
	if (latency > LATENCY_MAX)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "a latency of %u ms is out of range: 1 to 1000", latency);
	s->latency = latency * MS;
	s->low_latency = options->low_latency;
	s->images = types & VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD);
	code = load_what_goes(s, options, buffer, error);
	if (code < 0)
		return code;
	types &= ~hooks_missing(&s->hooks);
	snprintf(s->backend, sizeof(s->backend), "ebpf%s%s%s", s->images ? "+perf" : "",
		 hooks_name(&s->hooks), hooks_other_name(&s->hooks));
	code = open_batch(s, error);
	if (code < 0)
		return code;
	/* Before anything else can happen: the stream begins with it. */
	linux_report_started(s, types);
	code = map_queues(s, error);
	if (code == VIGIL_OK)
		code = open_poll(s, error);
	if (code == VIGIL_OK && s->images)
		code = perf_open(&s->perf, buffer, error);
	if (code == VIGIL_OK)
		code = attach(s, error);
	s->attached = boot_clock_ns();
	return code < 0 || !options->rules ? code : enforce(s, options, error);
}

enum vigil_code source_open_live(struct source **out, const struct vigil_options *options,
				 struct lookup *lookup, struct vigil_error *error)
{
	struct linux_source *s = calloc(1, sizeof(*s));
	enum vigil_code code;
	bool fits;

	*out = NULL;
	if (!s)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	s->base.ops = &linux_ops;
	s->lookup = lookup;
	s->snapshot.fd = s->epoll = s->timer = s->clock_set = -1;
	code = check_kernel(error);
	fits = code == VIGIL_OK;
	if (fits) {
		bpf_print_begin();
		code = open_all(s, options, error);
		bpf_print_end();
	}
	if (code == VIGIL_OK) {
		*out = &s->base;
		return code;
	}
	linux_close(&s->base);
	return fits ? explain(code, error) : code;
}

void linux_close(struct source *base)
{
	struct linux_source *s = (struct linux_source *)base;

	enforcer_close(s->enforcer);
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->timer >= 0)
		close(s->timer);
	if (s->clock_set >= 0)
		close(s->clock_set);
	if (s->counters)
		munmap((void *)(uintptr_t)s->counters, s->counters_size);
	losses_close(&s->losses);
	snapshot_close(&s->snapshot);
	perf_close(&s->perf);
	ring_close(&s->ring);
	vigil_bpf__destroy(s->bpf);
	exec_reorder_close(&s->reorder);
	anonymous_close(&s->anonymous);
	merge_close(&s->merge);
	free(s);
}
