/* SPDX-License-Identifier: MIT */
#include "alert/fields.h"

#include <stdlib.h>
#include <string.h>

#include "alert/names.h"
#include "core/bytes.h"
#include "os/os.h"
#include "record/subject.h"

#define ITEMS_MAX 64u /* of a list; the others are not known */

/* The list of all strings of an event of a category. */
#define KEYWORDS_ID (DETECT_IDS_MAX - 1)

struct slot {
	struct alert_name name;
	enum detect_category category;
};

struct alert_fields {
	struct alert_origin origin;
	uint32_t types; /* that fields need besides */
	uint32_t count, capacity;
	struct slot *slot;
	struct vigil_value *value; /* of each slot */
	bool keywords;
	struct vigil_value *keyword; /* of each field of the event of Sysmon with the most */
	uint32_t items;              /* in `item`, of this event */
	struct detect_value *item;   /* items of lists, ITEMS_MAX for each slot and the keywords */
	struct vigil_buffer joined;  /* a command line that nothing joined */
	uint64_t no_memory;          /* values that could not be made */
	/* The event: */
	const struct vigil_event *event;
	unsigned product;
};

struct alert_fields *alert_fields_new(const struct alert_origin *origin)
{
	struct alert_fields *fields = calloc(1, sizeof(*fields));

	if (fields)
		fields->origin = *origin;
	return fields;
}

void alert_fields_free(struct alert_fields *fields)
{
	if (!fields)
		return;
	vigil_buffer_free(&fields->joined);
	free(fields->slot);
	free(fields->value);
	free(fields->keyword);
	free(fields->item);
	free(fields);
}

/* ---- at load ---- */

/* Returns why a field is not known here; NULL: it is. */
static const char *missing(struct alert_fields *fields, enum detect_product product,
			   enum sysmon_needs needs)
{
	uint32_t inspect = fields->origin.inspect;

	switch (needs) {
	case SYSMON_HASH:
		return inspect & VIGIL_INSPECT_HASH ? NULL : "known only with --hash";
	case SYSMON_VERSION:
		return inspect & VIGIL_INSPECT_VERSION ? NULL : "known only with --version-info";
	case SYSMON_SIGNATURE:
		return inspect & VIGIL_INSPECT_SIGNATURE ? NULL : "known only with --signature";
	case SYSMON_CONTAINER:
		return inspect & VIGIL_INSPECT_CONTAINER ? NULL
							 : "known only with --container-info";
	case SYSMON_IMAGES:
		fields->types |= VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD);
		return NULL;
	case SYSMON_NEVER:
		return product == DETECT_WINDOWS ? "not known to Vigil on Windows"
						 : "not known to Vigil on Linux";
	default:
		return NULL;
	}
}

#define THIS_PRODUCT (OS_WINDOWS ? DETECT_WINDOWS : DETECT_LINUX)

/* Returns why no event of a log source can come; NULL: it can. */
static const char *no_source(const struct alert_fields *fields, enum detect_product product,
			     enum detect_category category)
{
	if (fields->origin.live && product != THIS_PRODUCT)
		return "the log source is another system's";
	if (!alert_type_of(product, category))
		return "Vigil does not record such events on this system";
	return NULL;
}

static bool grow_slots(struct alert_fields *fields)
{
	uint32_t more = fields->capacity ? fields->capacity * 2 : 64;
	struct slot *moved;

	if (fields->count < fields->capacity)
		return true;
	moved = realloc(fields->slot, more * sizeof(*moved));
	if (!moved)
		return false;
	fields->slot = moved;
	fields->capacity = more;
	return true;
}

static const char *add_slot(struct alert_fields *fields, enum detect_category category,
			    const struct alert_name *name, uint32_t *id)
{
	for (*id = 0; *id < fields->count; ++*id)
		if (fields->slot[*id].category == category &&
		    fields->slot[*id].name.name == name->name)
			return NULL;
	if (*id >= KEYWORDS_ID || !grow_slots(fields))
		return "too many fields";
	fields->slot[fields->count++] = (struct slot){ *name, category };
	return NULL;
}

const char *alert_fields_resolve(void *user, unsigned source, const char *field, uint32_t *id)
{
	struct alert_fields *fields = user;
	enum detect_product product = source / DETECT_CATEGORIES;
	enum detect_category category = source % DETECT_CATEGORIES;
	const char *reason = no_source(fields, product, category);
	struct alert_name name;

	if (reason)
		return reason;
	if (!field) {
		fields->keywords = true;
		*id = KEYWORDS_ID;
		return NULL;
	}
	if (!alert_name_find(category, field, &name))
		return "no field of such events in Vigil";
	reason = missing(fields, product, name.needs[product]);
	return reason ? reason : add_slot(fields, category, &name, id);
}

