/* SPDX-License-Identifier: MIT */
/*
 * library.h - loads the library of an engine when an output needs it, so that a machine without
 * that output does not need the library. The functions are called through a struct of pointers
 * with their names:
 *
 *	#define CALLS(X) X(rd_kafka_poll) X(rd_kafka_destroy)
 *	static struct { CALLS(LIBRARY_MEMBER) } kafka;
 *	static const char *const names[] = { CALLS(LIBRARY_NAME) };
 *
 *	library_open("librdkafka.so.1", "librdkafka1", names, COUNT, &kafka, &error)
 */
#ifndef VIGIL_SHIP_LIBRARY_H
#define VIGIL_SHIP_LIBRARY_H

#include <stddef.h>

#include <vigil/vigil.h>

#define LIBRARY_MEMBER(name) __typeof__(name) *(name);
#define LIBRARY_NAME(name)   #name,

/* Loads the library and stores the address of each function in the member of `calls` at the same
 * place. The library stays loaded until the process ends. package: what to install, named in the
 * error if the library is missing (VIGIL_ERROR_UNSUPPORTED). */
enum vigil_code library_open(const char *library, const char *package, const char *const *names,
			     size_t count, void *calls, struct vigil_error *error);

#endif /* VIGIL_SHIP_LIBRARY_H */
