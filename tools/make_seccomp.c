/* SPDX-License-Identifier: MIT */
/*
 * make_seccomp.c - makes seccomp filters of lists of system calls, with libseccomp. A program of
 * the build: it is linked with the file that defines `seccomp_array`, and prints a C file.
 *
 *	make_seccomp [ARCHITECTURE]
 *
 * Without ARCHITECTURE (libseccomp's name of it: x86_64, aarch64) the filters are for the machine
 * that it runs on. System calls that another architecture does not have are left out there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/confine.h"
#include "os/seccomp_lists.h"

/* What nothing in vigil does, and an intruder would. */
static const int deadly[] = {
	SCMP_SYS(add_key),         SCMP_SYS(chroot),        SCMP_SYS(delete_module),
	SCMP_SYS(execve),          SCMP_SYS(execveat),      SCMP_SYS(finit_module),
	SCMP_SYS(fsconfig),        SCMP_SYS(fsmount),       SCMP_SYS(fsopen),
	SCMP_SYS(init_module),     SCMP_SYS(ioperm),        SCMP_SYS(iopl),
	SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load),    SCMP_SYS(keyctl),
	SCMP_SYS(mount),           SCMP_SYS(mount_setattr), SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),       SCMP_SYS(pivot_root),    SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),          SCMP_SYS(reboot),        SCMP_SYS(request_key),
	SCMP_SYS(setns),           SCMP_SYS(swapoff),       SCMP_SYS(swapon),
	SCMP_SYS(umount2),         SCMP_SYS(userfaultfd),
};

/* Ends the program where a call of libseccomp failed. */
static void require(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "make_seccomp: %s: %s\n", what, strerror(-result));
	exit(1);
}

static void choose_architecture(scmp_filter_ctx filter, const char *architecture)
{
	uint32_t token = seccomp_arch_resolve_name(architecture);

	if (token == 0)
		require(-EINVAL, architecture);
	if (token == seccomp_arch_native())
		return;
	require(seccomp_arch_remove(filter, SCMP_ARCH_NATIVE), architecture);
	require(seccomp_arch_add(filter, token), architecture);
}

static void add_call(scmp_filter_ctx filter, const struct seccomp_call *call)
{
	struct scmp_arg_cmp condition =
	    SCMP_CMP64(call->argument, SCMP_CMP_MASKED_EQ, call->mask, call->value);

	require(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number, call->mask ? 1 : 0,
				       call->mask ? &condition : NULL),
		"an allowed call");
}

static void add_calls(scmp_filter_ctx filter, unsigned number)
{
	struct seccomp_list lists[SECCOMP_LISTS_MAX];
	size_t count = seccomp_array.choose(number, lists);

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		require(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0),
			"a deadly call");
	/* Its flags are in memory, where no filter sees them: without it the C library takes
	 * clone. */
	require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lists[i].count; j++)
			add_call(filter, &lists[i].call[j]);
}

static scmp_filter_ctx make_filter(unsigned number, const char *architecture)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (!filter)
		require(-ENOMEM, "seccomp_init");
	if (architecture)
		choose_architecture(filter, architecture);
	require(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
		"other architectures");
	/* A tree: it is shorter. */
	require(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "a tree");
	add_calls(filter, number);
	return filter;
}

/* Prints a filter's instructions; returns how many they are. */
static size_t print_code(scmp_filter_ctx filter, unsigned number)
{
	struct sock_filter code[CONFINE_LENGTH_MAX + 1];
	FILE *file = tmpfile(); /* libseccomp before 2.6 exports to a file alone */
	size_t length;

	if (!file)
		require(-errno, "tmpfile");
	require(seccomp_export_bpf(filter, fileno(file)), "seccomp_export_bpf");
	rewind(file);
	length = fread(code, sizeof(code[0]), CONFINE_LENGTH_MAX + 1, file);
	if (length == 0 || length > CONFINE_LENGTH_MAX)
		require(-E2BIG, "a filter's length");
	fclose(file);
	printf("\nstatic const struct sock_filter code_%u[] = {\n", number);
	for (size_t i = 0; i < length; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", code[i].code, code[i].jt, code[i].jf,
		       code[i].k);
	printf("};\n");
	return length;
}

int main(int argc, char **argv)
{
	size_t length[32];

	if (argc > 2 || seccomp_array.count > 32)
		require(-EINVAL, "usage: make_seccomp [ARCHITECTURE]");
	printf("/* Made by make_seccomp. */\n#include \"%s\"\n", seccomp_array.include);
	for (unsigned i = 0; i < seccomp_array.count; i++) {
		scmp_filter_ctx filter = make_filter(i, argv[1]);

		length[i] = print_code(filter, i);
		seccomp_release(filter);
	}
	printf("\nconst struct confine_filter %s[] = {\n", seccomp_array.name);
	for (unsigned i = 0; i < seccomp_array.count; i++)
		printf("\t{ code_%u, %zu },\n", i, length[i]);
	printf("};\n");
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
