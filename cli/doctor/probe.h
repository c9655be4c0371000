/* SPDX-License-Identifier: MIT */
/*
 * probe.h - what `vigil doctor` looks at: one table of probes, each of which
 * tries the thing itself and undoes it at once.
 */
#ifndef VIGIL_PROBE_H
#define VIGIL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "core/error.h"

struct btf;

enum finding_state {
	FOUND_OK,
	FOUND_LIMITED, /* works in part */
	FOUND_DENIED,  /* this user may not: another one might */
	FOUND_MISSING  /* not on this system as it is */
};

struct finding {
	enum finding_state state;
	char detail[240];
	char advice[300]; /* what to do about it; empty: nothing */
};

enum probe_weight {
	WEIGHT_NEEDED, /* without it nothing works */
	WEIGHT_WANTED, /* without it something is not seen */
	WEIGHT_EXTRA   /* for what is to come, or to know */
};

/* What the probes know in common. */
struct probing {
	struct btf *btf; /* of the kernel; NULL: none, by btf_error */
	int btf_error;
	bool may;         /* has what BPF and perf ask for: a refusal is the kernel's own */
	bool admin;       /* has CAP_SYS_ADMIN, which the rest asks for */
	unsigned release; /* major << 16 | minor */
	struct vigil_error error;
	char backend[64]; /* of the sensor that could be opened */
};

struct probe {
	const char *section; /* NULL: the one before */
	const char *id;      /* for programs */
	const char *title;   /* for people */
	enum probe_weight weight;
	void (*run)(struct probing *p, struct finding *f);
};

/* What Vigil will use for what: the first means that works. */
struct probe_use {
	const char *what;
	struct {
		const char *probe, *means;
	} choice[2];
	bool sensor;            /* part of the sensor: goes with it */
	bool (*is_there)(void); /* NULL: the system always has such a thing */
};

extern const struct probe_use probe_uses[];
extern const size_t probe_use_count;

extern const struct probe probes[];
extern const size_t probe_count;

void probing_open(struct probing *p);
void probing_close(struct probing *p);

/* ---- for the probes themselves ---- */

#define PROBE_RELEASE_MEMCG (5u << 16 | 11) /* from here on BPF memory need not be locked */
#define PROBE_RING_BYTES    (8u << 20)      /* what the sensor takes by default */

VIGIL_PRINTF(3, 4)
void probe_found(struct finding *f, enum finding_state state, const char *format, ...);
VIGIL_PRINTF(2, 3) void probe_advise(struct finding *f, const char *format, ...);

/* What was tried failed with this error number. may: not for want of privilege, else `advice`
 * says how to get it. */
void probe_refused(struct finding *f, const char *what, int error, bool may, const char *advice);

#define PROBE_AS_ROOT \
	"Run it as root (sudo vigil ...), or give the file rights of its own: " \
	"setcap cap_bpf,cap_perfmon=ep FILE"
#define PROBE_AS_ADMIN "Run it as root (sudo vigil ...): that needs CAP_SYS_ADMIN."

/* Adds a word to a list of words. */
void probe_add_word(char *list, size_t size, const char *word);

/* Whether /proc is mounted. */
bool probe_has_proc(void);

/* The root of a kernel file system, wherever it is mounted; if it is not, mounted
 * for this process alone and nowhere to be seen. -1: cannot. */
int probe_filesystem(const char *type, const char *path, long magic);

/* This process and its place, in probe_process.c. */
void probe_find_rights(struct probing *p); /* p->may, p->admin */
void probe_proc(struct probing *p, struct finding *f);
void probe_user_namespace(struct probing *p, struct finding *f);
void probe_capabilities(struct probing *p, struct finding *f);
void probe_memlock(struct probing *p, struct finding *f);
void probe_descriptors(struct probing *p, struct finding *f);
void probe_priority(struct probing *p, struct finding *f);
void probe_pid_namespace(struct probing *p, struct finding *f);
void probe_container(struct probing *p, struct finding *f);
void probe_cgroups(struct probing *p, struct finding *f);

/* The means, in probe_means.c. */
void probe_programs(struct probing *p, struct finding *f);
void probe_ring(struct probing *p, struct finding *f);
void probe_iterator(struct probing *p, struct finding *f);
void probe_perf(struct probing *p, struct finding *f);
void probe_fanotify(struct probing *p, struct finding *f);
void probe_lsm(struct probing *p, struct finding *f);
void probe_fexit(struct probing *p, struct finding *f);
void probe_sys_exit(struct probing *p, struct finding *f);
void probe_kprobes(struct probing *p, struct finding *f);

#endif /* VIGIL_PROBE_H */
