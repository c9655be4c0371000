/* SPDX-License-Identifier: MIT */
/*
 * format.c - printf as the kernel has it (%wZ, %S, %I64x; %ld is 32 bits), the
 * debugger's log, and the string-safe functions built on it.
 */
#include "sim.h"
#include <ntstrsafe.h>

#define DEBUG_BYTES 512 /* one DbgPrint carries no more (DDI DbgPrint) */

/* ---- the formatter ---- */

struct out {
	char *narrow; /* or */
	PWSTR wide;
	size_t size, used; /* characters; used may exceed size */
	bool unicode;      /* a format was used that needs PASSIVE_LEVEL */
};

static void put(struct out *out, unsigned c)
{
	if (out->used + 1 < out->size) {
		if (out->wide)
			out->wide[out->used] = (WCHAR)c;
		else
			out->narrow[out->used] = (char)(c < 0x80 ? c : '?');
	}
	out->used++;
}

struct spec {
	char flags[8];
	int width, precision; /* -1: none */
	enum {
		SMALL,
		TINY,
		LONG_LONG,
		SIZE,
		WIDE,
		HALF
	} size;
	char conversion;
};

static void put_padded(struct out *out, const struct spec *s, const char *text, size_t count)
{
	bool left = strchr(s->flags, '-') != NULL;
	size_t pad = s->width > 0 && (size_t)s->width > count ? (size_t)s->width - count : 0;

	for (size_t i = 0; !left && i < pad; i++)
		put(out, ' ');
	for (size_t i = 0; i < count; i++)
		put(out, (unsigned char)text[i]);
	for (size_t i = 0; left && i < pad; i++)
		put(out, ' ');
}

static void put_wide(struct out *out, const struct spec *s, PCWSTR text, size_t count)
{
	bool left = strchr(s->flags, '-') != NULL;
	size_t pad;

	if (s->precision >= 0 && (size_t)s->precision < count)
		count = (size_t)s->precision;
	pad = s->width > 0 && (size_t)s->width > count ? (size_t)s->width - count : 0;
	for (size_t i = 0; !left && i < pad; i++)
		put(out, ' ');
	for (size_t i = 0; i < count; i++)
		put(out, text[i]);
	for (size_t i = 0; left && i < pad; i++)
		put(out, ' ');
}

static void put_number(struct out *out, const struct spec *s, unsigned long long value)
{
	char format[32], text[64];
	long long number = (long long)value;

	if (s->size != LONG_LONG && s->size != SIZE) {
		bool is_signed = s->conversion == 'd' || s->conversion == 'i';

		number = s->size == HALF ? (is_signed ? (short)value : (unsigned short)value)
					 : (is_signed ? (int)value : (long long)(unsigned)value);
	}
	if (s->precision >= 0)
		snprintf(format, sizeof(format), "%%%s*.%dll%c", s->flags,
			 s->precision > 40 ? 40 : s->precision, s->conversion);
	else
		snprintf(format, sizeof(format), "%%%s*ll%c", s->flags, s->conversion);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), format, s->width > 40 ? 40 : max(s->width, 0), number);
#pragma GCC diagnostic pop
	for (const char *p = text; *p; p++)
		put(out, (unsigned char)*p);
}

static void put_text(struct out *out, const struct spec *s, const char *text)
{
	size_t count;

	text = text ? text : "(null)";
	count = s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text);
	put_padded(out, s, text, count);
}

static void put_wide_text(struct out *out, const struct spec *s, PCWSTR text)
{
	out->unicode = true;
	text = text ? text : L"(null)";
	put_wide(out, s, text,
		 s->precision >= 0 ? ntsim_wcsnlen(text, (size_t)s->precision)
				   : ntsim_wcslen(text));
}

static void put_counted(struct out *out, const struct spec *s, const void *string)
{
	const UNICODE_STRING *u = string;
	const ANSI_STRING *a = string;

	if (!string || !u->Buffer) {
		put_text(out, s, NULL);
	} else if (s->size == WIDE) {
		out->unicode = true;
		put_wide(out, s, u->Buffer, u->Length / 2u);
	} else {
		put_padded(out, s, a->Buffer, a->Length);
	}
}

static void put_pointer(struct out *out, const struct spec *s, const void *p)
{
	char text[32];

	snprintf(text, sizeof(text), "%016llX", (unsigned long long)(uintptr_t)p);
	put_padded(out, s, text, strlen(text));
}

/* Characters of a format, narrow or wide, as if they were ASCII. */
struct in {
	PCSTR narrow;
	PCWSTR wide;
	size_t at;
};

