/* SPDX-License-Identifier: MIT */
/* confine_files.c - which files a process may change: Landlock (Linux 5.13). */
#include "os/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/* What headers of older kernels do not name. */
#define ACCESS_REFER     (1ull << 13) /* ABI 2 */
#define ACCESS_TRUNCATE  (1ull << 14) /* ABI 3 */
#define ACCESS_IOCTL_DEV (1ull << 15) /* ABI 5 */

/* A file's folder: to write files there, make, replace and remove them. */
#define TO_KEEP_FILES \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_TRUNCATE)

/* All that changes something; to read and to list stays allowed everywhere. */
static uint64_t changes(int abi)
{
	uint64_t access = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
			  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			  LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
			  LANDLOCK_ACCESS_FS_MAKE_SYM;

	if (abi >= 2)
		access |= ACCESS_REFER;
	if (abi >= 3)
		access |= ACCESS_TRUNCATE;
	if (abi >= 5)
		access |= ACCESS_IOCTL_DEV;
	return access;
}

int confine_files_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static bool allow_folder(int rules, const char *folder, uint64_t access)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = access };
	bool added;

	beneath.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR; /* nothing to write to */
	added = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
	close(beneath.parent_fd);
	return added;
}

bool confine_files(const char *const *folders, size_t count)
{
	int abi = confine_files_version(), rules, reason;
	struct landlock_ruleset_attr attr = { .handled_access_fs = changes(abi) };
	bool fine;

	if (abi < 0)
		return false;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (rules < 0)
		return false;
	fine = true;
	for (size_t i = 0; fine && i < count; i++)
		fine = allow_folder(rules, folders[i], changes(abi) & TO_KEEP_FILES);
	fine = fine && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	reason = errno;
	close(rules);
	errno = reason;
	return fine;
}
