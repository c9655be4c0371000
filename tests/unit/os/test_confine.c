/* SPDX-License-Identifier: MIT */
/* test_confine.c - what a confined process can and cannot do any more. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/capability.h>

#include "common/confinement_linux.h"
#include "inspect/worker.h"

#define KILLED (-1)

/* What the function returns in a process that was confined before; KILLED: it was ended. */
static int try_confined(void (*confine)(void), int (*act)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		confine();
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
}

/* errno of a call that fails, 0 of one that does not. */
static int reason(long result)
{
	return result < 0 ? errno : 0;
}

static void confine_to(unsigned does)
{
	confine_execution();
	confine_capabilities(0);
	if (!confine_system_calls(&confinement_filters[does], true))
		_exit(255);
}

/* As a command that only reads events. */
static void confine_to_reading(void)
{
	confine_to(0);
}

static void confine_to_all(void)
{
	confine_to(CONFINEMENT_FILTERS - 1);
}

static void confine_as_reader(void)
{
	inspect_worker_confine(INSPECT_QUICK);
}

static void confine_as_namer(void)
{
	inspect_worker_confine(INSPECT_NAMES);
}

/* ---- acts ---- */

static int act_read(void)
{
	char byte;
	int fd = open("/proc/self/stat", O_RDONLY);

	return fd < 0 ? errno : reason(read(fd, &byte, 1));
}

static int act_write_file(void)
{
	return reason(open("/tmp/vigil-test-confine", O_WRONLY | O_CREAT, 0600));
}

static int act_unlink(void)
{
	return reason(unlink("/tmp/vigil-test-confine"));
}

static int act_execute(void)
{
	char *argv[] = { "true", NULL };

	return reason(execv("/bin/true", argv));
}