bool alert_fields_ready(struct alert_fields *fields)
{
	size_t most = 0;

	for (unsigned i = 0; i < DETECT_CATEGORIES; i++)
		if (alert_sysmon_event(i)->count > most)
			most = alert_sysmon_event(i)->count;
	fields->value = calloc(fields->count + 1, sizeof(*fields->value));
	fields->item = calloc((fields->count + 1) * ITEMS_MAX, sizeof(*fields->item));
	if (fields->keywords)
		fields->keyword = calloc(most, sizeof(*fields->keyword));
	return fields->value && fields->item && (!fields->keywords || fields->keyword);
}

uint32_t alert_fields_types(const struct alert_fields *fields)
{
	return fields->types;
}

uint32_t alert_types(uint32_t sources)
{
	uint32_t types = 0;

	for (unsigned source = 0; source < DETECT_SOURCES; source++) {
		uint32_t type =
		    alert_type_of(source / DETECT_CATEGORIES, source % DETECT_CATEGORIES);

		if (sources & 1u << source && type)
			types |= VIGIL_TYPE_BIT(type);
	}
	return types;
}

uint64_t alert_fields_no_memory(const struct alert_fields *fields)
{
	return fields->no_memory;
}

/* ---- at an event ---- */

bool alert_fields_begin(struct alert_fields *fields, const struct vigil_event *event,
			struct detect_event *out)
{
	enum detect_product product =
	    event->record->encoding == VIGIL_UTF16LE ? DETECT_WINDOWS : DETECT_LINUX;

	if (!event->body)
		return false;
	for (unsigned category = 0; category < DETECT_CATEGORIES; category++) {
		uint32_t type = alert_type_of(product, category);

		if (!type || type != event->record->type)
			continue;
		fields->event = event;
		fields->product = product;
		fields->items = 0;
		*out = (struct detect_event){ .source = detect_source(product, category),
					      .time = event->record->time,
					      .get = alert_fields_get,
					      .user = fields };
		return true;
	}
	return false;
}

static void set_text(struct detect_value *out, struct vigil_string s)
{
	*out = (struct detect_value){ .kind = DETECT_STRING,
				      .cut = s.original > s.length,
				      .length = s.length,
				      .string = s.data };
}

static void set_unknown(struct detect_value *out)
{
	*out = (struct detect_value){ .kind = DETECT_UNKNOWN };
}

static void set_number(struct detect_value *out, int64_t number)
{
	*out = (struct detect_value){ .kind = DETECT_NUMBER, .number = number };
}

/* Reads at most 18 decimal digits. */
static void set_digits(struct detect_value *out, struct vigil_string s)
{
	int64_t number = 0;

	set_text(out, s);
	if (s.length == 0 || s.length > 18)
		return;
	for (uint32_t i = 0; i < s.length; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return;
		number = number * 10 + (s.data[i] - '0');
	}
	set_number(out, number);
}

/* Returns space for the items of one list; NULL: there is none, which cannot happen. */
static struct detect_value *items_begin(struct alert_fields *fields, struct detect_value *out)
{
	struct detect_value *items = fields->item + fields->items;

	if (fields->items + ITEMS_MAX > (fields->count + 1) * ITEMS_MAX) {
		set_unknown(out);
		return NULL;
	}
	fields->items += ITEMS_MAX;
	*out = (struct detect_value){ .kind = DETECT_LIST, .item = items };
	return items;
}

static void set_list(struct alert_fields *fields, struct detect_value *out,
		     struct vigil_string list)
{
	struct detect_value *items = items_begin(fields, out);
	const char *at = list.data, *end = list.data + list.length;

	if (!items)
		return;
	while (at < end && out->length < ITEMS_MAX - 1) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));
		uint32_t length = (uint32_t)((nul ? nul : end) - at);

		set_text(&items[out->length++], (struct vigil_string){ at, length, length });
		at += length + 1;
	}
	if (at < end || list.original > list.length)
		set_unknown(&items[out->length++]);
}

/* Of a file other hashes exist, which Vigil does not compute. */
static void set_hashes(struct alert_fields *fields, struct detect_value *out, struct vigil_string s)
{
	struct detect_value *items = items_begin(fields, out);

	if (!items)
		return;
	set_text(&items[0], s);
	set_unknown(&items[1]);
	out->length = 2;
}

static void set_joined(struct alert_fields *fields, struct detect_value *out,
		       struct vigil_string list)
{
	struct vigil_buffer *joined = &fields->joined;

	joined->length = 0;
	vigil_put(joined, list.data, list.length);
	fields->no_memory += joined->failed;
	if (joined->failed || joined->length == 0) {
		joined->failed = false;
		set_unknown(out);
		return;
	}
	if (joined->data[joined->length - 1] == '\0')
		joined->length--;
	for (size_t i = 0; i < joined->length; i++)
		if (joined->data[i] == '\0')
			joined->data[i] = ' ';
	set_text(out, (struct vigil_string){ joined->data, (uint32_t)joined->length, 0 });
	out->cut = list.original > list.length;
}

