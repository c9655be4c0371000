/* SPDX-License-Identifier: MIT */
#include "enforce/linux/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>

#include "core/error.h"
#include "enforce/linux/lsm_kernel.h"
#include "enforce/linux/lsm_set.h"
#include "lsm.skel.h"
#include "os/bpf_print.h"
#include "os/btf_excerpt.h"
#include "os/kernel_types.h"
#include "os/ring.h"
#include "os/rdonly_cast.h"
#include "shared.h"

#define RING_BYTES (1u << 20)
#define DRAFTS_MAX 16 /* records written at the same time, besides those of preempted tasks */
#define LINKS      2  /* check_start, check_mapping */
#define BPF_FOLDER "/sys/fs/bpf"

struct lsm {
	struct lsm_bpf *bpf;
	int sets, link[LINKS]; /* descriptors */
	struct ring ring;
	const struct vigil_cpu_counters *counters; /* one per CPU, mapped */
	size_t counters_size;
	uint64_t *hits; /* by slot, mapped */
	size_t hits_size;
	int cpus;
	uint64_t refused_reported;
	uint64_t hash_key[2];
	bool in_force;
	uint32_t *slot; /* of the rules in force */
	uint32_t slots;
};

/* ---- opening ---- */

static enum vigil_code load_failed(const char *what, int result, struct vigil_error *error)
{
	if (result == -EPERM || result == -EACCES)
		return vigil_fail(
		    error, VIGIL_ERROR_PRIVILEGE,
		    "the kernel does not allow this process to %s a BPF LSM program (%s): that "
		    "needs "
		    "CAP_BPF and CAP_PERFMON, and a kernel that does not disable it for all",
		    what, strerror(-result));
	return vigil_fail(error, result == -ENOMEM ? VIGIL_ERROR_MEMORY : VIGIL_ERROR_UNSUPPORTED,
			  "cannot %s the BPF LSM program: %s", what, strerror(-result));
}

/* Sets the sizes and constants that must be known before the programs are loaded. */
static enum vigil_code set_sizes(struct lsm *lsm, struct vigil_error *error)
{
	uint32_t drafts;

	lsm->cpus = libbpf_num_possible_cpus();
	if (lsm->cpus <= 0)
		return load_failed("count the CPUs for", lsm->cpus, error);
	drafts = (uint32_t)(lsm->cpus < DRAFTS_MAX ? lsm->cpus : DRAFTS_MAX) + DRAFTS_MAX;
	/* Early at boot this waits for entropy, and a signal interrupts the wait. */
	while (getrandom(lsm->hash_key, sizeof(lsm->hash_key), 0) < 0)
		if (errno != EINTR)
			return load_failed("make a key for", -errno, error);
	memcpy((void *)(uintptr_t)lsm->bpf->rodata->hash_key, lsm->hash_key, sizeof(lsm->hash_key));
	lsm->bpf->rodata->drafts = drafts;
	bpf_map__set_max_entries(lsm->bpf->maps.ring, RING_BYTES);
	bpf_map__set_max_entries(lsm->bpf->maps.counters, (uint32_t)lsm->cpus);
	bpf_map__set_max_entries(lsm->bpf->maps.scratch, drafts);
	bpf_map__set_max_entries(lsm->bpf->maps.claims, drafts);
	return VIGIL_OK;
}

/* types: of the kernel. */
static enum vigil_code load_programs(struct lsm *lsm, const struct kernel_types *types,
				     struct vigil_error *error)
{
	char path[BTF_EXCERPT_PATH];
	LIBBPF_OPTS(bpf_object_open_opts, opening, .btf_custom_path = path);
	int excerpt = btf_excerpt_open(path), result;
	enum vigil_code code;

	if (excerpt < 0)
		return load_failed("prepare", excerpt, error);
	lsm->bpf = lsm_bpf__open_opts(&opening);
	code = lsm->bpf ? set_sizes(lsm, error) : load_failed("open", -errno, error);
	if (code == VIGIL_OK) {
		result = btf_excerpt_write(excerpt, types, lsm->bpf->obj);
		if (result == 0)
			result = rdonly_cast_insert(lsm->bpf->obj, types);
		if (result == 0)
			result = lsm_bpf__load(lsm->bpf);
		if (result < 0)
			code = load_failed("load", result, error);
		lsm->sets = bpf_map__fd(lsm->bpf->maps.sets);
	}
	close(excerpt);
	return code;
}

