/* SPDX-License-Identifier: MIT */
/*
 * rules_first.c - a program whose first act is to make the file that its argument
 * names, if any: where there is no file, not one instruction of it ran. Without a C
 * library, so that nothing comes before.
 */
#define SYS_OPEN 2
#define SYS_EXIT 60
#define CREATE   0101 /* O_CREAT | O_WRONLY */

__attribute__((used)) static void first(const long *stack)
{
	const char *mark = (const char *)stack[2];
	long result, status = 0;

	if (stack[0] > 1 && *mark) {
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(SYS_OPEN), "D"(mark), "S"(CREATE), "d"(0644)
				 : "rcx", "r11", "memory");
		status = result < 0;
	}
	__asm__ volatile("syscall" : : "a"(SYS_EXIT), "D"(status) : "rcx", "r11", "memory");
	__builtin_unreachable();
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall first\n");
