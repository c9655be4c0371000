/* SPDX-License-Identifier: MIT */
/*
 * injector.c - what takes hold of other processes, for test_access.py: each mode does
 * one thing and says what came of it.
 */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t word = 1;

static void check(long result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "injector: %s: %s\n", what, strerror(errno));
	exit(1);
}

static pid_t number(const char *text)
{
	return (pid_t)strtol(text, NULL, 10);
}

static void *wait_for_end(void *unused)
{
	(void)unused;
	printf("%d %p %ld\n", getpid(), (void *)&word, syscall(SYS_gettid));
	fflush(stdout);
	pause();
	return NULL;
}

/* target: says its PID, where its word is, and the id of its second thread. */
static int target(char **arguments)
{
	pthread_t thread;

	(void)arguments;
	pthread_create(&thread, NULL, wait_for_end, NULL);
	while (getchar() != EOF)
		printf("%llu\n", (unsigned long long)word), fflush(stdout);
	return 0;
}

static void attach(pid_t pid)
{
	check(ptrace(PTRACE_ATTACH, pid, 0, 0), "attach");
	check(waitpid(pid, NULL, __WALL), "waitpid");
}

/* Where the C library, which both run, begins in a process. */
static uint64_t library_base(pid_t pid)
{
	char path[64], line[512];
	uint64_t base = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && !base && fgets(line, sizeof(line), maps))
		if (strstr(line, "/libc.so.6"))
			base = strtoull(line, NULL, 16);
	if (maps)
		fclose(maps);
	return base;
}

/* Prepares a call function(text, RTLD_NOW) that returns to address 0. text is a 16-byte aligned
 * address on the stack; the word before it is 0. */
static void set_call(struct user_regs_struct *regs, uint64_t function, uint64_t text)
{
#if defined(__x86_64__)
	regs->rdi = text;
	regs->rsi = RTLD_NOW;
	regs->rsp = text - 8; /* the return address */
	regs->rip = function;
	regs->rax = 0;
	regs->orig_rax = (uint64_t)-1; /* no system call to restart */
#elif defined(__aarch64__)
	regs->regs[0] = text;
	regs->regs[1] = RTLD_NOW;
	regs->regs[30] = 0; /* the return address */
	regs->sp = text;
	regs->pc = function;
#endif
}

static uint64_t returned(const struct user_regs_struct *regs)
{
#if defined(__x86_64__)
	return regs->rax;
#elif defined(__aarch64__)
	return regs->regs[0];
#endif
}

static uint64_t stack_of(const struct user_regs_struct *regs)
{
#if defined(__x86_64__)
	return regs->rsp;
#elif defined(__aarch64__)
	return regs->sp;
#endif
}

/* request: PTRACE_GETREGSET or PTRACE_SETREGSET */
static void registers(enum __ptrace_request request, pid_t pid, struct user_regs_struct *regs)
{
	struct iovec all = { regs, sizeof(*regs) };

	check(ptrace(request, pid, NT_PRSTATUS, &all), "registers");
}

/* inject PID LIBRARY: makes it call dlopen(LIBRARY, RTLD_NOW). */
static int inject(char **arguments)
{
	pid_t pid = number(arguments[0]);
	struct user_regs_struct saved, regs;
	uint64_t text[32] = { 0 }, function, at;
	int status;

	strncpy((char *)text, arguments[1], sizeof(text) - 1);
	function = (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "dlopen") - library_base(getpid()) +
		   library_base(pid);
	attach(pid);
	registers(PTRACE_GETREGSET, pid, &saved);
	at = (stack_of(&saved) - 4096) & ~(uint64_t)15;
	for (size_t i = 0; i < 32; i++)
		check(ptrace(PTRACE_POKEDATA, pid, at + i * 8, text[i]), "poke");
	check(ptrace(PTRACE_POKEDATA, pid, at - 8, 0), "poke"); /* it returns to nowhere */
	regs = saved;
	set_call(&regs, function, at);
	registers(PTRACE_SETREGSET, pid, &regs);
	check(ptrace(PTRACE_CONT, pid, 0, 0), "cont");
	check(waitpid(pid, &status, 0), "waitpid");
	registers(PTRACE_GETREGSET, pid, &regs);
	registers(PTRACE_SETREGSET, pid, &saved);
	check(ptrace(PTRACE_DETACH, pid, 0, 0), "detach");
	return returned(&regs) && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSEGV ? 0 : 1;
}

