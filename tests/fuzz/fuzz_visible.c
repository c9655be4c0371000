/* SPDX-License-Identifier: MIT */
/* Foreign text of any bytes in every form that is shown: nothing hidden comes out, and JSON
 * has the same value. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_line.h"
#include "core/json_string.h"
#include "core/message.h"
#include "core/unicode.h"
#include "format/format.h"
#include "text/visible.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shown(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code;
		int step = vigil_utf8_step(text + i, length - i, &code);

		if (step < 0 || unicode_class_of(code) == UNICODE_HIDDEN)
			abort();
		i += (size_t)step;
	}
}

VIGIL_PRINTF(3, 4)
static void check_message(char *to, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_format(to, size, format, arguments);
	va_end(arguments);
	check_shown(to, strlen(to));
}

/* Every kind of number, of the bytes of the text. */
static void check_numbers(char *to, const char *text, size_t length)
{
	uint64_t bits = 0;

	memcpy(&bits, text, length < sizeof(bits) ? length : sizeof(bits));
	check_message(to, 300, "%d %-9i|%+d %u %o %#x %X 100%%", (int)bits, (int)bits, (int)bits,
		      (unsigned)bits, (unsigned)bits, (unsigned)bits, (unsigned)bits);
	check_message(to, 300, "%ld %lu %lld %llu %zu %td %jd %ju", (long)bits, (unsigned long)bits,
		      (long long)bits, (unsigned long long)bits, (size_t)bits, (ptrdiff_t)bits,
		      (intmax_t)bits, (uintmax_t)bits);
	check_message(to, 300, "%hhu %hu %020.3f %s %999d", (unsigned char)bits,
		      (unsigned short)bits, (double)bits, (const char *)NULL, 7);
}

static void check_messages(const char *text, size_t length)
{
	char *copy = calloc(1, length + 1), *large = malloc(10 * length + 300), small[33];

	if (!copy || !large)
		abort();
	memcpy(copy, text, length);
	check_message(large, 10 * length + 300, "%s|%-20s|%20.5s|%c", copy, copy, copy,
		      length ? *copy : 'x');
	check_message(small, sizeof(small), "%s: %u", copy, 7u);
	check_message(small, length < sizeof(small) ? length + 1 : 1, "%s", copy);
	check_message(large, 300, "%*s|%-*.*s|%ls", (int)(length % 300), "", 7, (int)length % 9,
		      copy, L"\xd83d\xde00\x1b");
	check_numbers(large, text, length);
	free(copy);
	free(large);
}

static void check_json(struct vigil_buffer *out, const char *text, size_t length)
{
	struct json_reader *reader = json_reader_open();
	const struct json_value *value;
	bool valid;

	if (!reader)
		abort();
	out->length = 0;
	valid = vigil_put_json(out, text, length);
	check_shown(out->data, out->length);
	if (json_read_line(reader, out->data, out->length, &value, NULL) != VIGIL_OK ||
	    value->type != JSON_TEXT)
		abort();
	/* SQLite ends a text at its first NUL. */
	if (valid && !memchr(text, '\0', length) &&
	    (value->text_length != length || memcmp(value->text, text, length) != 0))
		abort();
	json_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct vigil_string s = { text, (uint32_t)size, (uint32_t)size + (size && *data & 1) };
	struct vigil_buffer out = { 0 };

	for (unsigned how = 0; how < 8; how++) {
		out.length = 0;
		visible_put(&out, s, how & 1, how & 2, how & 4 ? 20 : 0);
		check_shown(out.data, out.length);
		visible_quote(&out, out.data, out.length);
	}
	out.length = 0;
	vigil_put_xml(&out, text, size);
	if (out.length)
		check_shown(out.data, out.length);
	check_messages(text, size);
	check_json(&out, text, size);
	visible_base(s, size & 1);
	vigil_buffer_free(&out);
	return 0;
}