static void *map_values(const struct bpf_map *map, size_t bytes, int protection, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *mapped;

	*size = (bytes + page - 1) / page * page;
	mapped = mmap(NULL, *size, protection, MAP_SHARED, bpf_map__fd(map), 0);
	return mapped == MAP_FAILED ? NULL : mapped;
}

static enum vigil_code map_memory(struct lsm *lsm, struct vigil_error *error)
{
	lsm->counters =
	    map_values(lsm->bpf->maps.counters, sizeof(*lsm->counters) * (size_t)lsm->cpus,
		       PROT_READ, &lsm->counters_size);
	lsm->hits = map_values(lsm->bpf->maps.hits, sizeof(*lsm->hits) * JUDGE_COUNTERS,
			       PROT_READ | PROT_WRITE, &lsm->hits_size);
	if (!lsm->counters || !lsm->hits ||
	    ring_open(&lsm->ring, bpf_map__fd(lsm->bpf->maps.ring), RING_BYTES) < 0)
		return load_failed("map the memory of", -errno, error);
	return VIGIL_OK;
}

/* Checks that the kernel runs the attached program, by a trial exec: it does not if bpf is not
 * among its LSMs. The exec cannot succeed, because the file is in no executable format. If it
 * is denied before our program runs (by rules of an earlier run), only the kernel's list can
 * answer. */
static enum vigil_code try_hook(const struct lsm *lsm, struct vigil_error *error)
{
	char *const argv[] = { (char[]){ "vigil" }, NULL };
	int fd = memfd_create("vigil-trial", MFD_CLOEXEC);
	bool asked = false;

	if (fd >= 0 && write(fd, "\n", 1) == 1) {
		lsm->bpf->bss->trial = 1;
		fexecve(fd, argv, environ);
		asked = (errno == EPERM || errno == EACCES) && lsm_is_listed();
		lsm->bpf->bss->trial = 0;
		asked |= lsm->bpf->bss->trial_starts > 0;
	}
	if (fd >= 0)
		close(fd);
	return asked ? VIGIL_OK
		     : vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "the kernel does not ask BPF LSM programs: boot with bpf at the "
				  "end of lsm=");
}

static enum vigil_code load_and_attach(struct lsm *lsm, const struct kernel_types *types,
				       struct vigil_error *error)
{
	enum vigil_code code = load_programs(lsm, types, error);
	int result;

	if (code == VIGIL_OK && lsm->bpf)
		code = map_memory(lsm, error);
	if (code < 0)
		return code;
	result = lsm_bpf__attach(lsm->bpf);
	return result < 0 ? load_failed("attach", result, error) : try_hook(lsm, error);
}

static enum vigil_code open_with_types(const struct kernel_types *types, struct lsm **out,
				       struct vigil_error *error)
{
	enum vigil_code code = lsm_check_kernel(types, error);
	struct lsm *lsm;

	if (code < 0)
		return code;
	lsm = calloc(1, sizeof(*lsm));
	if (!lsm)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the BPF LSM program");
	bpf_print_begin();
	code = load_and_attach(lsm, types, error);
	bpf_print_end();
	if (code < 0) {
		lsm_close(lsm);
		return code;
	}
	lsm->link[0] = bpf_link__fd(lsm->bpf->links.check_start);
	lsm->link[1] = bpf_link__fd(lsm->bpf->links.check_mapping);
	*out = lsm;
	return VIGIL_OK;
}

enum vigil_code lsm_open(struct lsm **out, struct vigil_error *error)
{
	struct kernel_types *types = kernel_types_open();
	enum vigil_code code;

	*out = NULL;
	if (!types)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "this kernel has no type information (CONFIG_DEBUG_INFO_BTF)");
	code = open_with_types(types, out, error);
	kernel_types_close(types);
	return code;
}

