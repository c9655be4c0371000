/* SPDX-License-Identifier: MIT */
/* compat.S - a program of 32 bits for x86-64's kernel, without a C library.
 *
 *	compat wait	does nothing until a signal ends it
 *	compat ...	setuid(65534), an exec that fails, an exec of /bin/true
 *
 * Numbers of system calls: arch/x86/entry/syscalls/syscall_32.tbl. */
	.text
	.globl _start
_start:
	cmpl $2, (%esp) /* the number of arguments */
	jb change
	movl 8(%esp), %eax
	cmpb $'w', (%eax)
	je wait
change:
	movl $213, %eax /* setuid32 */
	movl $65534, %ebx
	int $0x80
	movl $11, %eax /* execve */
	movl $missing, %ebx
	movl $failing, %ecx
	xorl %edx, %edx
	int $0x80
	movl $11, %eax
	movl $program, %ebx
	movl $arguments, %ecx
	xorl %edx, %edx
	int $0x80
	movl $1, %eax /* exit */
	movl $9, %ebx
	int $0x80
wait:
	movl $29, %eax /* pause */
	int $0x80
	jmp wait

	.data
missing:
	.asciz "/nonexistent/32"
program:
	.asciz "/bin/true"
first:
	.asciz "true"
second:
	.asciz "of 32 bits"
	.balign 4
failing:
	.long second, first, 0
arguments:
	.long first, second, 0
	.section .note.GNU-stack, "", @progbits
