/* SPDX-License-Identifier: MIT */
#include "import/jsonl_container.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "import/jsonl_put.h"
#include "import/jsonl_value.h"

void jsonl_put_container(struct jsonl *j, const struct json_value *line,
			 struct vigil_header *record)
{
	const char *id = jsonl_text(line, "container.id");
	const char *machine = jsonl_text(line, "vigil.machine");
	struct vigil_buffer path = { 0 };

	if (!id && !machine)
		return;
	vigil_put_text(&path, id ? "/lxc/" : "/");
	vigil_put_text(&path, id ? id : machine);
	vigil_put_text(&path, id ? "" : ".libvirt-lxc");
	j->failed |= path.failed;
	if (!path.failed)
		jsonl_put_part(record, VIGIL_CGROUP, 0, 0, path.data, path.length, 0);
	vigil_buffer_free(&path);
}

uint32_t jsonl_put_container_info(struct jsonl *j, const struct json_value *line,
				  struct vigil_header *record, uint8_t flags)
{
	static const struct {
		const char *field, *key;
	} ITEMS[] = { { "container.name", "name" },
		      { "container.image.name", "image" },
		      { "container.runtime", "runtime" },
		      { "orchestrator.resource.name", "pod" },
		      { "orchestrator.namespace", "namespace" },
		      { "orchestrator.resource.id", "pod_uid" } };
	struct vigil_buffer items = { 0 };
	struct jsonl_bytes bytes;
	bool any;

	for (size_t i = 0; i < sizeof ITEMS / sizeof ITEMS[0]; i++) {
		if (jsonl_bytes(line, ITEMS[i].field, &bytes)) {
			vigil_put_text(&items, ITEMS[i].key);
			vigil_put_char(&items, '=');
			vigil_put(&items, bytes.data, bytes.length);
			vigil_put_char(&items, '\0');
		}
		j->failed |= bytes.failed;
		j->unreadable |= bytes.unreadable;
		free(bytes.memory);
	}
	vigil_put_char(&items, '\0');
	if (jsonl_bytes(line, "vigil.container.labels", &bytes))
		vigil_put(&items, bytes.data, bytes.length);
	j->failed |= bytes.failed || items.failed;
	j->unreadable |= bytes.unreadable;
	free(bytes.memory);
	any = items.length > 1 && !items.failed;
	if (any)
		jsonl_put_part(record, VIGIL_CONTAINER_INFO, 0, flags, items.data, items.length, 0);
	vigil_buffer_free(&items);
	return any ? 1u << VIGIL_CONTAINER_INFO : 0;
}
