/* SPDX-License-Identifier: MIT */
/*
 * output_file.h - files to write that somebody names: outputs, logs, recordings.
 *
 * What Vigil writes holds the command lines of all users, and root writes it: nobody else
 * may have prepared the file, a link in its place, or a folder on the way to it. A path is
 * trusted where
 *   - each folder on the way belongs to root or to the effective user, and nobody else can
 *     write to it, or it is sticky as /tmp is; links are followed where that is so, and
 *     never in a folder that others can write to;
 *   - a file that exists already belongs to root or the effective user, has one name, and
 *     nobody else can write to it.
 * Under sudo(8) the folders of the user who called it are trusted too, but no link in
 * them and no file of that user's. All that writes to a named file opens it here.
 *
 * On Windows the owners of files and folders are not looked at; a link in the file's place
 * is refused.
 */
#ifndef VIGIL_OS_OUTPUT_FILE_H
#define VIGIL_OS_OUTPUT_FILE_H

#include <stdbool.h>

#include <vigil/vigil.h>

enum output_file_flag {
	OUTPUT_FILE_APPEND = 1,  /* what is there stays; default: it is emptied */
	OUTPUT_FILE_WHOLE = 2,   /* the file appears, or is replaced, when it is complete */
	OUTPUT_FILE_LOG = 4,     /* a regular file, no link to one; opened to be read, too */
	OUTPUT_FILE_NEW = 8,     /* it must not be there yet: EEXIST */
	OUTPUT_FILE_TRUSTED = 16 /* --trust-path: owners and modes do not matter */
};

struct output_file {
	int fd;     /* -1: not open */
	int folder; /* Linux: of which `name` is the name; -1: none */
	char *name;
	char *partial; /* the name until it is complete; NULL: it is written to in place */
};

/* Opens path to write with `flags` of output_file_flag; a file that is made has mode 0600, and
 * so has one that is emptied, unless it is TRUSTED; one that is appended to keeps its mode.
 * /dev/stdout, /dev/stderr and /dev/fd/N are descriptors of this process; character devices
 * and FIFOs that somebody reads are taken, too, other types are not. Never waits. Returns
 * file->fd; -1: why->code and why->text have the reason, without the path, and errno is
 * set: EPERM where the path is not trusted. To be ended with output_file_end. */
int output_file_open(struct output_file *file, const char *path, unsigned flags,
		     struct vigil_error *why);

/* Closes it. complete: a WHOLE file takes its place, on the disk before; else it is
 * removed. -1: errno says why it could not be completed. */
int output_file_end(struct output_file *file, bool complete);

/* Checks the path of a database that SQLite is to open, and the files that SQLite makes
 * beside it: no other user may be able to make one there, not even in a sticky folder.
 * Opens nothing that is there; with `create` a missing file is made, empty. A negative
 * code: why->text has the reason, without the path. flags: 0 or OUTPUT_FILE_TRUSTED. */
enum vigil_code output_file_check_database(const char *path, bool create, unsigned flags,
					   struct vigil_error *why);

#endif /* VIGIL_OS_OUTPUT_FILE_H */