void lsm_close(struct lsm *lsm)
{
	if (!lsm)
		return;
	ring_close(&lsm->ring);
	if (lsm->counters)
		munmap((void *)(uintptr_t)lsm->counters, lsm->counters_size);
	if (lsm->hits)
		munmap(lsm->hits, lsm->hits_size);
	lsm_bpf__destroy(lsm->bpf);
	free(lsm->slot);
	free(lsm);
}

bool lsm_uses(const struct lsm *lsm, int fd)
{
	return lsm && (fd == lsm->sets || fd == lsm->link[0] || fd == lsm->link[1]);
}

/* ---- sets ---- */

/* Gives each rule a slot in which the kernel counts its hits: the one that its counter already
 * has, or one that is free. A slot is free if neither one of these rules nor a rule in force
 * uses it. NULL: out of memory. */
static uint32_t *assign_slots(const struct lsm *lsm, const struct vigil_rules *rules)
{
	uint8_t *taken = calloc(JUDGE_COUNTERS, 1);
	uint32_t *slot = malloc((rules->count + 1) * sizeof(*slot)), next = 1;

	if (!taken || !slot) {
		free(taken);
		free(slot);
		return NULL;
	}
	for (uint32_t i = 0; i < lsm->slots; i++)
		taken[lsm->slot[i]] = 1;
	for (uint32_t i = 0; i < rules->count; i++)
		taken[rules->rule[i].counter->slot] = 1;
	for (uint32_t i = 0; i < rules->count; i++) {
		struct rules_counter *counter = rules->rule[i].counter;

		if (counter->slot == 0) {
			while (taken[next])
				next++;
			counter->slot = next;
			taken[next] = 1;
			__atomic_store_n(&lsm->hits[next], counter->hits, __ATOMIC_RELAXED);
		} else if (!lsm->in_force) {
			__atomic_store_n(&lsm->hits[counter->slot], counter->hits,
					 __ATOMIC_RELAXED);
		}
		slot[i] = counter->slot;
	}
	if (!lsm->in_force)
		__atomic_store_n(&lsm->hits[0], rules->unknown_rule[0].counter->hits,
				 __ATOMIC_RELAXED);
	free(taken);
	return slot;
}

/* Reads the devices of all mounts. stat(2) returns the same numbers, except on file systems
 * that invent others for their files. NULL: out of memory. */
static uint64_t *read_devices(size_t *count)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	uint64_t *device = NULL, *larger;
	size_t size = 0, capacity = 0;
	char *line = NULL;

	*count = 0;
	while (file && getline(&line, &size, file) > 0) {
		unsigned high, low;

		if (sscanf(line, "%*s %*s %u:%u", &high, &low) != 2)
			continue;
		if (*count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			larger = realloc(device, capacity * sizeof(*device));
			if (!larger)
				break;
			device = larger;
		}
		device[(*count)++] = makedev(high, low);
	}
	free(line);
	if (file)
		fclose(file);
	return device;
}

static enum vigil_code install_set(const struct lsm *lsm, const struct lsm_set *set,
				   struct vigil_error *error)
{
	uint32_t zero = 0;
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "vigil_rules", sizeof(struct judge_key),
				sizeof(struct judge_value), (uint32_t)set->count, NULL);
	int result = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < set->count && result == 0; i++)
		result =
		    bpf_map_update_elem(fd, &set->entry[i].key, &set->entry[i].value, BPF_NOEXIST);
	/* The kernel waits until no program uses the previous map. */
	if (result == 0)
		result = bpf_map_update_elem(lsm->sets, &zero, &fd, BPF_ANY);
	if (fd >= 0)
		close(fd);
	return result == 0
		   ? VIGIL_OK
		   : vigil_fail(error, result == -ENOMEM ? VIGIL_ERROR_MEMORY : VIGIL_ERROR_SYSTEM,
				"cannot put the rules in force by BPF LSM: %s", strerror(-result));
}

enum vigil_code lsm_replace(struct lsm *lsm, const struct vigil_rules *rules,
			    struct vigil_error *error)
{
	struct lsm_world world = { 0 };
	uint64_t *device = read_devices(&world.devices);
	uint32_t *slot = NULL;
	struct lsm_set set;
	enum vigil_code code;