static int act_mount(void)
{
	return reason(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int act_trace(void)
{
	return reason(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int act_fork(void)
{
	return reason(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int act_signal(void)
{
	return reason(kill(getppid(), 0));
}

static int act_write_to_another(void)
{
	char byte = 0;
	struct iovec part = { &byte, 1 };

	return reason(process_vm_writev(getppid(), &part, 1, &part, 1, 0));
}

static int act_socket(void)
{
	return reason(socket(AF_INET, SOCK_STREAM, 0));
}

static int act_bpf(void)
{
	return reason(syscall(SYS_bpf, 0, NULL, 0));
}

static int act_abort(void)
{
	return reason(syscall(SYS_tgkill, getpid(), gettid(), 0));
}

static int act_abort_another(void)
{
	return reason(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int act_type(void)
{
	return reason(ioctl(0, TIOCSTI, "x"));
}

static int act_unshare(void)
{
	return reason(unshare(CLONE_NEWUSER));
}

static int act_gain(void)
{
	static char status[8192];
	int fd = open("/proc/thread-self/status", O_RDONLY);

	if (fd < 0 || read(fd, status, sizeof(status) - 1) <= 0)
		return 255;
	return !strstr(status, "\nCapPrm:\t0000000000000000\n") ||
	       !strstr(status, "\nCapEff:\t0000000000000000\n") ||
	       !strstr(status, "\nNoNewPrivs:\t1\n");
}

/* A clone that is not seen by its flags. */
static int act_clone3(void)
{
	return reason(syscall(SYS_clone3, NULL, 0));
}

/* ---- the tests ---- */

static void expect_refusals(void (*confine)(void))
{
	assert_int_equal(try_confined(confine, act_read), 0);
	assert_int_equal(try_confined(confine, act_write_file), EPERM);
	assert_int_equal(try_confined(confine, act_unlink), EPERM);
	assert_int_equal(try_confined(confine, act_execute), KILLED);
	assert_int_equal(try_confined(confine, act_mount), KILLED);
	assert_int_equal(try_confined(confine, act_write_to_another), KILLED);
	assert_int_equal(try_confined(confine, act_trace), KILLED);
	assert_int_equal(try_confined(confine, act_fork), EPERM);
	assert_int_equal(try_confined(confine, act_signal), EPERM);
	assert_int_equal(try_confined(confine, act_bpf), EPERM);
	assert_int_equal(try_confined(confine, act_unshare), EPERM);
	assert_int_equal(try_confined(confine, act_clone3), ENOSYS);
}

static void command(void **state)
{
	(void)state;
	expect_refusals(confine_to_reading);
	assert_int_equal(try_confined(confine_to_reading, act_socket), EPERM);
	assert_int_equal(try_confined(confine_to_reading, act_gain), 0);
	assert_int_equal(try_confined(confine_to_reading, act_abort), 0);
	assert_int_equal(try_confined(confine_to_reading, act_abort_another), EPERM);
}

static void command_that_does_all(void **state)
{
	(void)state;
	assert_int_equal(try_confined(confine_to_all, act_write_file), 0);
	assert_int_equal(try_confined(confine_to_all, act_unlink), 0);
	assert_int_equal(try_confined(confine_to_all, act_signal), 0);
	assert_int_equal(try_confined(confine_to_all, act_execute), KILLED);
	assert_int_equal(try_confined(confine_to_all, act_mount), KILLED);
	assert_int_equal(try_confined(confine_to_all, act_fork), EPERM);
	assert_int_equal(try_confined(confine_to_all, act_socket), EPERM);
	assert_int_equal(try_confined(confine_to_all, act_type), EPERM);
	assert_int_equal(try_confined(confine_to_all, act_abort_another), EPERM);
}

static void reader(void **state)
{
	(void)state;
	expect_refusals(confine_as_reader);
	assert_int_equal(try_confined(confine_as_reader, act_socket), EPERM);
}

static void namer(void **state)
{
	(void)state;
	expect_refusals(confine_as_namer);
	assert_int_equal(try_confined(confine_as_namer, act_socket), 0); /* a directory service */
	assert_int_equal(try_confined(confine_as_namer, act_gain), 0);
}

static const char *kept;

static void confine_to_folder(void)
{
	confine_execution();
	if (!confine_files(&kept, 1))
		_exit(255);
}

static int act_keep_file(void)
{
	char one[128], two[128];
	int fd;

	snprintf(one, sizeof(one), "%s/one", kept);
	snprintf(two, sizeof(two), "%s/two", kept);
	fd = open(one, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) < 0)
		return errno;
	return reason(rename(one, two) < 0 ? -1 : unlink(two));
}

static int act_make_folder(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/folder", kept);
	return reason(mkdir(path, 0700));
}

static int act_look_into_another(void)
{
	char path[64], target[256];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)getppid());
	return reason(readlink(path, target, sizeof(target)));
}

static void folders(void **state)
{
	char folder[] = "/tmp/vigil-test-XXXXXX";

	(void)state;
	if (confine_files_version() < 0)
		skip();
	kept = mkdtemp(folder);
	assert_non_null(kept);
	assert_int_equal(try_confined(confine_to_folder, act_keep_file), 0);
	assert_int_equal(try_confined(confine_to_folder, act_read), 0);
	assert_int_equal(try_confined(confine_to_folder, act_write_file), EACCES);
	assert_int_equal(try_confined(confine_to_folder, act_make_folder), EACCES);
	assert_int_equal(try_confined(confine_to_folder, act_execute), EACCES);
	assert_int_equal(try_confined(confine_to_folder, act_mount), EPERM);
	assert_int_equal(try_confined(confine_to_folder, act_look_into_another), EACCES);
	assert_int_equal(rmdir(folder), 0);
}

static void *act_in_thread(void *argument)
{
	int *go = argument;
	static int result;
	char byte;

	if (read(*go, &byte, 1) != 1)
		return NULL;
	result = act_unshare();
	return &result;
}

static int act_with_older_thread(void)
{
	pthread_t thread;
	int go[2], *result = NULL;

	if (pipe(go) < 0 || pthread_create(&thread, NULL, act_in_thread, &go[0]) != 0)
		return 255;
	confine_to_reading();
	if (write(go[1], "", 1) != 1)
		return 254;
	pthread_join(thread, (void **)&result);
	return result ? *result : 253;
}

static void nothing(void)
{
}

static void threads_that_were_there(void **state)
{
	(void)state;
	assert_int_equal(try_confined(nothing, act_with_older_thread), EPERM);
}

static int act_raise(void)
{
	uint64_t kill = CONFINE_CAP(CAP_KILL);

	if (!confine_capabilities(kill) || !confine_lower(kill) || !confine_raise(kill))
		return 1;
	return confine_permitted() != kill;
}

static void capabilities(void **state)
{
	(void)state;
	if (!(confine_permitted() & CONFINE_CAP(CAP_KILL)))
		skip();
	assert_int_equal(try_confined(nothing, act_raise), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command),
		cmocka_unit_test(command_that_does_all),
		cmocka_unit_test(reader),
		cmocka_unit_test(namer),
		cmocka_unit_test(threads_that_were_there),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(folders),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
