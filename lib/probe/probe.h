/* SPDX-License-Identifier: MIT */
/*
 * probe.h - one table of trials for each system, each of which tries a thing that the sensor
 * needs and undoes it at once. <vigil/probe.h> has the results.
 */
#ifndef VIGIL_PROBE_PROBE_H
#define VIGIL_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/probe.h>

#include "core/error.h"

struct btf;

/* What the probes know in common. */
struct probing {
	void (*print)(void); /* libbpf's print function of the caller, to be restored */
	struct btf *btf;     /* of the kernel; NULL: none, by btf_error */
	int btf_error;
	bool may;         /* has what BPF and perf ask for: a refusal is the kernel's own */
	bool admin;       /* has CAP_SYS_ADMIN, which the rest asks for */
	unsigned release; /* major << 16 | minor */
	struct vigil_error error;
	char backend[64]; /* of the sensor that could be opened */
};

struct trial {
	const char *section, *name, *title; /* as of struct vigil_check */
	enum vigil_check_weight weight;
	void (*run)(struct probing *p, struct vigil_check *f);
};

/* By what the sensor does a thing: the first means whose trial succeeds. */
struct trial_use {
	const char *what;
	struct {
		const char *trial, *means;
	} choice[2];
	bool sensor;            /* part of the sensor: works only with it */
	bool (*is_there)(void); /* NULL: each system has such a thing */
};

extern const struct trial trials[];
extern const size_t trial_count;
extern const struct trial_use trial_uses[];
extern const size_t trial_use_count;

void probing_open(struct probing *p);
void probing_close(struct probing *p);

/* ---- for the trials ---- */

#define PROBE_RELEASE_MEMCG (5u << 16 | 11) /* from here on BPF memory need not be locked */

VIGIL_PRINTF(3, 4)
void probe_found(struct vigil_check *f, enum vigil_check_state state, const char *format, ...);
VIGIL_PRINTF(2, 3) void probe_advise(struct vigil_check *f, const char *format, ...);

/* What was tried failed with this error number. may: not for want of privilege, else `advice`
 * says how to get it. */
void probe_refused(struct vigil_check *f, const char *what, int error, bool may,
		   const char *advice);

#define PROBE_AS_ROOT \
	"Run it as root (sudo vigil ...), or give capabilities to the file: " \
	"setcap cap_bpf,cap_perfmon=ep FILE"
#define PROBE_AS_ADMIN "Run it as root (sudo vigil ...): that needs CAP_SYS_ADMIN."

/* Adds a word to a list of words. */
void probe_add_word(char *list, size_t size, const char *word);

/* Whether /proc is mounted. */
bool probe_has_proc(void);

/* The root of a kernel file system, wherever it is mounted; if it is not, mounted
 * for this process alone and nowhere to be seen. -1: cannot. */
int probe_filesystem(const char *type, const char *path, long magic);

/* This process and its place, in process.c. */
void probe_find_rights(struct probing *p); /* p->may, p->admin */
void probe_proc(struct probing *p, struct vigil_check *f);
void probe_user_namespace(struct probing *p, struct vigil_check *f);
void probe_capabilities(struct probing *p, struct vigil_check *f);
void probe_memlock(struct probing *p, struct vigil_check *f);
void probe_descriptors(struct probing *p, struct vigil_check *f);
void probe_priority(struct probing *p, struct vigil_check *f);
void probe_pid_namespace(struct probing *p, struct vigil_check *f);
void probe_container(struct probing *p, struct vigil_check *f);
void probe_cgroups(struct probing *p, struct vigil_check *f);

/* The means, in means.c. */
void probe_programs(struct probing *p, struct vigil_check *f);
void probe_ring(struct probing *p, struct vigil_check *f);
void probe_iterator(struct probing *p, struct vigil_check *f);
void probe_perf(struct probing *p, struct vigil_check *f);
void probe_fanotify(struct probing *p, struct vigil_check *f);
void probe_lsm(struct probing *p, struct vigil_check *f);
void probe_fexit(struct probing *p, struct vigil_check *f);
void probe_sys_exit(struct probing *p, struct vigil_check *f);
void probe_kprobes(struct probing *p, struct vigil_check *f);

#endif /* VIGIL_PROBE_PROBE_H */
