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
#define FOLDER_UNIT "/run/vigil-service" /* for the user of the service: vigil.service.in */
#define PREFIX      "rules."
#define PATIENCE_MS 5000
#define LINE_SIZE   4400

/* The start time of a process, in ns since boot; 0: unknown. With the PID it identifies the
 * process. */
static unsigned long long start_time(long pid)
{
	uint64_t tick = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	unsigned long long ticks = 0;
	char path[64], text[1024], *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	boot_clock_init();
	return at && sscanf(at, "%llu", &ticks) == 1 ? boot_clock_from_proc(ticks * tick) : 0;
}

/* The folder to write to. Root writes only where no other user can. */
static const char *own_folder(void)
{
	return geteuid() == 0 ? FOLDER : FOLDER_UNIT;
}

static void format_status_path(char *to, size_t size, const char *suffix)
{
	snprintf(to, size, "%s/" PREFIX "%ld%s", own_folder(), (long)getpid(), suffix);
}

void enforcer_status_write(const char *path, const struct vigil_rules *rules, unsigned loads)
{
	char name[64], temporary[72];
	FILE *file;
	bool whole;
	int fd;

	format_status_path(name, sizeof(name), "");
	format_status_path(temporary, sizeof(temporary), ".new");
	mkdir(own_folder(), 0755);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file)
		return;
	fprintf(file, "%llu %u %s\n", start_time(getpid()), loads, path);
	for (uint32_t i = 0; i < rules->count; i++)
		fprintf(file, "%s %" PRIu64 "\n", rules->rule[i].info.id,
			__atomic_load_n(&rules->rule[i].counter->hits, __ATOMIC_RELAXED));
	fprintf(file, "%s %" PRIu64 "\n", RULES_UNKNOWN_ID,
		__atomic_load_n(&rules->unknown_rule[0].counter->hits, __ATOMIC_RELAXED));
	whole = !ferror(file);
	if (fclose(file) != 0 || !whole || rename(temporary, name) < 0)
		unlink(temporary);
}

void enforcer_status_remove(void)
{
	char name[64];

	format_status_path(name, sizeof(name), "");
	unlink(name);
}

/* ---- the reader ---- */

/* Opens a status file. Does not follow links or wait, because its owner may have replaced it.
 * */
static FILE *open_status(const char *folder, const char *name)
{
	char path[320];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Opens the status file of a running enforcer of the rules file `real`, positioned after its
 * first line. NULL: none. */
static FILE *find_status_in(const char *folder_name, const char *real, unsigned *loads)
{
	DIR *folder = opendir(folder_name);
	struct dirent *entry;
	FILE *found = NULL;
	char line[LINE_SIZE];

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
		if (fgets(line, sizeof(line), found) &&
		    sscanf(line, "%llu %u %n", &ticks, loads, &at) == 2 && at > 0 &&
		    ticks == start_time(pid)) {
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

static FILE *find_status(const char *path, unsigned *loads)
{
	char *real = realpath(path, NULL);
	FILE *found = real ? find_status_in(FOLDER, real, loads) : NULL;

	if (real && !found)
		found = find_status_in(FOLDER_UNIT, real, loads);
	free(real);
	return found;
}

static int compare_ids(const void *left, const void *right)
{
	return strcmp((*(const struct rule *const *)left)->info.id,
		      (*(const struct rule *const *)right)->info.id);
}

static void read_hits(struct vigil_rules *rules, FILE *file)
{
	uint32_t count = rules->count + 1;
	struct rule **sorted = calloc(count, sizeof(*sorted));
	char line[LINE_SIZE], id[80];
	uint64_t hits;

	for (uint32_t i = 0; sorted && i < rules->count; i++)
		sorted[i] = &rules->rule[i];
	if (sorted) {
		sorted[rules->count] = &rules->unknown_rule[0];
		qsort(sorted, count, sizeof(struct rule *), compare_ids);
	}
	while (sorted && fgets(line, sizeof(line), file)) {
		struct rule key = { .info.id = id }, *wanted = &key, **found;

		if (sscanf(line, "%79s %" SCNu64, id, &hits) != 2)
			continue;
		found = bsearch(&wanted, sorted, count, sizeof(struct rule *), compare_ids);
		if (found)
			(*found)->counter->hits = hits;
	}
	free(sorted);
}

bool vigil_rules_read_hits(struct vigil_rules *rules, const char *path)
{
	unsigned loads;
	FILE *file = find_status(path, &loads);

	if (!file)
		return false;
	read_hits(rules, file);
	fclose(file);
	return true;
}

enum vigil_code vigil_rules_install(const char *path, const struct vigil_rules *rules, bool keep,
				    struct vigil_error *error)
{
	int64_t until = os_now_ms() + PATIENCE_MS;
	unsigned before, now;
	FILE *file = find_status(path, &before);

	(void)rules;
	(void)keep; /* the file is persistent by itself */
	if (!file)
		return vigil_fail(
		    error, VIGIL_ERROR_PIPE,
		    "the rules are valid, but no running enforcer was found for %.200s: start "
		    "`vigil run --rules %.200s`",
		    path, path);
	fclose(file);
	if (utimensat(AT_FDCWD, path, NULL, 0) < 0)
		return vigil_fail(error, VIGIL_ERROR_PRIVILEGE, "cannot touch %.200s: %s", path,
				  strerror(errno));
	while (os_now_ms() < until) {
		os_sleep_ms(10);
		file = find_status(path, &now);
		if (file)
			fclose(file);
		if (file && now != before)
			return VIGIL_OK;
	}
	return vigil_fail(
	    error, VIGIL_ERROR_SYSTEM,
	    "the enforcer of %.200s has not loaded the rules within %d s; its log says why", path,
	    PATIENCE_MS / 1000);
}