static unsigned peek(const struct in *in, size_t ahead)
{
	return in->wide ? in->wide[in->at + ahead] : (unsigned char)in->narrow[in->at + ahead];
}

static int parse_number(struct in *in, va_list *arguments)
{
	int value = 0;

	if (peek(in, 0) == '*') {
		in->at++;
		return va_arg(*arguments, int);
	}
	while (peek(in, 0) >= '0' && peek(in, 0) <= '9') {
		value = value < 100000 ? value * 10 + (int)(peek(in, 0) - '0') : value;
		in->at++;
	}
	return value;
}

static void parse_size(struct in *in, struct spec *s)
{
	for (;; in->at++) {
		switch (peek(in, 0)) {
		case 'h':
			s->size = HALF;
			break;
		case 'w':
			s->size = WIDE;
			break;
		case 'l':
			s->size = s->size == TINY ? LONG_LONG : TINY; /* l is 32 bits */
			break;
		case 'z':
		case 't':
			s->size = SIZE;
			break;
		case 'I':
			s->size = SIZE;
			if (peek(in, 1) == '6' && peek(in, 2) == '4')
				in->at += 2;
			else if (peek(in, 1) == '3' && peek(in, 2) == '2')
				s->size = SMALL, in->at += 2;
			break;
		default:
			return;
		}
	}
}

static void parse(struct in *in, struct spec *s, va_list *arguments)
{
	size_t flags = 0;

	*s = (struct spec){ .width = -1, .precision = -1 };
	while (peek(in, 0) && strchr("-+ #0", (int)peek(in, 0)) && flags < sizeof(s->flags) - 1)
		s->flags[flags++] = (char)peek(in, 0), in->at++;
	s->width = parse_number(in, arguments);
	if (peek(in, 0) == '.') {
		in->at++;
		s->precision = parse_number(in, arguments);
	}
	parse_size(in, s);
	s->conversion = (char)peek(in, 0);
	if (s->conversion)
		in->at++;
}

static unsigned long long number_argument(const struct spec *s, va_list *arguments)
{
	if (s->size == LONG_LONG || s->size == SIZE)
		return va_arg(*arguments, unsigned long long);
	return va_arg(*arguments, unsigned);
}

static void convert(struct out *out, const struct spec *s, va_list *arguments)
{
	/* In a wide format, plain %s is wide and %S narrow (MSVC). */
	bool wide = s->size == WIDE || s->size == TINY || (out->wide && s->size != HALF);

	switch (s->conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_number(out, s, number_argument(s, arguments));
		break;
	case 'p':
		put_pointer(out, s, va_arg(*arguments, void *));
		break;
	case 'c':
	case 'C':
		put(out, (unsigned)va_arg(*arguments, int));
		out->unicode |= s->conversion == 'C';
		break;
	case 's':
	case 'S':
		if ((s->conversion == 'S') != wide)
			put_wide_text(out, s, va_arg(*arguments, PCWSTR));
		else
			put_text(out, s, va_arg(*arguments, PCSTR));
		break;
	case 'Z':
		put_counted(out, s, va_arg(*arguments, void *));
		break;
	case '%':
		put(out, '%');
		break;
	default:
		ntsim_bugcheck(NTSIM_MISUSE,
			       "printf: conversion '%c' is not supported in the kernel",
			       s->conversion);
	}
}

static void format_all(struct out *out, struct in *in, va_list arguments)
{
	struct spec spec;
	va_list copy;

	va_copy(copy, arguments);
	while (peek(in, 0)) {
		if (peek(in, 0) != '%') {
			put(out, peek(in, 0));
			in->at++;
			continue;
		}
		in->at++;
		parse(in, &spec, &copy);
		convert(out, &spec, &copy);
	}
	va_end(copy);
	if (out->size && out->wide)
		out->wide[out->used < out->size ? out->used : out->size - 1] = 0;
	else if (out->size)
		out->narrow[out->used < out->size ? out->used : out->size - 1] = 0;
}

void format_text(char *d, size_t size, PCSTR format, va_list arguments, bool *unicode)
{
	struct out out = { .narrow = d, .size = size };
	struct in in = { .narrow = format };

	format_all(&out, &in, arguments);
	if (unicode)
		*unicode = out.unicode;
}

int format_wide(PWSTR d, size_t count, PCWSTR format, va_list arguments)
{
	struct out out = { .wide = d, .size = count };
	struct in in = { .wide = format };

	format_all(&out, &in, arguments);
	return out.used < count ? (int)out.used : -1;
}

static int format_narrow(PSTR d, size_t size, PCSTR format, va_list arguments)
{
	struct out out = { .narrow = d, .size = size };
	struct in in = { .narrow = format };

	format_all(&out, &in, arguments);
	return out.used < size ? (int)out.used : -1;
}

