/* SPDX-License-Identifier: MIT */
#include "os/mounts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Decodes "\040" and similar escapes of blanks, newlines and backslashes. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3 && text[1] <= '3') {
			*to++ =
			    (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* Terminates and returns the field at *at, and advances *at; NULL: there is none. */
static char *next_field(char **at)
{
	char *field = *at + strspn(*at, " "), *end = field + strcspn(field, " \n");

	if (end == field)
		return NULL;
	*at = end + (*end != '\0');
	*end = '\0';
	return field;
}

static bool parse_number(char **at, unsigned *out)
{
	char *end;
	unsigned long number = strtoul(*at, &end, 10);

	if (**at < '0' || **at > '9' || number > 0xffffffff)
		return false;
	*at = end;
	*out = (unsigned)number;
	return true;
}

static bool parse_device(char *text, struct mount_line *out)
{
	return text && parse_number(&text, &out->major) && *text++ == ':' &&
	       parse_number(&text, &out->minor) && *text == '\0';
}

bool mount_parse(char *line, struct mount_line *out)
{
	char *device, *root, *point, *field;

	next_field(&line); /* the mount's id */
	next_field(&line); /* its parent's id */
	device = next_field(&line);
	root = next_field(&line);
	point = next_field(&line);
	if (!point || !parse_device(device, out) || !next_field(&line)) /* options */
		return false;
	do /* optional fields, up to a dash */
		field = next_field(&line);
	while (field && strcmp(field, "-") != 0);
	out->type = field ? next_field(&line) : NULL;
	if (!out->type)
		return false;
	unescape(root);
	unescape(point);
	out->root = root;
	out->point = point;
	return true;
}

bool mount_is_remote(const char *type)
{
	/* Prefixes: types include "nfs4", "smb3", "fuse.sshfs", "fuseblk", "gfs2". */
	static const char *const types[] = { "9p",       "afs",    "autofs", "beegfs", "ceph",
					     "cifs",     "coda",   "fuse",   "gfs",    "gluster",
					     "gpfs",     "lustre", "ncpfs",  "nfs",    "ocfs",
					     "orangefs", "smb" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strncmp(type, types[i], strlen(types[i])) == 0)
			return strcmp(type, "fusectl") != 0;
	return false;
}
