/* SPDX-License-Identifier: MIT */
/* injected.c - a library that starts a thread in whatever loads it: see injector.c. */
#include <pthread.h>
#include <unistd.h>

static void *stay(void *unused)
{
	pause();
	return unused;
}

__attribute__((constructor)) static void begin(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, stay, NULL);
}
