/* SPDX-License-Identifier: MIT */
/* files.c - reads the rules files of a path. */
#include "detect/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "detect/limits.h"
#include "os/folder.h"
#include "os/input.h"

const char files_too_large[] = "the file is too large";

struct names {
	struct load *load;
	char **name; /* '/' after the name of a folder */
	uint32_t count, capacity;
};

static bool names_is_rules(const char *name)
{
	size_t length = strlen(name);

	return (length > 4 && strcmp(name + length - 4, ".yml") == 0) ||
	       (length > 5 && strcmp(name + length - 5, ".yaml") == 0);
}

static bool names_add(void *user, const char *name, bool folder)
{
	struct names *names = user;
	size_t length = strlen(name);
	char *copy;

	if (!folder && !names_is_rules(name))
		return true;
	copy = malloc(length + 2);
	if (!copy || !set_grow(&names->name, names->count, &names->capacity, sizeof(char *))) {
		free(copy);
		names->load->memory = true;
		return false;
	}
	memcpy(copy, name, length);
	memcpy(copy + length, folder ? "/" : "", 2 - !folder);
	names->name[names->count++] = copy;
	return names->count < LIMIT_FILES;
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *path_join(struct load *load, const char *folder, const char *name)
{
	size_t length = strlen(folder), used = length;
	char *path = malloc(length + strlen(name) + 2);

	if (!path)
		return load_out_of_memory(load);
	memcpy(path, folder, length);
	if (length == 0 || path[length - 1] != '/')
		path[used++] = '/';
	memcpy(path + used, name, strlen(name) + 1);
	used += strlen(name);
	if (path[used - 1] == '/')
		path[used - 1] = '\0';
	return path;
}

/* Reads a file. Returns whether it could be read. */
static bool file_read(struct load *load, const char *path, struct vigil_error *why)
{
	char *text;
	size_t length;
	enum vigil_code code = input_read(&text, &length, path, LIMIT_FILE_BYTES, why);

	if (code == VIGIL_ERROR_MEMORY)
		load->memory = true;
	if (code != VIGIL_OK)
		return false;
	load_text(load, path, text, length);
	free(text);
	return true;
}

static void folder_read(struct load *load, const char *path, unsigned depth);

static void folder_read_name(struct load *load, const char *folder, const char *name,
			     unsigned depth)
{
	char *path = path_join(load, folder, name);
	struct vigil_error why = { 0 };

	if (!path)
		return;
	if (name[strlen(name) - 1] == '/')
		folder_read(load, path, depth + 1);
	else if (load->files++ >= LIMIT_FILES)
		load_note(load, path, DETECT_REFUSED, 1, "too many files");
	else if (!file_read(load, path, &why) && !load->memory)
		load_note(load, path, DETECT_REFUSED, 1, why.text);
	free(path);
}

static void folder_read(struct load *load, const char *path, unsigned depth)
{
	struct names names = { .load = load };

	if (depth > LIMIT_FOLDER_DEPTH)
		load_note(load, path, DETECT_REFUSED, 1, "folders are nested too deeply");
	else if (folder_list(path, names_add, &names) < 0)
		load_note(load, path, DETECT_REFUSED, 1, strerror(errno));
	if (names.count)
		qsort(names.name, names.count, sizeof(*names.name), names_compare);
	for (uint32_t i = 0; i < names.count; i++) {
		if (!load->memory && load->files <= LIMIT_FILES)
			folder_read_name(load, path, names.name[i], depth);
		free(names.name[i]);
	}
	free(names.name);
}

static bool files_ignore(void *user, const char *name, bool folder)
{
	(void)user;
	(void)name;
	(void)folder;
	return false;
}

enum vigil_code files_read(struct load *load, const char *path, struct vigil_error *error)
{
	struct vigil_error why = { 0 };

	if (folder_list(path, files_ignore, NULL) == 0) {
		folder_read(load, path, 0);
		return VIGIL_OK;
	}
	if (errno != ENOTDIR)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "%s: %s", path, strerror(errno));
	if (file_read(load, path, &why) || load->memory)
		return VIGIL_OK;
	if (why.code == VIGIL_ERROR_FORMAT) {
		load_note(load, path, DETECT_REFUSED, 1, why.text);
		return VIGIL_OK;
	}
	return vigil_fail(error, VIGIL_ERROR_USAGE, "%s: %s", path, why.text);
}
