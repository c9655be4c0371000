/* SPDX-License-Identifier: MIT */
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli.h"
#include "spool.h"

void sections_free(struct sections *s)
{
	if (!s)
		return;
	output_list_free(&s->list);
	for (size_t i = 0; i < s->count; i++)
		free(s->folder[i]);
	free(s->text);
	free(s);
}

/* A password or a certificate that has changed is a change of the output. */
static uint64_t hash_files(const struct output_settings *output)
{
	static const char END[] = "-file";
	uint64_t hash = 0;
	struct stat st;

	for (size_t i = 0; i < output->own_count; i++) {
		const struct ship_setting *own = &output->own[i];
		size_t length = strlen(own->name), end = sizeof(END) - 1;

		if (length < end || strcmp(own->name + length - end, END) != 0 ||
		    stat(own->value, &st) < 0)
			continue;
		hash = hash * 31 + (uint64_t)st.st_mtim.tv_sec * 1000000000 +
		       (uint64_t)st.st_mtim.tv_nsec;
		hash = hash * 31 + (uint64_t)st.st_size;
		hash = hash * 31 + st.st_ino;
	}
	return hash;
}

static bool read_all(struct sections *s)
{
	struct setting setting = { 0 };
	struct vigil_error error;
	char *at = s->text;

	s->list.only_sending = true;
	while (settings_next(&at, &setting))
		if (!output_setting(&s->list, &setting, &error)) {
			cli_say("%s", error.text);
			return false;
		}
	return output_setting(&s->list, NULL, &error);
}

struct sections *sections_read(char *text, const char *folder)
{
	struct sections *s = calloc(1, sizeof(*s));
	bool fine = s;

	if (!s) {
		free(text);
		return NULL;
	}
	s->text = text;
	spool_host(s->host);
	fine = read_all(s);
	for (size_t i = 0; fine && i < s->list.count; i++) {
		const struct output_settings *output = s->list.output[i];

		if (asprintf(&s->folder[i], "%s/%s", folder, output->name) < 0) {
			fine = false;
			break;
		}
		s->count++;
		s->section[i] = (struct section){
			.options = { .settings = output_ship_settings(output, s->host),
				     .choice = output->options.how.choice,
				     .folder = s->folder[i] },
			.hash = output->hash,
			.files = hash_files(output),
		};
	}
	if (fine)
		return s;
	sections_free(s);
	return NULL;
}

bool section_is_same(const struct section *a, const struct section *b)
{
	return strcmp(a->options.settings.name, b->options.settings.name) == 0 &&
	       a->hash == b->hash && a->files == b->files;
}
