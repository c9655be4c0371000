/* SPDX-License-Identifier: MIT */
/* sysmon_file.c - Hashes, Signed and SignatureStatus: what was read from a file. */
#include "format/sysmon.h"

#include "record/file_info.h"

#define VALUE(name) void sysmon_##name(struct vigil_buffer *b, const struct vigil_event *event)

/* The result of reading the file, otherwise that of the system: a signature that the system did not
 * check is not reported as false. */
VALUE(signed)
{
	uint8_t level = event->image->signature_level;

	if (event->part[VIGIL_PART_SIGNATURE].length > 0 && !vigil_signature_is(event, "error"))
		put_words(b, vigil_is_signed(event) ? "true" : "false");
	else if (event->record->encoding != VIGIL_UTF16LE || level == 0xff)
		put_missing(b);
	else
		put_words(b, level > 1 ? "true" : "false");
}

/* Begins with a capital letter. For an unsigned file Sysmon reports "Unavailable". */
VALUE(signature_status)
{
	struct vigil_string status =
	    vigil_part_item(event, VIGIL_PART_SIGNATURE, VIGIL_SIGNATURE_STATUS);

	if (vigil_signature_is(event, "unsigned")) {
		put_words(b, "Unavailable");
	} else if (status.length > 0 && status.data[0] >= 'a' && status.data[0] <= 'z') {
		vigil_put_char(b, (char)(status.data[0] - 'a' + 'A'));
		vigil_put_xml(b, status.data + 1, status.length - 1);
	} else {
		put_string(b, status);
	}
}

/* Upper case, as in Sysmon. */
VALUE(hashes)
{
	const struct vigil_string *hash = &event->part[VIGIL_PART_SHA256];

	if (hash->length == 0) {
		put_missing(b);
		return;
	}
	vigil_put_text(b, "SHA256=");
	for (uint32_t i = 0; i < hash->length; i++) {
		unsigned char byte = (unsigned char)hash->data[i];

		vigil_put(b, &"0123456789ABCDEF"[byte >> 4], 1);
		vigil_put(b, &"0123456789ABCDEF"[byte & 15], 1);
	}
}
