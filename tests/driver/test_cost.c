/* SPDX-License-Identifier: MIT */
/*
 * test_cost.c - what each notification costs: calls into the kernel, handles, allocations
 * and locks.
 *
 *	test_driver_cost DOCUMENT
 *
 * The driver is compiled with counted.h, so each call is counted by its name. The results
 * must be the last column of the document's table "What a notification costs". They
 * depend on neither time nor load: nothing else happens on the simulated machine.
 */
#include <ntsim.h>
#include <vigil/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY    256
#define LINE_SIZE  512
#define PARAMETERS L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\vigil\\Parameters"
#define PROGRAM    NTSIM_STR(L"\\Device\\HarddiskVolume1\\Windows\\System32\\notepad.exe")

DRIVER_INITIALIZE DriverEntry;

/* Of the calling thread: the driver's own thread also calls the kernel. */
static _Thread_local struct {
	const char *routine[HISTORY];
	unsigned calls;
	bool counting; /* not while the driver is loaded and unloaded */
} past;

enum event {
	PROCESS_CREATE,
	PROCESS_EXIT,
	THREAD_FIRST,
	THREAD_OWN,
	THREAD_REMOTE,
	THREAD_EXIT,
	IMAGE_LOAD,
	OWN_REMOTE_ONLY,
	EXIT_REMOTE_ONLY,
	OWN_OFF,
	EVENTS
};

static const char *const name_of[EVENTS] = {
	[PROCESS_CREATE] = "process created",
	[PROCESS_EXIT] = "process ended",
	[THREAD_FIRST] = "first thread of a process created",
	[THREAD_OWN] = "thread created by its own process",
	[THREAD_REMOTE] = "thread created by another process",
	[THREAD_EXIT] = "thread ended",
	[IMAGE_LOAD] = "image loaded",
	[OWN_REMOTE_ONLY] =
	    "thread created by its own process, of threads only remote ones recorded",
	[EXIT_REMOTE_ONLY] = "thread ended, of threads only remote ones recorded",
	[OWN_OFF] = "thread created or ended, no threads recorded",
};

struct cost {
	unsigned calls, handles, allocations, exclusive, shared;
};

void counted(const char *routine) /* declared by what counted.py writes */
{
	if (!past.counting)
		return;
	if (past.calls == HISTORY)
		abort();
	past.routine[past.calls++] = routine;
}

static bool is_any(const char *routine, const char *const *names)
{
	while (*names && !strstr(routine, *names))
		names++;
	return *names;
}

/* The cost since the last call of this function. */
static struct cost take_cost(enum event event)
{
	static const char *const handles[] = { "ObOpenObject", "ZwOpen", "ZwCreate", NULL },
				 *const allocations[] = { "ExAllocatePool", NULL },
				 *const exclusive[] = { "AcquireInStackQueued", "AcquireSpinLock",
							"AcquireFastMutex",
							"AcquireResourceExclusive", NULL },
				 *const shared[] = { "AcquireResourceShared", NULL };
	struct cost cost = { .calls = past.calls };

	for (unsigned i = 0; i < past.calls; i++) {
		const char *routine = past.routine[i];

		cost.handles += is_any(routine, handles);
		cost.allocations += is_any(routine, allocations);
		cost.exclusive += is_any(routine, exclusive);
		cost.shared += is_any(routine, shared);
		if (getenv("COST_CALLS"))
			printf("%s: %s\n", name_of[event], routine);
	}
	past.calls = 0;
	return cost;
}

static struct cost minus(struct cost all, const struct cost *part)
{
	all.calls -= part->calls;
	all.handles -= part->handles;
	all.allocations -= part->allocations;
	all.exclusive -= part->exclusive;
	all.shared -= part->shared;
	return all;
}

static void begin(uint32_t types)
{
	ntsim_boot(NULL);
	ntsim_registry_dword(PARAMETERS, L"Events", types);
	if (!NT_SUCCESS(ntsim_load(DriverEntry)))
		abort();
	ntsim_settle();
	past.counting = true;
}

static void end(void)
{
	past.counting = false;
	ntsim_unload();
	ntsim_shutdown();
}

/* A process from its start to its end; the end includes that of its last thread. */
static void count_process(struct cost *cost)
{
	struct ntsim_process spec = { .image = PROGRAM, .held = true };
	const struct ntsim_image image = { .name = PROGRAM, .base = (PVOID)0x10000, .size = 4096 };
	HANDLE pid = ntsim_process(&spec), tid;

	cost[PROCESS_CREATE] = take_cost(PROCESS_CREATE);
	ntsim_process_begin(pid);
	cost[THREAD_FIRST] = take_cost(THREAD_FIRST);
	ntsim_image_load(pid, &image);
	cost[IMAGE_LOAD] = take_cost(IMAGE_LOAD);
	tid = ntsim_thread(pid, (PVOID)0x10100);
	cost[THREAD_REMOTE] = take_cost(THREAD_REMOTE);
	ntsim_thread_exit(tid, 0);
	cost[THREAD_EXIT] = take_cost(THREAD_EXIT);
	ntsim_process_exit(pid, 0);
	cost[PROCESS_EXIT] = take_cost(PROCESS_EXIT);
	cost[PROCESS_EXIT] = minus(cost[PROCESS_EXIT], &cost[THREAD_EXIT]);
}

/* A thread that a process creates in itself. */
static void count_own(struct cost *cost, enum event created, enum event ended)
{
	HANDLE tid = ntsim_thread(ntsim_self_pid(), (PVOID)0x10200);

	cost[created] = take_cost(created);
	ntsim_thread_exit(tid, 0);
	cost[ended] = take_cost(ended);
}

static void count_all(struct cost *cost)
{
	begin(VIGIL_TYPE_ALL);
	count_process(cost);
	count_own(cost, THREAD_OWN, THREAD_EXIT);
	end();
	begin(VIGIL_TYPE_ALL & ~(VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) |
				 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT)));
	count_own(cost, OWN_REMOTE_ONLY, EXIT_REMOTE_ONLY);
	end();
	begin(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE));
	count_own(cost, OWN_OFF, OWN_OFF);
	end();
}

static void format_cost(char *text, const struct cost *cost)
{
	snprintf(text, LINE_SIZE, " %u / %u / %u / %u / %u |\n", cost->calls, cost->handles,
		 cost->allocations, cost->exclusive, cost->shared);
}

/* Whether the document has a row of that event that ends with the cost. */
static bool has_row(const char *document, enum event event, const char *cost)
{
	char line[LINE_SIZE], start[LINE_SIZE];
	FILE *file = fopen(document, "r");
	bool found = false;

	if (!file)
		return false;
	snprintf(start, sizeof(start), "| %s |", name_of[event]);
	while (!found && fgets(line, sizeof(line), file)) {
		size_t length = strlen(line), end = strlen(cost);

		found = strncmp(line, start, strlen(start)) == 0 && length > end &&
			strcmp(line + length - end, cost) == 0;
	}
	fclose(file);
	return found;
}

int main(int argc, char **argv)
{
	struct cost cost[EVENTS];
	char text[LINE_SIZE];
	int wrong = 0;

	count_all(cost);
	for (int i = 0; i < EVENTS; i++) {
		format_cost(text, &cost[i]);
		printf("| %s |%s", name_of[i], text);
		if (argc > 1 && !has_row(argv[1], i, text)) {
			fprintf(stderr, "%s has another cost of this notification\n", argv[1]);
			wrong++;
		}
	}
	return wrong != 0;
}
