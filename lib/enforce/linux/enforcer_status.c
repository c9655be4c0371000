/* SPDX-License-Identifier: MIT */
#include "enforce/linux/enforcer_status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "os/boot_clock.h"
#include "os/os.h"

#define FOLDER      "/run/vigil"
#define FOLDER_UNIT "/run/vigil-service" /* of the service's user: vigil.service.in */
#define PREFIX      "rules."
#define PATIENCE_MS 5000
#define LINE_ROOM   4400

/* When a process began, in ns since boot: with its PID it is that process and no other. */
static unsigned long long began(long pid)
{
	uint64_t tick = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	unsigned long long ticks = 0;
	char path[64], text[1024], *at;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	boot_clock_init();
	return at && sscanf(at, "%llu", &ticks) == 1 ? boot_clock_from_proc(ticks * tick) : 0;
}

/* Root writes only where nobody else does. */
static const char *own_folder(void)
{
	return geteuid() == 0 ? FOLDER : FOLDER_UNIT;
}

static void name_file(char *to, size_t room, const char *behind)
{
	snprintf(to, room, "%s/" PREFIX "%ld%s", own_folder(), (long)getpid(), behind);
}

void inforce_tell(const char *path, const struct vigil_rules *rules, unsigned loads)
{
	char name[64], temporary[72];
	FILE *file;
	bool whole;
	int fd;

	name_file(name, sizeof name, "");
	name_file(temporary, sizeof temporary, ".new");
	mkdir(own_folder(), 0755);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file)
		return;
	fprintf(file, "%llu %u %s\n", began(getpid()), loads, path);
	for (uint32_t i = 0; i < rules->count; i++)
		fprintf(file, "%s %" PRIu64 "\n", rules->rule[i].told.id,
			__atomic_load_n(&rules->rule[i].counter->hits, __ATOMIC_RELAXED));
	fprintf(file, "%s %" PRIu64 "\n", RULES_UNKNOWN_ID,
		__atomic_load_n(&rules->unknown_rule[0].counter->hits, __ATOMIC_RELAXED));
	whole = !ferror(file);
	if (fclose(file) != 0 || !whole || rename(temporary, name) < 0)
		unlink(temporary);
}

void inforce_forget(void)
{
	char name[64];

	name_file(name, sizeof name, "");
	unlink(name);
}

/* ---- the other side ---- */

/* Opens a status file, whatever its owner made of it. */
static FILE *open_status(const char *folder, const char *name)
{
	char path[320];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Opens what an enforcer of this file says; after its first line. NULL: none. */
static FILE *find_in(const char *folder_name, const char *real, unsigned *loads)
{
	DIR *folder = opendir(folder_name);
	struct dirent *entry;
	FILE *found = NULL;
	char line[LINE_ROOM];

	while (!found && folder && (entry = readdir(folder)) != NULL) {
		unsigned long long ticks;
		int at = 0;
		long pid;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    (pid = atol(entry->d_name + strlen(PREFIX))) <= 0)
			continue;
		found = open_status(folder_name, entry->d_name);
		if (!found)
			continue;
		if (fgets(line, sizeof line, found) &&
		    sscanf(line, "%llu %u %n", &ticks, loads, &at) == 2 && at > 0 &&
		    ticks == began(pid)) {
			line[strcspn(line, "\n")] = '\0';
			if (strcmp(line + at, real) == 0)
				break;
		}
		fclose(found);
		found = NULL;
	}
	if (folder)
		closedir(folder);
	return found;
}

static FILE *find(const char *path, unsigned *loads)
{
	char *real = realpath(path, NULL);
	FILE *found = real ? find_in(FOLDER, real, loads) : NULL;

	if (real && !found)
		found = find_in(FOLDER_UNIT, real, loads);
	free(real);
	return found;
}

static int by_id(const void *left, const void *right)
{
	return strcmp((*(const struct rule *const *)left)->told.id,
		      (*(const struct rule *const *)right)->told.id);
}

static void take_hits(struct vigil_rules *rules, FILE *file)
{
	uint32_t count = rules->count + 1;
	struct rule **sorted = calloc(count, sizeof *sorted);
	char line[LINE_ROOM], id[80];
	uint64_t hits;

	for (uint32_t i = 0; sorted && i < rules->count; i++)
		sorted[i] = &rules->rule[i];
	if (sorted) {
		sorted[rules->count] = &rules->unknown_rule[0];
		qsort(sorted, count, sizeof(struct rule *), by_id);
	}
	while (sorted && fgets(line, sizeof line, file)) {
		struct rule key = { .told.id = id }, *wanted = &key, **found;

		if (sscanf(line, "%79s %" SCNu64, id, &hits) != 2)
			continue;
		found = bsearch(&wanted, sorted, count, sizeof(struct rule *), by_id);
		if (found)
			(*found)->counter->hits = hits;
	}
	free(sorted);
}

bool rules_count_hits(struct vigil_rules *rules, const char *path)
{
	unsigned loads;
	FILE *file = find(path, &loads);

	if (!file)
		return false;
	take_hits(rules, file);
	fclose(file);
	return true;
}

enum vigil_code rules_install(const char *path, const struct vigil_rules *rules, bool keep,
			      struct vigil_error *error)
{
	int64_t until = os_now_ms() + PATIENCE_MS;
	unsigned before, now;
	FILE *file = find(path, &before);

	(void)rules;
	(void)keep; /* the file itself is what is kept */
	if (!file)
		return vigil_fail(
		    error, VIGIL_ERROR_PEER,
		    "the rules are fine, but nobody enforces %.200s now: start `vigil run "
		    "--rules %.200s`",
		    path, path);
	fclose(file);
	if (utimensat(AT_FDCWD, path, NULL, 0) < 0)
		return vigil_fail(error, VIGIL_ERROR_PRIVILEGE, "cannot touch %.200s: %s", path,
				  strerror(errno));
	while (os_now_ms() < until) {
		os_sleep_ms(10);
		file = find(path, &now);
		if (file)
			fclose(file);
		if (file && now != before)
			return VIGIL_OK;
	}
	return vigil_fail(error, VIGIL_ERROR_SYSTEM,
			  "who enforces %.200s has not taken the rules in %d s; its log says why",
			  path, PATIENCE_MS / 1000);
}
