/* SPDX-License-Identifier: MIT */
/*
 * report.c - what happens when a rule is broken: one readable report, then the
 * end of the process. ntsim_catch() runs a scenario in a child and hands the
 * code of its violation to the parent; ntsim_twice() compares two such runs.
 */
#include "sim.h"

#include <execinfo.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if SIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if SIM_TSAN
void __sanitizer_set_death_callback(void (*callback)(void));
const char *__tsan_default_options(void);

/* The report of a bad access is made in the signal handler; nothing runs after it. */
const char *__tsan_default_options(void)
{
	return "report_signal_unsafe=0";
}
#endif

#define HUNG_SECONDS 60
#define OUTPUT_SIZE  (64u << 20)

/* Shared by the parent and the child of ntsim_catch(). */
struct outcome {
	int code;
	char text[4096];
	size_t output; /* bytes used of `record`; only with ntsim_twice() */
	unsigned char record[];
};

static struct outcome *outcome;
static bool recording;
static struct ntsim_config twice_config = { .fill = 0xa5 };

static const char *const names[NTSIM_CODES] = {
	[NTSIM_CLEAN] = "CLEAN",
	[NTSIM_IRQL] = "IRQL",
	[NTSIM_IRQL_CHANGED] = "IRQL_CHANGED",
	[NTSIM_PAGED] = "PAGED",
	[NTSIM_CRITICAL_REGION] = "CRITICAL_REGION",
	[NTSIM_LOCK_UNINITIALIZED] = "LOCK_UNINITIALIZED",
	[NTSIM_LOCK_RECURSION] = "LOCK_RECURSION",
	[NTSIM_LOCK_OWNER] = "LOCK_OWNER",
	[NTSIM_LOCK_ORDER] = "LOCK_ORDER",
	[NTSIM_LOCK_HELD] = "LOCK_HELD",
	[NTSIM_DEADLOCK] = "DEADLOCK",
	[NTSIM_POOL_PARAMETER] = "POOL_PARAMETER",
	[NTSIM_POOL_TAG] = "POOL_TAG",
	[NTSIM_POOL_FREE] = "POOL_FREE",
	[NTSIM_POOL_OVERRUN] = "POOL_OVERRUN",
	[NTSIM_POOL_USE_AFTER_FREE] = "POOL_USE_AFTER_FREE",
	[NTSIM_POOL_LEAK] = "POOL_LEAK",
	[NTSIM_IRP_COMPLETED_TWICE] = "IRP_COMPLETED_TWICE",
	[NTSIM_IRP_TOUCHED] = "IRP_TOUCHED",
	[NTSIM_IRP_PENDING] = "IRP_PENDING",
	[NTSIM_IRP_STATUS] = "IRP_STATUS",
	[NTSIM_IRP_INFORMATION] = "IRP_INFORMATION",
	[NTSIM_IRP_CANCEL] = "IRP_CANCEL",
	[NTSIM_IRP_LOST] = "IRP_LOST",
	[NTSIM_MDL] = "MDL",
	[NTSIM_UNINITIALIZED] = "UNINITIALIZED",
	[NTSIM_LEAK] = "LEAK",
	[NTSIM_CALLBACK_LEFT] = "CALLBACK_LEFT",
	[NTSIM_CALLBACK_REMOVE] = "CALLBACK_REMOVE",
	[NTSIM_OBJECT] = "OBJECT",
	[NTSIM_HANDLE] = "HANDLE",
	[NTSIM_NAME_QUERY] = "NAME_QUERY",
	[NTSIM_VERSION] = "VERSION",
	[NTSIM_LIST] = "LIST",
	[NTSIM_ASSERT] = "ASSERT",
	[NTSIM_DRIVER_BUGCHECK] = "DRIVER_BUGCHECK",
	[NTSIM_RUNDOWN] = "RUNDOWN",
	[NTSIM_FAULT] = "FAULT",
	[NTSIM_NOTIFY] = "NOTIFY",
	[NTSIM_MISUSE] = "MISUSE",
	[NTSIM_SANITIZER] = "SANITIZER",
};

