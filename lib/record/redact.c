/* SPDX-License-Identifier: MIT */
#include "record/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "record/builder.h"
#include "record/decode.h"

#define NAMES_MAX      128
#define NAME_MAX_BYTES 64          /* of a name before = or : */
#define TEXT_MAX_BYTES (64u << 10) /* of a value without secrets; the rest is cut */

struct redactor {
	enum vigil_redact mode;
	uint64_t key[2];
	char *own; /* copy of the names */
	struct name {
		const char *text;
		size_t length;
	} names[NAMES_MAX];
	size_t count;
	uint8_t ends[(1u << 16) / 8]; /* which two characters a name may end with */
	/* The value that is being written: */
	char out[TEXT_MAX_BYTES], plain[TEXT_MAX_BYTES * 2];
	size_t length;
	bool found, full;
	union {
		struct vigil_header header;
		uint8_t bytes[VIGIL_RECORD_MAX];
	} record;
};

/* A name ends with one of these: db-password, AWS_SECRET_ACCESS_KEY. - and _ are equal. */
static const char *const NAMES[] = { "password",      "passwd",        "passphrase", "secret",
				     "token",         "api-key",       "apikey",     "access-key",
				     "private-key",   "client-secret", "credential", "credentials",
				     "authorization", "auth-key",      "cookie",     "signature",
				     "session-key",   "encryption-key" };

/* ---- a keyed hash: SipHash-2-4 ---- */

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix_rounds(uint64_t v[4], int rounds)
{
	for (int i = 0; i < rounds; i++) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static uint64_t keyed_hash(const uint64_t key[2], const char *data, size_t length)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
			  key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	size_t rest = length % 8;
	uint64_t word;

	for (size_t i = 0; i + 8 <= length; i += 8) {
		memcpy(&word, data + i, 8);
		v[3] ^= word;
		mix_rounds(v, 2);
		v[0] ^= word;
	}
	word = (uint64_t)length << 56;
	for (size_t i = 0; i < rest; i++)
		word |= (uint64_t)(unsigned char)data[length - rest + i] << 8 * i;
	v[3] ^= word;
	mix_rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	mix_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void redact_make_key(const char *text, uint64_t key[2])
{
	static const uint64_t FIRST[2] = { 1, 2 }, SECOND[2] = { 3, 4 };

	key[0] = keyed_hash(FIRST, text, strlen(text));
	key[1] = keyed_hash(SECOND, text, strlen(text));
}

/* ---- preparation ---- */

static char fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c == '_' ? '-' : c);
}

static unsigned ending_of(const char *end)
{
	return (unsigned)(unsigned char)fold(end[-2]) << 8 | (unsigned char)fold(end[-1]);
}

/* A name of one character would be found in too many words. */
static void add_name(struct redactor *r, const char *text, size_t length)
{
	unsigned ending;

	if (length < 2 || length > NAME_MAX_BYTES || r->count == NAMES_MAX)
		return;
	ending = ending_of(text + length);
	r->ends[ending / 8] |= (uint8_t)(1u << ending % 8);
	r->names[r->count++] = (struct name){ text, length };
}

