/* SPDX-License-Identifier: MIT */
/* image.c - image loads, as the memory manager reports them. */
#include "sim.h"

struct load {
	UNICODE_STRING name;
	struct block *name_block, *info_block;
	IMAGE_INFO_EX *info;
};

static void fill_info(IMAGE_INFO *info, HANDLE pid, const struct ntsim_image *spec)
{
	memset(info, 0, sizeof(*info));
	info->ImageAddressingMode = IMAGE_ADDRESSING_MODE_32BIT;
	info->SystemModeImage = pid == NULL;
	info->ImageMappedToAllPids = spec->all_pids;
	info->ImagePartialMap = spec->partial;
	info->ExtendedInfoPresent = !spec->no_extended;
	info->MachineTypeMismatch = spec->other_machine;
	if (version_now() <= NTSIM_WIN81) { /* reserved bits before */
		info->ImageSignatureLevel = spec->signature_level & 15;
		info->ImageSignatureType = spec->signature_type & 7;
	}
	info->ImageBase = spec->base;
	info->ImageSize = spec->size;
}

/* Without the extension the structure begins with IMAGE_INFO and has nothing
 * before it: a driver that does not look at ExtendedInfoPresent faults. */
static PIMAGE_INFO make_info(struct load *load, HANDLE pid, const struct ntsim_image *spec)
{
	size_t size = spec->no_extended ? sizeof(IMAGE_INFO) : sizeof(IMAGE_INFO_EX);
	PIMAGE_INFO info;

	load->info_block = block_new(BLOCK_STRING, size, "IMAGE_INFO");
	if (spec->no_extended) {
		info = (void *)load->info_block->data;
	} else {
		load->info = (void *)load->info_block->data;
		memset(load->info, 0, sizeof(*load->info));
		load->info->Size = sizeof(*load->info);
		info = &load->info->ImageInfo;
		if (!spec->no_file && (spec->file_name || spec->name))
			load->info->FileObject =
			    file_of_image(spec->file_name ? spec->file_name : spec->name);
		if (load->info->FileObject && spec->cleaned_up)
			load->info->FileObject->Flags |= FO_CLEANUP_COMPLETE;
	}
	fill_info(info, pid, spec);
	return info;
}

static void make_name(struct load *load, PCUNICODE_STRING name)
{
	load->name_block = block_new(BLOCK_STRING, name->Length, "FullImageName");
	if (name->Length)
		memcpy(load->name_block->data, name->Buffer, name->Length);
	load->name =
	    (UNICODE_STRING){ name->Length, name->Length, (PWCH)(void *)load->name_block->data };
}

static void enter_context(const struct ntsim_image *spec)
{
	struct host *me = self();

	me->critical++;
	me->guarded += spec->no_apcs;
	if (spec->top_level)
		me->top_level = (PIRP)(ULONG_PTR)1;
}

static void leave_context(const struct ntsim_image *spec)
{
	struct host *me = self();

	me->critical--;
	me->guarded -= spec->no_apcs;
	me->top_level = NULL;
}

void ntsim_image_load(HANDLE pid, const struct ntsim_image *spec)
{
	struct load load = { 0 };
	PIMAGE_INFO info;

	if (pid && !process_find(pid))
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_image_load: no process %u", HandleToUlong(pid));
	info = make_info(&load, pid, spec);
	if (!spec->no_name && spec->name)
		make_name(&load, spec->name);
	enter_context(spec);
	notify_image(load.name_block ? &load.name : NULL, pid, info);
	leave_context(spec);
	if (load.info && load.info->FileObject)
		object_unref(load.info->FileObject);
	if (load.name_block)
		block_free(load.name_block);
	block_free(load.info_block);
}
