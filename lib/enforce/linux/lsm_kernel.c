/* SPDX-License-Identifier: MIT */
#include "enforce/linux/lsm_kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/error.h"
#include "os/kernel_types.h"
#include "os/os.h"

#define LSM_LIST "/sys/kernel/security/lsm"

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/* Whether the kernel's configuration file has that line. */
static bool is_configured(const char *release, const char *line)
{
	char path[128], text[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/boot/config-%.64s", release);
	file = fopen(path, "re");
	while (file && !found && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		found = strcmp(text, line) == 0;
	}
	if (file)
		fclose(file);
	return found;
}

/* Whether the kernel can preempt a task while it runs a BPF program. */
static bool may_preempt(const struct utsname *name)
{
	char text[4096];

	if (!strstr(name->version, "PREEMPT"))
		return false;
	if (os_read_line(AT_FDCWD, "/sys/kernel/debug/sched/preempt", text, sizeof(text)))
		return !strstr(text, "(none)") && !strstr(text, "(voluntary)");
	if (os_read_line(AT_FDCWD, "/proc/cmdline", text, sizeof(text)) && strstr(text, "preempt="))
		return !strstr(text, "preempt=none") && !strstr(text, "preempt=voluntary");
	return !is_configured(name->release, "CONFIG_PREEMPT_VOLUNTARY=y") &&
	       !is_configured(name->release, "CONFIG_PREEMPT_NONE=y");
}

static enum vigil_code check_release(struct vigil_error *error)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	if (sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return VIGIL_OK;
	/* Before Linux 6.2 (271de525e1d7) the kernel skipped a program on a CPU on which a
	 * task had been preempted in it, and so allowed the exec. */
	if ((major < 6 || (major == 6 && minor < 2)) && may_preempt(&name))
		return vigil_fail(
		    error, VIGIL_ERROR_UNSUPPORTED,
		    "Linux %u.%u skips BPF LSM programs on a CPU where one was preempted: "
		    "boot with preempt=voluntary, or use Linux 6.2 or later",
		    major, minor);
	return VIGIL_OK;
}

static enum vigil_code check_functions(const struct kernel_types *types, struct vigil_error *error)
{
	bool hook = kernel_types_has_function(types, "bpf_lsm_bprm_check_security");
	bool loop = kernel_types_has_function(types, "bpf_loop");

	if (!hook)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "this kernel was built without CONFIG_BPF_LSM");
	return loop ? VIGIL_OK
		    : vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				 "this kernel is older than Linux 5.17 (bpf_loop)");
}

bool lsm_is_listed(void)
{
	char list[200];

	return os_read_line(AT_FDCWD, LSM_LIST, list, sizeof(list)) && has_word(list, "bpf");
}

enum vigil_code lsm_check_kernel(const struct kernel_types *types, struct vigil_error *error)
{
	enum vigil_code code = check_functions(types, error);
	char list[200];

	/* If the list cannot be read, a trial exec shows it later. */
	if (code == VIGIL_OK && os_read_line(AT_FDCWD, LSM_LIST, list, sizeof(list)) && *list &&
	    !has_word(list, "bpf"))
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "bpf is not in the kernel's list of LSMs: boot with lsm=%s,bpf",
				  list);
	return code == VIGIL_OK ? check_release(error) : code;
}
