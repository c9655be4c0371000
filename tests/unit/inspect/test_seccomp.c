/* SPDX-License-Identifier: MIT */
/* test_seccomp.c - what the seccomp filters say, also those for a machine that is not this one. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "inspect/filters.h"

extern const struct confine_filter aarch64_filters[INSPECT_FILTERS];

#define REFUSED(reason) (SECCOMP_RET_ERRNO | (reason))
#define THREAD_FLAGS    (0x10000u | 0x100u) /* CLONE_THREAD | CLONE_VM */

static bool must_jump(const struct sock_filter *at, uint32_t value)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return value == at->k;
	case BPF_JGT:
		return value > at->k;
	case BPF_JGE:
		return value >= at->k;
	default:
		fail_msg("an instruction %#x that is not known here", at->code);
		return false;
	}
}

/* Runs the filter as the kernel does; returns its verdict. */
static uint32_t judge(const struct confine_filter *filter, const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (size_t i = 0; i < filter->length; i++) {
		const struct sock_filter *at = &filter->code[i];

		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(at->k % 4 == 0 && at->k < sizeof(*data));
			value = ((const uint32_t *)data)[at->k / 4];
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			value &= at->k;
			break;
		case BPF_JMP | BPF_JA:
			i += at->k;
			break;
		case BPF_RET | BPF_K:
			return at->k;
		default:
			assert_int_equal(BPF_CLASS(at->code), BPF_JMP);
			i += must_jump(at, value) ? at->jt : at->jf;
		}
	}
	fail_msg("a filter without an end");
	return 0;
}

/* System calls by their number: those of x86-64 are named in <sys/syscall.h> there alone. */
struct machine {
	const struct confine_filter *filters;
	uint32_t architecture, other;
	int read, openat, execve, mount, clone, clone3, kill, socket, ptrace;
};

static const struct machine x86_64 = {
	inspect_filters, AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, 0, 257, 59, 165, 56, 435, 62, 41, 101,
};
static const struct machine aarch64 = {
	aarch64_filters,
	AUDIT_ARCH_AARCH64,
	AUDIT_ARCH_ARM,
	63,
	56,
	221,
	40,
	220,
	435,
	129,
	198,
	117,
};

static uint32_t call(const struct machine *m, unsigned filter, int number, uint64_t a0, uint64_t a2)
{
	const struct seccomp_data data = { .nr = number,
					   .arch = m->architecture,
					   .args = { a0, 0, a2 } };

	return judge(&m->filters[filter], &data);
}

static void check_machine(const struct machine *m)
{
	const struct seccomp_data foreign = { .nr = m->read, .arch = m->other };

	for (unsigned i = 0; i < INSPECT_FILTERS; i++) {
		assert_int_equal(judge(&m->filters[i], &foreign), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(call(m, i, m->read, 0, 0), SECCOMP_RET_ALLOW);
		assert_int_equal(call(m, i, m->openat, 0, O_RDONLY), SECCOMP_RET_ALLOW);
		assert_int_equal(call(m, i, m->openat, 0, O_RDWR), REFUSED(EPERM));
		assert_int_equal(call(m, i, m->openat, 0, O_CREAT), REFUSED(EPERM));
		assert_int_equal(call(m, i, m->execve, 0, 0), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(call(m, i, m->mount, 0, 0), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(call(m, i, m->ptrace, 0, 0), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(call(m, i, m->clone, SIGCHLD, 0), REFUSED(EPERM));
		assert_int_equal(call(m, i, m->clone3, 0, 0), REFUSED(ENOSYS));
		assert_int_equal(call(m, i, m->kill, 1, 0), REFUSED(EPERM));
	}
	assert_int_equal(call(m, INSPECT_NAMING, m->clone, THREAD_FLAGS, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(m, INSPECT_NAMING, m->socket, 1, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(m, INSPECT_READING, m->clone, THREAD_FLAGS, 0), REFUSED(EPERM));
	assert_int_equal(call(m, INSPECT_READING, m->socket, 1, 0), REFUSED(EPERM));
}

static void own(void **state)
{
	(void)state;
#if defined __x86_64__
	check_machine(&x86_64);
#else
	(void)x86_64;
	skip();
#endif
}

static void other(void **state)
{
	(void)state;
	check_machine(&aarch64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own),
		cmocka_unit_test(other),
	};

	return cmocka_run_group_tests_name("seccomp", tests, NULL, NULL);
}