/* Fields that are absent, not unknown, where the process is known. */
static bool may_be_absent(const char *name)
{
	static const char *const NAMES[] = { "container.",         "orchestrator.",
					     "process.tty.",       "vigil.process.filename",
					     "vigil.process.root", "vigil.process.tracer.",
					     "vigil.namespace.",   "process.env_vars" };

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (strncmp(name, NAMES[i], strlen(NAMES[i])) == 0)
			return true;
	return false;
}

/* A field of schema.h without a value. */
static void set_missing_field(const struct alert_fields *fields, struct detect_value *out,
			      const struct alert_name *name)
{
	if (name->field->kind == VIGIL_VALUE_BOOL)
		set_text(out, (struct vigil_string){ "false", 5, 5 });
	else if (fields->event->process && may_be_absent(name->name))
		*out = (struct detect_value){ .kind = DETECT_ABSENT };
	else
		set_unknown(out);
}

static void set_hex(struct detect_value *out, struct vigil_value *value, bool is_number)
{
	struct vigil_buffer text = { .data = value->buffer, .capacity = sizeof(value->buffer) };

	if (is_number)
		vigil_put_hex(&text, value->u);
	else if (2 * value->s.length <= sizeof(value->buffer))
		vigil_put_hex_bytes(&text, value->s.data, value->s.length);
	set_text(out, (struct vigil_string){ value->buffer, (uint32_t)text.length, 0 });
}

static void set_field(struct alert_fields *fields, struct detect_value *out,
		      const struct alert_name *name, struct vigil_value *value)
{
	switch (name->field->kind) {
	case VIGIL_VALUE_UNSIGNED:
	case VIGIL_VALUE_DURATION:
	case VIGIL_VALUE_TIME:
		set_number(out, (int64_t)value->u);
		break;
	case VIGIL_VALUE_SIGNED:
		set_number(out, value->i);
		break;
	case VIGIL_VALUE_BOOL:
		set_text(out, (struct vigil_string){ "true", 4, 4 });
		break;
	case VIGIL_VALUE_HEX:
	case VIGIL_VALUE_BINARY:
		set_hex(out, value, name->field->kind == VIGIL_VALUE_HEX);
		break;
	case VIGIL_VALUE_LIST:
		set_list(fields, out, value->s);
		break;
	default:
		set_text(out, value->s);
		break;
	}
}

/* Returns whether the part that has the value was read. */
static bool is_read(const struct alert_fields *fields, const struct alert_name *name)
{
	uint8_t flags = VIGIL_PART_FLAG_LATE | VIGIL_PART_FLAG_UNREADABLE;

	return !name->part || (fields->event->part[name->part].length > 0 &&
			       !(fields->event->part_flags[name->part] & flags));
}

static void get_value(struct alert_fields *fields, const struct alert_name *name,
		      struct vigil_value *value, struct detect_value *out)
{
	bool known;

	value->s = (struct vigil_string){ "", 0, 0 };
	value->u = 0;
	known = is_read(fields, name) && name->get(fields->event, value);
	if (name->form == FORM_FIELD && !known && is_read(fields, name)) {
		set_missing_field(fields, out, name);
	} else if (name->form == FORM_VERSION && !known && is_read(fields, name)) {
		set_text(out, (struct vigil_string){ "-", 1, 1 });
	} else if (!known) {
		set_unknown(out);
	} else if (name->form == FORM_FIELD) {
		set_field(fields, out, name, value);
	} else if (name->form == FORM_DIGITS) {
		set_digits(out, value->s);
	} else if (name->form == FORM_HASHES) {
		set_hashes(fields, out, value->s);
	} else if (value->u) {
		set_joined(fields, out, value->s);
	} else {
		set_text(out, value->s);
		if (name->form == FORM_PATH && out->cut)
			set_unknown(out);
	}
}

/* All values under Sysmon's names that are not numbers. */
static void get_keywords(struct alert_fields *fields, struct detect_value *out)
{
	const struct sysmon_event *sysmon = sysmon_event_of(fields->event);
	struct detect_value *items = items_begin(fields, out);

	for (size_t i = 0; items && sysmon && i < sysmon->count && i < ITEMS_MAX; i++) {
		const struct sysmon_field *field = &sysmon->fields[i];

		if (sysmon_get(field, fields->event, &fields->keyword[i]) && !fields->keyword[i].u)
			set_text(&items[out->length++], fields->keyword[i].s);
	}
}

void alert_fields_get(void *user, uint32_t id, struct detect_value *value)
{
	struct alert_fields *fields = user;

	if (id == KEYWORDS_ID)
		get_keywords(fields, value);
	else
		get_value(fields, &fields->slot[id].name, &fields->value[id], value);
}
