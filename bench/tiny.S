/* SPDX-License-Identifier: MIT */
/* tiny.S - the shortest program there is, so that what is measured is its start. */
	.globl _start
_start:
#if defined(__x86_64__)
	xor %edi, %edi
	mov $60, %eax
	syscall
#elif defined(__aarch64__)
	mov x0, #0
	mov x8, #93
	svc #0
#else
#error "exit(0), in this processor's words"
#endif
	.section .note.GNU-stack, "", %progbits
