/* SPDX-License-Identifier: MIT */
/* Settings files with arbitrary bytes: each setting is inside the text, on a separate line.
 * The first byte selects the kind of file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_settings(char *text)
{
	size_t length = strlen(text);
	struct setting setting = { 0 };
	unsigned before = 0;
	char *at = text;

	while (settings_next(&at, &setting)) {
		bool yes;

		if (setting.line <= before || at > text + length)
			abort();
		before = setting.line;
		if (strchr(setting.name, '\n') || strchr(setting.value, '\n') ||
		    strchr(setting.name, '='))
			abort();
		settings_yes_no(setting.value, &yes);
	}
	if (*at)
		abort();
}

static const char *name_file(char *name, size_t size, int fd, uint8_t kind)
{
	switch (kind) {
	case 1:
		return "/nowhere/at/all";
	case 2:
		return "/";
	case 3:
		return "/dev/null";
	default:
		snprintf(name, size, "/proc/self/fd/%d", fd);
		return name;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t kind = size ? data[0] : 0;
	int fd = memfd_create("settings", MFD_CLOEXEC);
	struct vigil_error error;
	enum vigil_code code;
	char name[64], *text;

	if (fd < 0 || (size && write(fd, data + 1, size - 1) < 0) ||
	    (kind == 4 && ftruncate(fd, SETTINGS_BYTES_MAX + 1) < 0))
		abort();
	code = settings_read(&text, name_file(name, sizeof(name), fd, kind), kind != 1 || size % 2,
			     &error);
	close(fd);
	if (code == VIGIL_OK)
		check_settings(text);
	else if (error.code != code || !*error.text)
		abort();
	free(text);
	return 0;
}