/* ---- the debugger's log ---- */

static char *log_text;
static size_t log_used;

void log_boot(void)
{
	log_shutdown();
	log_text = calloc(1, 1);
}

void log_shutdown(void)
{
	free(log_text);
	log_text = NULL;
	log_used = 0;
}

const char *ntsim_log(void)
{
	return log_text ? log_text : "";
}

void ntsim_log_clear(void)
{
	klock();
	log_used = 0;
	if (log_text)
		log_text[0] = 0;
	kunlock();
}

static void log_append(const char *text)
{
	size_t count = strlen(text);
	char *grown = realloc(log_text, log_used + count + 1);

	if (!grown)
		abort();
	log_text = grown;
	memcpy(log_text + log_used, text, count + 1);
	log_used += count;
}

ULONG vDbgPrintEx(ULONG component, ULONG level, PCSTR format, va_list arguments)
{
	char text[DEBUG_BYTES + 1];
	bool unicode = false;

	(void)component, (void)level;
	ntsim_point();
	format_text(text, sizeof(text), format, arguments, &unicode);
	if (unicode && self()->irql > PASSIVE_LEVEL)
		ntsim_bugcheck(NTSIM_IRQL, "DbgPrint with a Unicode format at IRQL %u: \"%s\"",
			       self()->irql, format);
	klock();
	log_append(text);
	kunlock();
	if (getenv("NTSIM_LOG"))
		fputs(text, stderr);
	return STATUS_SUCCESS;
}

ULONG DbgPrintEx(ULONG component, ULONG level, PCSTR format, ...)
{
	va_list arguments;
	ULONG status;

	va_start(arguments, format);
	status = vDbgPrintEx(component, level, format, arguments);
	va_end(arguments);
	return status;
}

ULONG DbgPrint(PCSTR format, ...)
{
	va_list arguments;
	ULONG status;

	va_start(arguments, format);
	status = vDbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, format, arguments);
	va_end(arguments);
	return status;
}

/* ---- ntstrsafe.h: formatted ---- */

#define OVERFLOW_OR_OK(count) ((count) < 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS)
#define FORMATTED(call) \
	va_list arguments; \
	int count; \
\
	va_start(arguments, format); \
	count = call; \
	va_end(arguments); \
	return OVERFLOW_OR_OK(count)

NTSTATUS RtlStringCbPrintfA(PSTR d, size_t bytes, PCSTR format, ...)
{
	FORMATTED(format_narrow(d, bytes, format, arguments));
}

NTSTATUS RtlStringCchPrintfA(PSTR d, size_t size, PCSTR format, ...)
{
	FORMATTED(format_narrow(d, size, format, arguments));
}

NTSTATUS RtlStringCbPrintfW(PWSTR d, size_t bytes, PCWSTR format, ...)
{
	FORMATTED(format_wide(d, bytes / 2, format, arguments));
}

NTSTATUS RtlStringCchPrintfW(PWSTR d, size_t size, PCWSTR format, ...)
{
	FORMATTED(format_wide(d, size, format, arguments));
}

NTSTATUS RtlStringCbPrintfExA(PSTR d, size_t bytes, PSTR *end, size_t *left, ULONG flags,
			      PCSTR format, ...)
{
	va_list arguments;
	int count;

	(void)flags;
	va_start(arguments, format);
	count = format_narrow(d, bytes, format, arguments);
	va_end(arguments);
	if (end)
		*end = d + strlen(d);
	if (left)
		*left = bytes - strlen(d);
	return OVERFLOW_OR_OK(count);
}

NTSTATUS RtlStringCbVPrintfA(PSTR d, size_t bytes, PCSTR format, va_list arguments)
{
	return OVERFLOW_OR_OK(format_narrow(d, bytes, format, arguments));
}

NTSTATUS RtlStringCchVPrintfA(PSTR d, size_t size, PCSTR format, va_list arguments)
{
	return OVERFLOW_OR_OK(format_narrow(d, size, format, arguments));
}

NTSTATUS RtlStringCbVPrintfW(PWSTR d, size_t bytes, PCWSTR format, va_list arguments)
{
	return OVERFLOW_OR_OK(format_wide(d, bytes / 2, format, arguments));
}

int ntsim_swprintf_s(PWSTR d, size_t size, PCWSTR format, ...)
{
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = format_wide(d, size, format, arguments);
	va_end(arguments);
	if (count < 0)
		ntsim_bugcheck(NTSIM_MISUSE, "swprintf_s: the text does not fit");
	return count;
}
