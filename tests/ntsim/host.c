/* SPDX-License-Identifier: MIT */
/* host.c - the pthreads that play the simulated threads. */
#include "sim.h"

struct host *hosts;

static _Thread_local struct host *this_host;
static unsigned next_id;

struct start {
	struct host *host;
	void (*body)(void *);
	void *argument;
};

static struct host *host_new(const char *name)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		abort();
	host->name = name;
	host->previous_mode = UserMode;
	pthread_cond_init(&host->wake, NULL);
	return host;
}

/* In order of creation: the seeded draw must not depend on addresses. */
static void host_link(struct host *host)
{
	struct host **end = &hosts;

	host->id = next_id++;
	host->cpu = (int)host->id;
	while (*end)
		end = &(*end)->next;
	*end = host;
}

struct host *self(void)
{
	if (!this_host) {
		quiet_begin();
		this_host = host_new("test");
		klock();
		host_link(this_host);
		kunlock();
		quiet_end();
	}
	return this_host;
}

static void *host_run(void *argument)
{
	struct start *start = argument;

	this_host = start->host;
	sched_enter(this_host);
	start->body(start->argument);
	free(start);
	pose_as(NULL);
	sched_leave();
	return NULL;
}

struct host *host_start(const char *name, void (*body)(void *), void *argument, PETHREAD pose,
			bool service)
{
	struct host *host = host_new(name);
	struct start *start = calloc(1, sizeof(*start));

	if (!start)
		abort();
	start->host = host;
	start->body = body;
	start->argument = argument;
	host->service = service;
	host->kernel = service || (pose && pose->system);
	host->pose = pose;
	if (pose)
		object_ref(pose);
	klock();
	host_link(host);
	irql_follow();
	kunlock();
	if (pthread_create(&host->thread, NULL, host_run, start) != 0)
		abort();
	return host;
}

static bool has_finished(void *argument)
{
	return ((struct host *)argument)->finished;
}

static void host_unlink(struct host *host)
{
	struct host **link = &hosts;

	while (*link != host)
		link = &(*link)->next;
	*link = host->next;
}

void host_join(struct host *host)
{
	klock();
	kwait(has_finished, host, FOREVER);
	host_unlink(host);
	kunlock();
	pthread_join(host->thread, NULL);
	pthread_cond_destroy(&host->wake);
	free(host);
}

void host_forget(void)
{
	if (hosts && hosts->next)
		ntsim_bugcheck(NTSIM_MISUSE, "shutdown while another thread runs: join it first");
	next_id = hosts ? 1 : 0;
}

void pose_as(PETHREAD thread)
{
	struct host *me = self();
	PETHREAD old;

	if (thread)
		object_ref(thread);
	klock();
	old = me->pose;
	me->pose = thread;
	kunlock();
	if (old)
		object_unref(old);
}

/* ---- the test's threads ---- */

struct ntsim_go {
	struct host *host;
	ntsim_body *body;
	void *argument;
	PETHREAD own;
};

static void go_run(void *argument)
{
	struct ntsim_go *go = argument;

	go->body(go->argument);
}

struct ntsim_go *ntsim_go(ntsim_body *body, void *argument, HANDLE tid)
{
	struct ntsim_go *go = calloc(1, sizeof(*go));
	PETHREAD thread;

	if (!go)
		abort();
	go->body = body;
	go->argument = argument;
	if (tid) {
		thread = thread_find(tid);
		if (!thread)
			ntsim_bugcheck(NTSIM_MISUSE, "ntsim_go: no thread %u", HandleToUlong(tid));
		object_ref(thread);
	} else {
		thread = thread_new_quiet(current_process(), NULL);
		object_ref(thread);
	}
	go->own = thread;
	go->host = host_start("go", go_run, go, thread, false);
	return go;
}

void ntsim_join(struct ntsim_go *go)
{
	host_join(go->host);
	object_unref(go->own);
	free(go);
}

HANDLE ntsim_pose(HANDLE tid)
{
	HANDLE old = ntsim_self();
	PETHREAD thread = thread_find(tid);

	if (!thread)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_pose: no thread %u", HandleToUlong(tid));
	pose_as(thread);
	return old;
}

HANDLE ntsim_self(void)
{
	return current_thread()->tid;
}

HANDLE ntsim_self_pid(void)
{
	return current_thread()->process->pid;
}
