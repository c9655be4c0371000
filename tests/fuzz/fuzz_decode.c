/* SPDX-License-Identifier: MIT */
/*
 * Records of any bytes: decoded, learned by a table, shown in every format, asked
 * for every field, gathered into a tree. The first byte chooses how.
 */
#include <stdlib.h>
#include <string.h>

#include "stream.h"
#include "views/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REPAIR 1
#define COLOR  2
#define NARROW 4
#define UTC    8
#define WHOLE  16 /* a tree of all, else of PID 1 and what it starts */

static void print(struct vigil_printer *const *printers, const struct vigil_event *event)
{
	for (int format = VIGIL_FORMAT_TEXT; format <= VIGIL_FORMAT_SYSMON; format++) {
		size_t length;
		const char *text = vigil_print(printers[format], event, &length);

		/* One line, whatever is in it; a table or text may take several. */
		if (!text || (length && text[length - 1] != '\n'))
			abort();
		if (format >= VIGIL_FORMAT_JSON && length &&
		    memchr(text, '\n', length) != text + length - 1)
			abort();
		if (memchr(text, '\x1b', length) && format >= VIGIL_FORMAT_JSON)
			abort();
	}
}

static void ask(const struct vigil_event *event)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	for (size_t i = 0; i < count; i++) {
		struct vigil_value value;

		if (!fields[i].get(event, &value))
			continue;
		if (fields[i].kind >= VIGIL_VALUE_STRING && !value.s.data)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vigil_printer *printers[VIGIL_FORMAT_SYSMON + 1];
	struct vigil_printer_options options = { .size = sizeof(options) };
	struct vigil_buffer out = { 0 };
	struct tree_view view = { .which = TREE_KERNEL };
	struct stream stream;
	struct tree *tree = tree_new(size && *data & WHOLE ? 0 : 1, 0, 50);

	if (!size || !tree) {
		tree_free(tree);
		return 0;
	}
	options.color = *data & COLOR;
	options.width = *data & NARROW ? 40 : 0;
	options.utc = *data & UTC;
	for (int format = VIGIL_FORMAT_TEXT; format <= VIGIL_FORMAT_SYSMON; format++) {
		options.format = (enum vigil_format)format;
		printers[format] = vigil_printer_new(&options);
		if (!printers[format])
			abort();
	}
	stream_open(&stream, data + 1, size - 1, *data & REPAIR);
	while (stream_next(&stream)) {
		print(printers, &stream.event);
		ask(&stream.event);
		tree_apply(tree, &stream.event);
	}
	view.width = options.width;
	view.color = options.color;
	tree_print(tree, &out, &view);
	vigil_buffer_free(&out);
	stream_close(&stream);
	for (int format = VIGIL_FORMAT_TEXT; format <= VIGIL_FORMAT_SYSMON; format++)
		vigil_printer_free(printers[format]);
	tree_free(tree);
	return 0;
}