const char *ntsim_code_name(int code)
{
	return code >= 0 && code < NTSIM_CODES ? names[code] : "?";
}

bool symbol_name(const void *address, char *text, size_t size)
{
	void *frame = (void *)(uintptr_t)address;
	char **symbols = backtrace_symbols(&frame, 1);

	snprintf(text, size, "%s", symbols ? symbols[0] : "?");
	free(symbols);
	return symbols != NULL;
}

static void print_stack(void)
{
	void *frames[FRAMES * 2];
	int count = backtrace(frames, FRAMES * 2);

	backtrace_symbols_fd(frames, count, STDERR_FILENO);
}

static void print_report(enum ntsim_code code, const char *text)
{
	struct host *me = self();

	fprintf(stderr, "\nntsim: violation %s: %s\n", ntsim_code_name((int)code), text);
	fprintf(stderr, "ntsim: thread %u of process %u, IRQL %u, critical %d, guarded %d\n",
		me->pose ? HandleToUlong(me->pose->tid) : 0,
		me->pose ? HandleToUlong(me->pose->process->pid) : 0, me->irql, me->critical,
		me->guarded);
	if (ntsim_seeded)
		fprintf(stderr, "ntsim: replay with NTSIM_SEED=%" PRIu64 "\n", sched_seed());
	if (ntsim_fault_hit())
		fprintf(stderr, "ntsim: injected fault: %s, number %u\n", ntsim_fault_hit(),
			ntsim_fault_count());
	print_stack();
}

static void finish(enum ntsim_code code, const char *text)
{
	if (outcome && outcome->code == NTSIM_CLEAN) {
		outcome->code = (int)code;
		snprintf(outcome->text, sizeof(outcome->text), "%s", text);
	}
	if (outcome)
		syscall(SYS_exit_group, 3); /* past the sanitizers' own exit checks */
}

void ntsim_bugcheck(enum ntsim_code code, const char *format, ...)
{
	static _Thread_local bool within;
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	finish(code, text);
	if (!within) {
		within = true;
		print_report(code, text);
	}
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* ---- bad accesses ---- */

static void on_fault(int number, siginfo_t *info, void *context)
{
	char text[1024];
	enum ntsim_code code = memory_classify(info->si_addr, text, sizeof(text));

	(void)context;
	if (code == NTSIM_CLEAN) {
		code = NTSIM_FAULT;
		snprintf(text, sizeof(text), "signal %d at %p", number, info->si_addr);
	}
	ntsim_bugcheck(code, "%s", text);
}

#if SIM_ASAN || SIM_TSAN
/* A sanitizer is about to end the process: say what the address was. */
static void on_sanitizer(void)
{
	char text[1024];
	enum ntsim_code code = NTSIM_CLEAN;

#if SIM_ASAN
	if (__asan_report_present())
		code = memory_classify(__asan_get_report_address(), text, sizeof(text));
#endif
	if (code == NTSIM_CLEAN) {
		code = NTSIM_SANITIZER;
		snprintf(text, sizeof(text), "reported by a sanitizer");
	}
	finish(code, text);
	fprintf(stderr, "ntsim: %s: %s\n", ntsim_code_name((int)code), text);
}
#endif

void report_boot(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
	void *frame;

	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	(void)!backtrace(&frame, 1); /* loads libgcc now, not within a signal */
#if SIM_ASAN || SIM_TSAN
	__sanitizer_set_death_callback(on_sanitizer);
#endif
}

/* ---- scenarios in a child ---- */

static struct outcome *outcome_new(size_t output)
{
	struct outcome *o = mmap(NULL, sizeof(*o) + output, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (o == MAP_FAILED)
		abort();
	return o;
}

static void run_child(void (*scenario)(void *), void *argument)
{
	alarm(HUNG_SECONDS);
	scenario(argument);
	exit(0);
}

/* How the child ended, when it did not say so itself. */
static void judge(struct outcome *o, int status)
{
	if (o->code != NTSIM_CLEAN || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		o->code = NTSIM_DEADLOCK;
		snprintf(o->text, sizeof(o->text), "hung for %d s", HUNG_SECONDS);
	} else {
		o->code = NTSIM_SANITIZER;
		snprintf(o->text, sizeof(o->text), "ended with wait status %#x", (unsigned)status);
	}
}

static void run(struct outcome *o, void (*scenario)(void *), void *argument)
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		outcome = o;
		run_child(scenario, argument);
	}
	waitpid(child, &status, 0);
	judge(o, status);
}

