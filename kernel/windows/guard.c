/* SPDX-License-Identifier: MIT */
/* guard.c - what GCC's and clang's -fstack-protector-strong expects from a C library. */
#include "guard.h"

#define DRIVER_OVERRAN_STACK_BUFFER 0xf7u

extern ULONG_PTR __stack_chk_guard;
DECLSPEC_NORETURN VOID __stack_chk_fail(VOID);

/* Functions with a buffer keep a copy of it between the buffer and their return address. */
ULONG_PTR __stack_chk_guard;

/* Called by a function that finds its copy changed. Its return address may be foreign code,
 * so nothing can continue. Windows' own drivers end the machine with the same code. */
VOID __stack_chk_fail(VOID)
{
	KeBugCheckEx(DRIVER_OVERRAN_STACK_BUFFER, 0, __stack_chk_guard, ~__stack_chk_guard,
		     (ULONG_PTR)__builtin_return_address(0));
}

/*
 * The kernel has no documented source of random numbers without another driver (cng.sys).
 * Like Microsoft's cookie, the guard is made of clocks and of addresses that differ in each
 * boot: those of the driver, its object and this stack. Its lowest byte is 0, which ends a
 * string that is copied too far.
 */
_Use_decl_annotations_
VIGIL_INIT
VIGIL_UNGUARDED
VOID GuardStart(const VOID *driver)
{
	LARGE_INTEGER wall = { .QuadPart = 0 };
	UINT64 mix;

	KeQuerySystemTime(&wall);
	mix = (UINT64)wall.QuadPart ^ (UINT64)(ULONG_PTR)driver << 16;
#if defined(__x86_64__) || defined(__i386__)
	mix ^= __builtin_ia32_rdtsc() << 32;
#endif
	mix ^= KeQueryInterruptTime() << 8;
	mix += (UINT64)(ULONG_PTR)&wall;
	mix += (UINT64)(ULONG_PTR)&__stack_chk_guard << 24;
	/* Every bit of the result depends on every bit of the sum (the end of MurmurHash3). */
	mix = (mix ^ mix >> 33) * 0xff51afd7ed558ccdull;
	mix = (mix ^ mix >> 33) * 0xc4ceb9fe1a85ec53ull;
	mix ^= mix >> 33;
	__stack_chk_guard = (ULONG_PTR)mix & ~(ULONG_PTR)0xff;
}