	memcpy(world.hash_key, lsm->hash_key, sizeof(world.hash_key));
	world.device = device;
	if (rules->count <= JUDGE_RULES_MAX) {
		slot = assign_slots(lsm, rules);
		if (!slot) {
			free(device);
			return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
		}
	}
	code = lsm_set_build(&set, rules, &world, error);
	if (code == VIGIL_OK)
		code = install_set(lsm, &set, error);
	lsm_set_free(&set);
	free(device);
	if (code < 0) {
		free(slot);
		return code;
	}
	free(lsm->slot);
	lsm->slot = slot;
	lsm->slots = rules->count;
	lsm->in_force = true;
	return VIGIL_OK;
}

void lsm_lift(struct lsm *lsm)
{
	uint32_t zero = 0;

	bpf_map_delete_elem(lsm->sets, &zero);
	lsm->in_force = false;
}

static void copy_hits(const struct lsm *lsm, struct rules_counter *counter)
{
	__atomic_store_n(&counter->hits,
			 __atomic_load_n(&lsm->hits[counter->slot], __ATOMIC_RELAXED),
			 __ATOMIC_RELAXED);
}

void lsm_read_hits(const struct lsm *lsm, const struct vigil_rules *rules)
{
	for (uint32_t i = 0; i < rules->count; i++)
		copy_hits(lsm, rules->rule[i].counter);
	copy_hits(lsm, rules->unknown_rule[0].counter); /* its slot is 0 */
}

/* ---- pins ---- */

/* Mounts the BPF file system, unless it is mounted. */
static bool mount_bpf_folder(void)
{
	struct statfs fs;

	if (statfs(BPF_FOLDER, &fs) == 0 && (uint32_t)fs.f_type == BPF_FS_MAGIC)
		return true;
	return mount("bpf", BPF_FOLDER, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0;
}

/* Pins a link, and replaces a previous pin atomically. */
static bool pin_link(int link, const char *name)
{
	/* The kernel accepts no names with dots here. */
	unlink(LSM_PIN "-new");
	return bpf_obj_pin(link, LSM_PIN "-new") == 0 && rename(LSM_PIN "-new", name) == 0;
}

enum vigil_code lsm_keep(struct lsm *lsm, bool keep, struct vigil_error *error)
{
	static const char *const pins[LINKS] = { LSM_PIN, LSM_PIN "-mapping" };

	for (size_t i = 0; i < LINKS && !keep; i++)
		unlink(pins[i]);
	if (!keep)
		return VIGIL_OK;
	if (mount_bpf_folder() && pin_link(lsm->link[0], pins[0]) &&
	    pin_link(lsm->link[1], pins[1]))
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot pin the rules at " LSM_PIN ": %s",
			  strerror(errno));
}

/* ---- records ---- */

int lsm_fd(const struct lsm *lsm)
{
	return bpf_map__fd(lsm->bpf->maps.ring);
}

const struct vigil_header *lsm_peek(struct lsm *lsm)
{
	uint32_t length;

	return ring_peek(&lsm->ring, &length);
}

void lsm_advance(struct lsm *lsm)
{
	ring_advance(&lsm->ring);
}

uint64_t lsm_refused(struct lsm *lsm)
{
	uint64_t all = __atomic_load_n(&lsm->bpf->bss->refused, __ATOMIC_ACQUIRE), more;
	const struct vigil_header *next = lsm_peek(lsm);

	/* Each record contains the number of those refused before it. */
	if (next)
		all = next->seq > lsm->refused_reported ? next->seq : lsm->refused_reported;
	more = all - lsm->refused_reported;
	lsm->refused_reported = all;
	return more;
}

uint64_t lsm_produced(const struct lsm *lsm)
{
	uint64_t all = 0;

	for (int cpu = 0; cpu < lsm->cpus; cpu++)
		all += __atomic_load_n(&lsm->counters[cpu].produced[VIGIL_EVENT_PROCESS_DENIED],
				       __ATOMIC_RELAXED);
	return all;
}
