/* SPDX-License-Identifier: MIT */
/*
 * seeds.c - the small drivers' design, plainly: an allocation per event, a linked
 * list under a fast mutex with a limit, the oldest freed; a read takes one item
 * after the other, each under the mutex, copies and frees it.
 */
#include "bench.h"

#include <string.h>

#define LIMIT 10000
#define TAG   0x64656553u

struct node {
	LIST_ENTRY link;
	struct {
		INT16 type;
		UINT16 size;
		INT64 time;
		UINT32 pid, image_size;
		UINT64 base;
		WCHAR name[301];
	} item;
};

static FAST_MUTEX mutex;
static LIST_ENTRY head;
static int count;
static long delivered_count;

static void start(void)
{
	ExInitializeFastMutex(&mutex);
	InitializeListHead(&head);
	count = 0;
	delivered_count = 0;
}

static void push(struct node *node)
{
	PLIST_ENTRY oldest = NULL;

	ExAcquireFastMutex(&mutex);
	if (count == LIMIT)
		oldest = RemoveHeadList(&head);
	else
		count++;
	InsertTailList(&head, &node->link);
	ExReleaseFastMutex(&mutex);
	if (oldest != NULL)
		ExFreePoolWithTag(CONTAINING_RECORD(oldest, struct node, link), TAG);
}

static void capture(const UNICODE_STRING *path, UINT32 pid, UINT64 base)
{
	struct node *node = ExAllocatePoolWithTag(PagedPool, sizeof(*node), TAG);
	LARGE_INTEGER time;
	size_t length = path->Length;

	if (node == NULL)
		return;
	memset(node, 0, sizeof(*node)); /* or old memory would reach user mode */
	bench_system_time(&time);
	node->item.time = time.QuadPart;
	node->item.type = 5;
	node->item.size = sizeof(node->item);
	node->item.pid = pid;
	node->item.image_size = 4096;
	node->item.base = base;
	if (length > 600)
		length = 600;
	memcpy(node->item.name, path->Buffer, length);
	push(node);
}

static ULONG read_items(PUCHAR buffer, ULONG room)
{
	ULONG taken = 0;

	while (room - taken >= sizeof(((struct node *)0)->item)) {
		struct node *node;

		ExAcquireFastMutex(&mutex);
		if (IsListEmpty(&head)) {
			ExReleaseFastMutex(&mutex);
			break;
		}
		node = CONTAINING_RECORD(RemoveHeadList(&head), struct node, link);
		count--;
		ExReleaseFastMutex(&mutex);
		memcpy(buffer + taken, &node->item, sizeof(node->item));
		taken += (ULONG)sizeof(node->item);
		ExFreePoolWithTag(node, TAG);
		delivered_count++;
	}
	return taken;
}

static long delivered(void)
{
	return delivered_count;
}

static void stop(void)
{
	while (!IsListEmpty(&head))
		ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&head), struct node, link), TAG);
}

const struct design seeds_design = { "seeds", start, capture, read_items, delivered, stop };
