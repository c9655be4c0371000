/* SPDX-License-Identifier: MIT */
/* resolve.c - resolves the names in rules on Linux: targets of links, inodes, hashes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/error.h"
#include "enforce/enforce.h"

const char *vigil_rules_file(void)
{
	return "/etc/vigil/rules";
}

int rules_locate(const char *path, char *to, size_t size, struct rules_file *file)
{
	char *real;
	struct stat st;
	bool found;

	*file = (struct rules_file){ 0 };
	errno = 0;
	real = path[0] == '/' ? realpath(path, NULL) : NULL;
	if (!real && errno == ENOMEM)
		return -1;
	found = real && strlen(real) < size && stat(real, &st) == 0;
	if (found) {
		snprintf(to, size, "%s", real);
		*file = (struct rules_file){ st.st_dev, st.st_ino };
	}
	free(real);
	return found;
}

static bool hash_content(int fd, uint8_t hash[RULES_HASH_BYTES])
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool whole = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
	unsigned length = 0;
	char chunk[65536];
	ssize_t got = 1;

	while (whole && (got = read(fd, chunk, sizeof(chunk))) > 0)
		whole = EVP_DigestUpdate(digest, chunk, (size_t)got);
	whole = whole && got == 0 && EVP_DigestFinal_ex(digest, hash, &length);
	EVP_MD_CTX_free(digest);
	return whole;
}

bool rules_hash_file(const char *path, uint8_t hash[RULES_HASH_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool known;

	if (fd < 0)
		return false;
	known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && hash_content(fd, hash);
	close(fd);
	return known;
}

/* Resolves the links in the part of the path that exists. The caller frees the result. NULL:
 * out of memory. */
static char *real_path(const char *path)
{
	char *copy = strdup(path), *slash = NULL, *real = copy ? realpath(copy, NULL) : NULL, *all;

	while (copy && !real && (slash = strrchr(copy, '/')) != NULL && slash != copy) {
		*slash = '\0';
		real = realpath(copy, NULL);
	}
	if (!copy || !real || strlen(real) == strlen(path)) {
		free(copy);
		return real ? real : strdup(path);
	}
	path += strlen(copy);
	free(copy);
	if (!slash || !*path)
		return real;
	all = malloc(strlen(real) + strlen(path) + 1);
	if (all)
		sprintf(all, "%s%s", strcmp(real, "/") == 0 ? "" : real, path);
	free(real);
	return all;
}

static enum vigil_code resolve_path(struct vigil_rules *rules, uint32_t number)
{
	const char *value = rules->rule[number].info.value;
	char *real = real_path(value);
	enum vigil_code code = real ? VIGIL_OK : VIGIL_ERROR_MEMORY;
	struct stat st;

	if (real && strcmp(real, value) != 0)
		code = rules_add_key(rules, number, VIGIL_TARGET_PATH, real, strlen(real));
	if (code == VIGIL_OK && stat(real, &st) == 0 && S_ISREG(st.st_mode)) {
		struct rules_file file = { st.st_dev, st.st_ino };

		code = rules_add_key(rules, number, RULES_KEY_FILE, &file, sizeof(file));
	}
	free(real);
	return code;
}

static enum vigil_code resolve_folder(struct vigil_rules *rules, uint32_t number)
{
	char value[PATH_MAX + 1], *real;
	size_t length = strlen(rules->rule[number].info.value);
	enum vigil_code code = VIGIL_OK;

	if (length >= PATH_MAX)
		return VIGIL_OK; /* no folder has such a long path */
	memcpy(value, rules->rule[number].info.value, length + 1);
	if (length > 1 && value[length - 1] == '/')
		value[length - 1] = '\0';
	real = real_path(value);
	if (!real)
		return VIGIL_ERROR_MEMORY;
	if (strcmp(real, value) != 0) {
		length = strlen(real);
		memcpy(value, real, length < PATH_MAX ? length : 0);
		if (length < PATH_MAX && value[length - 1] != '/')
			value[length++] = '/';
		code = rules_add_key(rules, number, VIGIL_TARGET_FOLDER, value, length);
	}
	free(real);
	return code;
}

static enum vigil_code resolve_parent(struct vigil_rules *rules, struct rule *rule)
{
	const char *parent = rule->info.parent ? rule->info.parent : rule->info.ancestor;
	char *real;
	bool kept;

	if (!parent || rule->parents.name || rule->parents.wildcard)
		return VIGIL_OK;
	real = real_path(parent);
	kept = real &&
	       (strcmp(real, parent) == 0 || rules_set_parent(rules, &rule->resolved_parent, real));
	free(real);
	return kept ? VIGIL_OK : VIGIL_ERROR_MEMORY;
}

enum vigil_code rules_resolve(struct vigil_rules *rules, struct vigil_error *error)
{
	enum vigil_code code = VIGIL_OK;

	for (uint32_t i = 0; i < rules->count && code == VIGIL_OK; i++) {
		struct rule *rule = &rules->rule[i];

		if (rule->info.target == VIGIL_TARGET_PATH)
			code = resolve_path(rules, i);
		else if (rule->info.target == VIGIL_TARGET_FOLDER)
			code = resolve_folder(rules, i);
		if (code == VIGIL_OK)
			code = resolve_parent(rules, rule);
	}
	if (code == VIGIL_OK && rules_index(rules))
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
}