struct redactor *redactor_new(enum vigil_redact mode, const char *names, const uint64_t key[2])
{
	struct redactor *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	r->mode = mode;
	memcpy(r->key, key, sizeof(r->key));
	r->count = 0;
	memset(r->ends, 0, sizeof(r->ends));
	r->own = strdup(names ? names : "");
	if (!r->own) {
		free(r);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		add_name(r, NAMES[i], strlen(NAMES[i]));
	for (const char *at = r->own; *at; at += strspn(at, ", \t\r\n")) {
		size_t length = strcspn(at, ", \t\r\n");

		add_name(r, at, length);
		at += length;
	}
	return r;
}

void redactor_free(struct redactor *r)
{
	if (r)
		free(r->own);
	free(r);
}

/* ---- the value without secrets ---- */

static void put_text(struct redactor *r, const char *from, size_t length)
{
	size_t space = sizeof(r->out) - r->length;

	if (length > space) {
		r->full = true;
		length = space;
	}
	memcpy(r->out + r->length, from, length);
	r->length += length;
}

static void put_mark(struct redactor *r, const char *secret, size_t length)
{
	char mark[32] = "[redacted]";

	if (r->mode == VIGIL_REDACT_HASH)
		snprintf(mark, sizeof(mark), "[secret:%016llx]",
			 (unsigned long long)keyed_hash(r->key, secret, length));
	put_text(r, mark, strlen(mark));
	r->found = true;
}

/* ---- finding secrets ---- */

struct scan {
	struct redactor *r;
	const char *text, *end;
	const char *done; /* what was written so far */
	const char *at;
	bool is_list; /* arguments, each ended by a NUL */
	char program; /* of the last known program: m mysql, s sshpass, c curl; 0: another */
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static bool is_blank(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

static bool ends_with(const char *end, size_t length, const struct name *name)
{
	if (name->length > length)
		return false;
	for (size_t i = 1; i <= name->length; i++)
		if (fold(end[-(ptrdiff_t)i]) != fold(name->text[name->length - i]))
			return false;
	return true;
}

/* Returns the beginning of the name that ends at `end`, if it is one of a secret; otherwise NULL. */
static const char *secret_name(const struct scan *s, const char *end)
{
	const char *from = end;
	unsigned ending;

	if (end - s->done < 2)
		return NULL;
	ending = ending_of(end);
	if (!(s->r->ends[ending / 8] >> ending % 8 & 1))
		return NULL;
	while (from > s->done && end - from < NAME_MAX_BYTES && is_name_char(from[-1]))
		from--;
	for (size_t i = 0; i < s->r->count && from < end; i++)
		if (ends_with(end, (size_t)(end - from), &s->r->names[i]))
			return from;
	return NULL;
}

/* Returns where a value ends that belongs to a word beginning at `word`: with the argument, at the
 * quote that was opened before the word or the value, or at a blank. */
static const char *value_end(const struct scan *s, const char *word, const char *value)
{
	bool begins = word == s->text || word[-1] == '\0';
	char quote = !begins && is_quote(word[-1]) ? word[-1] : '\0';
	const char *end = value;

	if (s->is_list && begins) {
		end = memchr(value, '\0', (size_t)(s->end - value));
		return end ? end : s->end;
	}
	if (!quote && value > s->text && is_quote(value[-1]))
		quote = value[-1];
	while (end < s->end && *end != '\0' &&
	       (quote ? *end != quote : !is_blank(*end) && !is_quote(*end) && *end != '&'))
		end++;
	return end;
}

/* Writes what is before a secret, and a mark instead of it. */
static void replace(struct scan *s, const char *from, const char *end)
{
	if (from >= end)
		return;
	put_text(s->r, s->done, (size_t)(from - s->done));
	put_mark(s->r, from, (size_t)(end - from));
	s->done = s->at = end;
}

/* NAME=VALUE, NAME: VALUE, "NAME": "VALUE". s->at is after the separator. */
static void look_at_assignment(struct scan *s)
{
	const char *end = s->at - 1, *word, *value = s->at;

	if (end > s->done && is_quote(end[-1]))
		end--;
	word = secret_name(s, end);
	if (!word)
		return;
	if (s->at[-1] == ':')
		while (value < s->end && *value == ' ')
			value++;
	if (value < s->end && is_quote(*value) && !(s->is_list && (word == s->text || !word[-1])))
		value++;
	replace(s, value, value_end(s, word, value));
}

/* --NAME VALUE. s->at is after the separator, a blank or the NUL of an argument. */
static void look_at_option(struct scan *s)
{
	const char *word = secret_name(s, s->at - 1), *value = s->at;

	if (!word || *word != '-')
		return;
	if (s->at[-1] == '\0') {
		replace(s, value, value_end(s, value, value));
		return;
	}
	if (value < s->end && is_quote(*value))
		value++;
	replace(s, value, value_end(s, value, value));
}

/* ://USER:PASSWORD@HOST. s->at is after ://. */
static void look_at_url(struct scan *s)
{
	const char *end = s->at, *colon = NULL, *host = NULL;

	for (; end < s->end && !is_blank(*end) && !is_quote(*end) && *end != '/' && *end != '?' &&
	       *end != '#';
	     end++) {
		if (*end == ':' && !colon)
			colon = end;
		if (*end == '@')
			host = end;
	}
	if (colon && host && colon < host)
		replace(s, colon + 1, host);
}

/* The program at `at`, the beginning of a word or of the last part of a path. */
static void look_at_program(struct scan *s, const char *at)
{
	static const struct {
		const char *beginning;
		char program;
	} PROGRAMS[] = { { "mysql", 'm' },   { "mariadb", 'm' }, { "mycli", 'm' },
			 { "sshpass", 's' }, { "curl", 'c' },    { "wget", 'c' } };

	if (at == s->end || (*at != 'm' && *at != 's' && *at != 'c' && *at != 'w'))
		return;
	for (size_t i = 0; i < sizeof(PROGRAMS) / sizeof(PROGRAMS[0]); i++) {
		size_t length = strlen(PROGRAMS[i].beginning);

		if ((size_t)(s->end - at) >= length &&
		    memcmp(at, PROGRAMS[i].beginning, length) == 0)
			s->program = PROGRAMS[i].program;
	}
}

/* -u USER:PASSWORD, -uUSER:PASSWORD, --user USER:PASSWORD; the option ends at `end`. */
static void look_at_curl_user(struct scan *s, const char *end)
{
	size_t length = (size_t)(end - s->at);
	bool apart = length == 2 || (length == 6 && memcmp(s->at, "--user", 6) == 0);
	const char *user = apart ? end + 1 : s->at + 2, *last, *colon;

	if ((!apart && s->at[1] != 'u') || (length == 2 && s->at[1] != 'u') || user >= s->end)
		return;
	last = value_end(s, user, user);
	colon = memchr(user, ':', (size_t)(last - user));
	if (colon)
		replace(s, colon + 1, last);
}

/* A word: a program, or an option without a name of one. s->at is its beginning. */
static void look_at_word(struct scan *s)
{
	const char *end = s->at;

	look_at_program(s, s->at);
	if (!s->program || s->at == s->end || *s->at != '-')
		return;
	while (end < s->end && !is_blank(*end) && !is_quote(*end))
		end++;
	if (end - s->at < 2)
		return;
	if ((s->program == 'm' || s->program == 's') && s->at[1] == 'p' && end - s->at > 2)
		replace(s, s->at + 2, value_end(s, s->at, s->at + 2));
	else if (s->program == 's' && s->at[1] == 'p' && end < s->end)
		replace(s, end + 1, value_end(s, end + 1, end + 1));
	else if (s->program == 'c')
		look_at_curl_user(s, end);
}

/* The id of an AWS access key: AKIA or ASIA and 16 capital letters and digits. */
static void look_at_key(struct scan *s)
{
	const char *at = s->at;
	size_t length = 0;

	if (s->end - at < 20 || (memcmp(at, "AKIA", 4) != 0 && memcmp(at, "ASIA", 4) != 0) ||
	    (at > s->text && is_name_char(at[-1])))
		return;
	while (
	    at + length < s->end && length < 21 &&
	    ((at[length] >= 'A' && at[length] <= 'Z') || (at[length] >= '0' && at[length] <= '9')))
		length++;
	if (length == 20)
		replace(s, at, at + length);
}

static void look_at_char(struct scan *s)
{
	char c = *s->at;
	const char *before = s->at;

	if (c == 'A')
		look_at_key(s);
	else if (c == '/' || c == '\\')
		look_at_program(s, s->at + 1);
	if (s->at == before)
		s->at++;
	if (s->at != before + 1)
		return;
	if (c == '=' || c == ':')
		look_at_assignment(s);
	if (s->at == before + 1 && c == ':' && s->end - s->at > 2 && s->at[0] == '/' &&
	    s->at[1] == '/') {
		s->at += 2;
		look_at_url(s);
	} else if (s->at == before + 1 && is_blank(c)) {
		look_at_option(s);
		if (s->at == before + 1)
			look_at_word(s);
	} else if (s->at == before + 1 && is_quote(c)) {
		look_at_word(s);
	}
}

/* Writes a text without secrets to r->out. Returns whether there were any. */
static bool redact_text(struct redactor *r, const char *text, size_t length, bool is_list)
{
	static const char INTERESTING[256] = {
		['\0'] = 1, [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\r'] = 1, ['"'] = 1,
		['\''] = 1, ['='] = 1, [':'] = 1,  ['A'] = 1,  ['/'] = 1,  ['\\'] = 1
	};
	struct scan s = { r, text, text + length, text, text, is_list, '\0' };

	r->length = 0;
	r->found = r->full = false;
	look_at_word(&s);
	while (s.at < s.end)
		if (INTERESTING[(unsigned char)*s.at])
			look_at_char(&s);
		else
			s.at++;
	if (r->found)
		put_text(r, s.done, (size_t)(s.end - s.done));
	return r->found;
}

/* ---- records ---- */

static bool is_secret_part(uint16_t kind)
{
	return kind == VIGIL_PART_ARGS || kind == VIGIL_PART_COMMAND_LINE ||
	       kind == VIGIL_PART_ENVIRONMENT;
}

/* Returns whether a part has secrets; r->out then has its value without them, in UTF-8 for a record
 * in UTF-16. */
static bool find_secrets(struct redactor *r, const struct vigil_header *record,
			 const struct vigil_part *part)
{
	const char *value = (const void *)(part + 1);
	size_t length = part->length;

	if (!is_secret_part(part->kind) || length == 0)
		return false;
	if (record->encoding == VIGIL_UTF16LE) {
		if (length > sizeof(r->plain) / 2)
			length = sizeof(r->plain) / 2 & ~(size_t)1;
		length = vigil_utf16_to_utf8(r->plain, value, length);
		value = r->plain;
	}
	return redact_text(r, value, length, part->kind != VIGIL_PART_COMMAND_LINE);
}

/* Adds the value in r->out with the properties of a part. */
static void add_redacted(struct redactor *r, struct record_builder *builder, uint8_t encoding,
			 const struct vigil_part *part)
{
	bool wide = encoding == VIGIL_UTF16LE;
	bool is_cut = r->full || (part->flags & VIGIL_PART_FLAG_CUT) != 0;
	struct vigil_part *to =
	    builder_open(builder, part->kind, part->source, wide ? 2 * r->length : r->length);
	size_t length = r->length;

	if (!to)
		return;
	if (wide)
		length = vigil_utf8_to_utf16(to + 1, r->out, r->length);
	else
		memcpy(to + 1, r->out, r->length);
	builder_close(builder, to, length);
	to->flags = part->flags | (is_cut ? VIGIL_PART_FLAG_CUT : 0);
	if (r->full || part->original == VIGIL_UNKNOWN)
		to->original = VIGIL_UNKNOWN;
	else
		to->original = (uint32_t)length + (part->original - part->length);
}

static bool has_secrets(struct redactor *r, const struct vigil_header *record)
{
	const struct vigil_part *part;
	size_t at = record->fixed;

	while ((part = part_next(record, &at)) != NULL)
		if (find_secrets(r, record, part))
			return true;
	return false;
}

struct vigil_header *redact_record(struct redactor *r, struct vigil_header *record)
{
	struct record_builder builder;
	const struct vigil_part *part;
	struct vigil_header *made;
	size_t at = record->fixed;

	if (record->fixed > record->size || !has_secrets(r, record))
		return record;
	builder_begin_copy(&builder, &r->record, sizeof(r->record), record);
	while ((part = part_next(record, &at)) != NULL) {
		if (find_secrets(r, record, part))
			add_redacted(r, &builder, record->encoding, part);
		else
			builder_add_copy(&builder, part, part + 1);
	}
	made = builder_end(&builder);
	if (made)
		return made;
	/* Too long with the marks: no text is better than a secret. */
	record->size = record->fixed;
	record->flags |= VIGIL_RECORD_INCOMPLETE;
	return record;
}