#ifdef __x86_64__
/* seize32 PID: by the system call of the 32-bit ABI, from this 64-bit program. */
static int seize32(char **arguments)
{
	long result = 26; /* ptrace there */

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(PTRACE_SEIZE), "c"(number(arguments[0])), "d"(0), "S"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result == 0 ? 0 : 1;
}
#endif

/* poke PID ADDRESS TIMES */
static int poke(char **arguments)
{
	pid_t pid = number(arguments[0]);
	void *at = (void *)(uintptr_t)strtoull(arguments[1], NULL, 16);

	attach(pid);
	for (long i = strtol(arguments[2], NULL, 10); i > 0; i--)
		check(ptrace(PTRACE_POKEDATA, pid, at, 5L), "poke");
	check(ptrace(PTRACE_DETACH, pid, 0, 0), "detach");
	return 0;
}

/* write PID ADDRESS: by each of the calls that do. */
static int write_memory(char **arguments)
{
	pid_t pid = number(arguments[0]);
	uint64_t at = strtoull(arguments[1], NULL, 16), values[2] = { 8, 9 };
	struct iovec local[2] = { { values, 8 }, { values + 1, 8 } };
	struct iovec remote = { (void *)(uintptr_t)at, 8 };
	char path[64];
	int fd;

	check(process_vm_writev(pid, local, 1, &remote, 1, 0), "process_vm_writev");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd, path);
	check(pwrite(fd, values, 8, (off_t)at), "pwrite");
	check(lseek(fd, (off_t)at, SEEK_SET), "lseek");
	check(write(fd, values, 8), "write");
	check(pwritev(fd, local, 1, (off_t)at), "pwritev");
	return 0;
}

/* A write to where nothing is, a write to no process, a write to oneself. */
static int write_nowhere(char **arguments)
{
	struct iovec local = { &word, 8 }, remote = { (void *)16, 8 };
	struct iovec own = { &word, 8 };

	process_vm_writev(number(arguments[0]), &local, 1, &remote, 1, 0);
	process_vm_writev(4194303, &local, 1, &remote, 1, 0);
	check(process_vm_writev(getpid(), &local, 1, &own, 1, 0), "to itself");
	return 0;
}

static int seize(char **arguments)
{
	return ptrace(PTRACE_SEIZE, number(arguments[0]), 0, 0) == 0 ? 0 : errno;
}

static int attach_only(char **arguments)
{
	attach(number(arguments[0]));
	return 0;
}

/* traceme: a child asks to be traced by this process. */
static int traceme(char **arguments)
{
	pid_t child = fork();

	(void)arguments;
	if (child == 0) {
		check(ptrace(PTRACE_TRACEME, 0, 0, 0), "traceme");
		_exit(0);
	}
	check(waitpid(child, NULL, 0), "waitpid");
	printf("%d\n", child);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **arguments);
} modes[] = {
	{ "target", 0, target },      { "poke", 3, poke },
	{ "write", 2, write_memory }, { "write-nowhere", 1, write_nowhere },
	{ "seize", 1, seize },        { "attach", 1, attach_only },
	{ "traceme", 0, traceme },    { "inject", 2, inject },
#ifdef __x86_64__
	{ "seize32", 1, seize32 },
#endif
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0 && argc - 2 == modes[i].arguments)
			return modes[i].run(argv + 2);
	fprintf(stderr, "injector: which mode?\n");
	return 2;
}
