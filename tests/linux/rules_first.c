/* SPDX-License-Identifier: MIT */
/*
 * rules_first.c - a program whose first act is to make the file that its argument
 * names, if any: where there is no file, not one instruction of it ran. Without a C
 * library, so that nothing comes before.
 */
#include <fcntl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall first\n");

static long system_call(long number, long first, long second, long third, long fourth)
{
	register long r10 __asm__("r10") = fourth;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl first\n");

static long system_call(long number, long first, long second, long third, long fourth)
{
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = first;
	register long x1 __asm__("x1") = second, x2 __asm__("x2") = third;
	register long x3 __asm__("x3") = fourth;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#endif

__attribute__((used)) static void first(const long *stack)
{
	const char *mark = (const char *)stack[2];
	long status = 0;

	if (stack[0] > 1 && *mark)
		status = system_call(SYS_openat, AT_FDCWD, stack[2], O_CREAT | O_WRONLY, 0644) < 0;
	system_call(SYS_exit, status, 0, 0, 0);
	__builtin_unreachable();
}
