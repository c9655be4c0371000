/* SPDX-License-Identifier: MIT */
#include "library.h"

#include <dlfcn.h>
#include <string.h>

#include "core/error.h"

enum vigil_code library_open(const char *library, const char *package, const char *const *names,
			     size_t count, void *calls, struct vigil_error *error)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	char *to = calls;

	if (!handle)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
				  "cannot load %s: %s. To install it: apt install %s", library,
				  dlerror(), package);
	for (size_t i = 0; i < count; i++, to += sizeof(void *)) {
		void *found = dlsym(handle, names[i]);

		if (!found)
			return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
					  "%s is too old: it has no %s.", library, names[i]);
		memcpy(to, &found, sizeof(found));
	}
	return VIGIL_OK;
}
