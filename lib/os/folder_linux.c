/* SPDX-License-Identifier: MIT */
#include "os/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static bool entry_is_folder(DIR *folder, const struct dirent *entry)
{
	struct stat file;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(file.st_mode);
}

int folder_list(const char *path, bool (*add)(void *user, const char *name, bool folder),
		void *user)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int reason;

	if (!folder)
		return -1;
	for (;;) {
		errno = 0;
		entry = readdir(folder);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    !add(user, entry->d_name, entry_is_folder(folder, entry)))
			break;
	}
	reason = entry ? 0 : errno;
	closedir(folder);
	errno = reason;
	return reason ? -1 : 0;
}
