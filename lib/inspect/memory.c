/* SPDX-License-Identifier: MIT */
#include "inspect/memory.h"

#include <errno.h>
#include <string.h>

#include "core/lru.h"

struct key {
	uint64_t device, inode;
};

struct content {
	struct inspect_file file;
	uint64_t generation;
	int64_t trusted; /* ms; until then it is returned without a request */
	uint32_t known;
	uint8_t build_id_length;
	uint8_t build_id[INSPECT_BUILD_ID_MAX];
	uint8_t sha256[INSPECT_SHA256_BYTES];
};

int memory_open(struct memory *memory)
{
	memory->files = lru_open(sizeof(struct key), sizeof(struct content), MEMORY_FILES);
	return memory->files ? 0 : -ENOMEM;
}

void memory_close(struct memory *memory)
{
	if (memory->files)
		lru_close(memory->files);
	memory->files = NULL;
}

void memory_recall(struct memory *memory, struct inspect_message *message)
{
	const struct key key = { message->request.device, message->request.inode };
	const struct content *content =
	    key.inode && message->request.what & (INSPECT_BUILD_ID | INSPECT_SHA256)
		? lru_find(memory->files, &key)
		: NULL;

	if (!content)
		return;
	message->known = content->known;
	message->file = content->file;
	message->build_id_length = content->build_id_length;
	memcpy(message->build_id, content->build_id, sizeof(message->build_id));
	memcpy(message->sha256, content->sha256, sizeof(message->sha256));
}

static void copy_content(struct content *content, const struct inspect_answer *answer)
{
	if (answer->known & INSPECT_BUILD_ID) {
		content->build_id_length = answer->build_id_length;
		memcpy(content->build_id, answer->build_id, sizeof(content->build_id));
	}
	if (answer->known & INSPECT_SHA256)
		memcpy(content->sha256, answer->sha256, sizeof(content->sha256));
	content->known |= answer->known & (INSPECT_BUILD_ID | INSPECT_SHA256);
}

void memory_keep(struct memory *memory, const struct inspect_request *request,
		 const struct inspect_answer *answer, int64_t now)
{
	const struct key key = { request->device, request->inode };
	struct content new = { .file = answer->file }, *content;

	if (!key.inode || !(answer->known & (INSPECT_BUILD_ID | INSPECT_SHA256)))
		return;
	content = lru_find(memory->files, &key);
	/* A file that changed less than a tick ago may change again without a visible change. */
	if (!answer->settled) {
		if (content)
			content->known = 0;
		return;
	}
	if (content && memcmp(&content->file, &answer->file, sizeof(answer->file)) != 0)
		*content = new;
	if (!content) {
		lru_add(memory->files, &key, &new);
		content = lru_find(memory->files, &key);
	}
	copy_content(content, answer);
	content->generation = request->generation;
	content->trusted = answer->root_only ? now + TRUST_MS : now;
}

const uint8_t *memory_build_id(struct memory *memory, uint64_t device, uint64_t inode,
			       uint64_t generation, int64_t now, size_t *length)
{
	const struct key key = { device, inode };
	const struct content *content = lru_find(memory->files, &key);

	*length = 0;
	if (!content || !(content->known & INSPECT_BUILD_ID) || content->generation != generation ||
	    now >= content->trusted)
		return NULL;
	*length = content->build_id_length;
	return content->build_id;
}