int ntsim_catch(void (*scenario)(void *), void *argument, char *report, size_t size)
{
	struct outcome *o = outcome_new(0);
	int code;

	run(o, scenario, argument);
	code = o->code;
	if (report && size)
		snprintf(report, size, "%s", o->text);
	munmap(o, sizeof(*o));
	return code;
}

/* ---- two runs ---- */

const struct ntsim_config *ntsim_twice_config(void)
{
	return &twice_config;
}

/* A record: its length, what it is (16 characters), its bytes. */
#define RECORD_HEAD (sizeof(size_t) + 16)

void output_record(const char *what, const void *data, size_t size)
{
	unsigned char *at;

	if (!outcome || !recording)
		return;
	klock();
	if (outcome->output + RECORD_HEAD + size <= OUTPUT_SIZE) {
		at = outcome->record + outcome->output;
		memcpy(at, &size, sizeof(size));
		snprintf((char *)at + sizeof(size), 16, "%s", what);
		memcpy(at + RECORD_HEAD, data, size);
		outcome->output += RECORD_HEAD + size;
	}
	kunlock();
}

/* Prints the first record that differs; false if there is none. */
static bool find_difference(const struct outcome *a, const struct outcome *b, char *report,
			    size_t size)
{
	size_t at = 0, length, n = 0;
	const unsigned char *x, *y;

	for (; at < a->output && at < b->output; at += RECORD_HEAD + length, n++) {
		x = a->record + at;
		y = b->record + at;
		memcpy(&length, x, sizeof(length));
		if (memcmp(x, y, RECORD_HEAD) != 0)
			break;
		for (size_t i = 0; i < length; i++) {
			if (x[RECORD_HEAD + i] == y[RECORD_HEAD + i])
				continue;
			snprintf(report, size, "%s, output %zu, byte %zu of %zu: %02x or %02x",
				 (const char *)x + sizeof(length), n, i, length, x[RECORD_HEAD + i],
				 y[RECORD_HEAD + i]);
			return true;
		}
	}
	if (at == a->output && at == b->output)
		return false;
	snprintf(report, size, "the runs differ at output %zu", n);
	return true;
}

static void run_filled(struct outcome *o, unsigned char fill, void (*scenario)(void *),
		       void *argument)
{
	recording = true;
	twice_config.fill = fill;
	run(o, scenario, argument);
	twice_config.fill = 0xa5;
	recording = false;
}

int ntsim_twice(void (*scenario)(void *), void *argument, char *report, size_t size)
{
	struct outcome *a = outcome_new(OUTPUT_SIZE), *b = outcome_new(OUTPUT_SIZE);
	char text[512] = "";
	int code;

	run_filled(a, 0xa5, scenario, argument);
	run_filled(b, 0x5a, scenario, argument);
	code = a->code ? a->code : b->code;
	if (code)
		snprintf(text, sizeof(text), "%.500s", a->code ? a->text : b->text);
	else if (a->output == 0)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_twice: nothing reached user mode");
	else if (find_difference(a, b, text, sizeof(text)))
		code = NTSIM_UNINITIALIZED;
	if (report && size)
		snprintf(report, size, "%s", text);
	munmap(a, sizeof(*a) + OUTPUT_SIZE);
	munmap(b, sizeof(*b) + OUTPUT_SIZE);
	return code;
}
