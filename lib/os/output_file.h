/* SPDX-License-Identifier: MIT */
/*
 * output_file.h - opens output files that a user names: outputs, logs, recordings.
 *
 * Vigil writes the command lines of all users, and root runs it: no other user may have
 * prepared the file, a link in its place, or a folder on the path. A path is trusted if
 *   - each folder of it belongs to root or to the effective user and no other user can
 *     write to it, or it is sticky as /tmp is; links are followed in such folders, but
 *     never in a folder that others can write to;
 *   - an existing file belongs to root or the effective user, has one name, and no other
 *     user can write to it.
 * Under sudo(8) the folders of the invoking user are trusted too, but not links in them and
 * not that user's files. All code that writes to a named file opens it here.
 *
 * On Windows the owners of files and folders are not checked; a link in the file's place is
 * refused.
 */
#ifndef VIGIL_OS_OUTPUT_FILE_H
#define VIGIL_OS_OUTPUT_FILE_H

#include <stdbool.h>

#include <vigil/vigil.h>

enum output_file_flag {
	OUTPUT_FILE_APPEND = 1,  /* keep the contents; default: empty the file */
	OUTPUT_FILE_WHOLE = 2,   /* the file appears, or is replaced, when it is complete */
	OUTPUT_FILE_LOG = 4,     /* a regular file, not a link to one; opened to read as well */
	OUTPUT_FILE_NEW = 8,     /* the file must not exist: EEXIST */
	OUTPUT_FILE_TRUSTED = 16 /* --trust-path: ignore owners and modes */
};

struct output_file {
	int fd;     /* -1: not open */
	int folder; /* Linux: the folder that contains `name`; -1: none */
	char *name;
	char *partial; /* temporary name until the file is complete; NULL: written in place */
};

/* Opens path to write with `flags` of output_file_flag. A new file gets mode 0600, and so does
 * one that is emptied, unless it is TRUSTED; one that is appended to keeps its mode.
 * /dev/stdout, /dev/stderr and /dev/fd/N mean descriptors of this process; character devices and
 * FIFOs with a reader are accepted, other types are not. Never waits. Returns file->fd; on
 * failure returns -1, sets why->code, sets why->text to the reason without the path, and sets
 * errno, EPERM if the path is not trusted. To be ended with output_file_end. */
int output_file_open(struct output_file *file, const char *path, unsigned flags,
		     struct vigil_error *why);

/* Closes the file. complete: a WHOLE file is written to the disk and put in its place; otherwise
 * it is removed. -1: it could not be completed; see errno. */
int output_file_end(struct output_file *file, bool complete);

/* Checks the path of a database that SQLite will open, and of the files that SQLite makes beside
 * it: no other user may be able to make one there, not even in a sticky folder. Does not open
 * existing files; with `create` a missing file is made, empty. flags: 0 or OUTPUT_FILE_TRUSTED.
 * On failure returns a negative code and sets why->text to the reason, without the path. */
enum vigil_code output_file_check_database(const char *path, bool create, unsigned flags,
					   struct vigil_error *why);

#endif /* VIGIL_OS_OUTPUT_FILE_H */
