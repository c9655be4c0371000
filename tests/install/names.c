/* SPDX-License-Identifier: MIT */
/* names.c - a program whose functions have the names of functions inside the library. */
#include <stdio.h>

#include <vigil/vigil.h>

int decode(void);
int merge_sort(void);
int ring_open(void);
int os_now_ms(void);
int store_open(void);
int table_new(void);
int vigil_fail(void);

int decode(void)
{
	return 1;
}

int merge_sort(void)
{
	return 2;
}

int ring_open(void)
{
	return 4;
}

int os_now_ms(void)
{
	return 8;
}

int store_open(void)
{
	return 16;
}

int table_new(void)
{
	return 32;
}

int vigil_fail(void)
{
	return 64;
}

/* The library calls its own functions, the program its own. */
int main(void)
{
	struct vigil_filter *filter = vigil_filter_new();
	struct vigil_error error = { VIGIL_OK, "" };
	struct vigil *v;
	int sum = decode() + merge_sort() + ring_open() + os_now_ms() + store_open() + table_new() +
		  vigil_fail();

	if (sum != 127 || !filter ||
	    vigil_filter_add(filter, "nothing", "1", &error) != VIGIL_ERROR_USAGE ||
	    !error.text[0] || vigil_open_file(&v, "/nonexistent", NULL, &error) >= 0)
		return 1;
	vigil_filter_free(filter);
	return 0;
}
