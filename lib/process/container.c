/* SPDX-License-Identifier: MIT */
#include "process/container.h"

#include <string.h>

#define ID_DIGITS   64 /* docker, containerd, podman, CRI-O */
#define TASK_DIGITS 32 /* Amazon ECS */

/* What is between the constant parts of a group's name. */
enum shape {
	SHAPE_ID,   /* 64 hexadecimal digits */
	SHAPE_TASK, /* 32 hexadecimal digits, a hyphen, decimal digits */
	SHAPE_NAME, /* anything */
	SHAPE_UNIT  /* any text, with systemd's escapes for unit names */
};

/* In `before`: a runtime's name, a prefix of any length that ends in - or :. */
static const char ANY_RUNTIME[] = "*";

/*
 * The names that runtimes give to control groups, and their meanings. The first match decides.
 * A group of the kind CONTAINER_NONE is skipped: the groups above it decide.
 */
static const struct form {
	const char *parent; /* name of the group above; NULL: any */
	const char *before, *after;
	enum shape shape;
	enum container_kind kind;
	const char *outside; /* a child group that is outside the container; NULL: none */
} FORMS[] = {
	/* Supervisors and pods, which are not containers. */
	{ NULL, "libpod-conmon-", "", SHAPE_NAME, CONTAINER_NONE, NULL },
	{ NULL, "crio-conmon-", "", SHAPE_NAME, CONTAINER_NONE, NULL },
	{ "libpod_parent", "", "", SHAPE_ID, CONTAINER_NONE, NULL }, /* a pod, driver cgroupfs */
	{ "lxc.monitor", "", "", SHAPE_NAME, CONTAINER_NONE, NULL },
	/* docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope,
	 * nerdctl-ID.scope; crio-ID, libpod-ID, SLICE:cri-containerd:ID; ID alone. */
	{ NULL, "", "", SHAPE_ID, CONTAINER_ID, NULL },
	{ NULL, ANY_RUNTIME, ".scope", SHAPE_ID, CONTAINER_ID, NULL },
	{ NULL, ANY_RUNTIME, "", SHAPE_ID, CONTAINER_ID, NULL },
	{ NULL, "", "", SHAPE_TASK, CONTAINER_ID, NULL },
	/* LXC 4 and later, LXD and Incus; LXC 3.1; earlier LXC. */
	{ NULL, "lxc.payload.", "", SHAPE_NAME, CONTAINER_ID, NULL },
	{ "lxc.payload", "", "", SHAPE_NAME, CONTAINER_ID, NULL },
	{ "lxc", "", "", SHAPE_NAME, CONTAINER_ID, NULL },
	/* systemd-nspawn and libvirt with systemd; libvirt without systemd. */
	{ NULL, "machine-", ".scope", SHAPE_UNIT, CONTAINER_MACHINE, "supervisor" },
	{ NULL, "systemd-nspawn@", ".service", SHAPE_UNIT, CONTAINER_MACHINE, "supervisor" },
	{ NULL, "", ".libvirt-qemu", SHAPE_NAME, CONTAINER_MACHINE, NULL },
	{ NULL, "", ".libvirt-lxc", SHAPE_NAME, CONTAINER_MACHINE, NULL },
};

struct text {
	const char *data;
	size_t length;
};

/* Returns how many leading characters are hexadecimal digits in lower case. */
static size_t count_hex(struct text text)
{
	size_t n = 0;

	while (n < text.length && memchr("0123456789abcdef", text.data[n], 16))
		n++;
	return n;
}

static bool is_task(struct text text)
{
	size_t n = TASK_DIGITS + 1;

	if (text.length <= n || count_hex(text) != TASK_DIGITS || text.data[TASK_DIGITS] != '-')
		return false;
	while (n < text.length && text.data[n] >= '0' && text.data[n] <= '9')
		n++;
	return n == text.length;
}

static bool has_shape(struct text text, enum shape shape)
{
	switch (shape) {
	case SHAPE_ID:
		return text.length == ID_DIGITS && count_hex(text) == ID_DIGITS;
	case SHAPE_TASK:
		return is_task(text);
	default:
		return text.length > 0;
	}
}

static bool text_equals(struct text text, const char *name)
{
	return text.length == strlen(name) && memcmp(text.data, name, text.length) == 0;
}

/* Removes the name of a runtime before an id, up to the last separator. */
static bool take_runtime(struct text *text)
{
	size_t before = text->length > ID_DIGITS ? text->length - ID_DIGITS : 0;

	if (!before || (text->data[before - 1] != '-' && text->data[before - 1] != ':'))
		return false;
	*text = (struct text){ text->data + before, ID_DIGITS };
	return true;
}

static bool take_form(const struct form *form, struct text *text)
{
	size_t before = strlen(form->before), after = strlen(form->after);

	if (text->length < after ||
	    memcmp(text->data + text->length - after, form->after, after) != 0)
		return false;
	text->length -= after;
	if (form->before == ANY_RUNTIME)
		return take_runtime(text) && has_shape(*text, form->shape);
	if (text->length < before || memcmp(text->data, form->before, before) != 0)
		return false;
	*text = (struct text){ text->data + before, text->length - before };
	return has_shape(*text, form->shape);
}

/* Returns the byte that a leading \xNN means; 0: there is none. systemd never escapes a slash in
 * this way. */
static unsigned char escaped_byte(struct text text)
{
	unsigned value = 0;

	if (text.length < 4 || memcmp(text.data, "\\x", 2) != 0 ||
	    count_hex((struct text){ text.data + 2, 2 }) != 2)
		return 0;
	for (size_t i = 2; i < 4; i++)
		value = value << 4 | (unsigned)(text.data[i] <= '9' ? text.data[i] - '0'
								    : text.data[i] - 'a' + 10);
	return value == '/' ? 0 : (unsigned char)value;
}

/* Copies the id; in the name of a unit, each \xNN becomes the byte that it means. */
static void keep_id(struct container *found, enum shape shape, struct text text)
{
	while (text.length > 0 && found->length < CONTAINER_ID_MAX) {
		unsigned char byte = shape == SHAPE_UNIT ? escaped_byte(text) : 0;
		size_t step = byte ? 4 : 1;

		found->id[found->length++] = byte ? (char)byte : *text.data;
		text = (struct text){ text.data + step, text.length - step };
	}
	found->id[found->length] = '\0';
}

/* Whether the name of a group identifies a container. parent, child: the group above it and the
 * one below it. */
static bool find_form(struct text name, struct text parent, struct text child,
		      struct container *found)
{
	for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
		const struct form *form = &FORMS[i];
		struct text text = name;

		if ((form->parent && !text_equals(parent, form->parent)) || !take_form(form, &text))
			continue;
		if (form->kind == CONTAINER_NONE ||
		    (form->outside && text_equals(child, form->outside)))
			return false;
		found->kind = form->kind;
		keep_id(found, form->shape, text);
		return true;
	}
	return false;
}

/* Returns the last component of the first *at bytes of path, and moves *at to its start. */
static struct text last_component(const char *path, size_t *at)
{
	size_t end = *at;

	while (*at > 0 && path[*at - 1] != '/')
		--*at;
	return (struct text){ path + *at, end - *at };
}

bool container_of_cgroup(const char *path, size_t length, struct container *found)
{
	struct text child = { "", 0 }, name = last_component(path, &length), parent;

	*found = (struct container){ CONTAINER_NONE, 0, "" };
	/* From the last component to the first, so that the innermost container is found. */
	for (; length > 0 || name.length > 0; child = name, name = parent) {
		if (length > 0)
			length--; /* the slash */
		parent = last_component(path, &length);
		if (find_form(name, parent, child, found))
			return true;
	}
	return false;
}

bool container_of_cgroups(const char *path, size_t length, const char *others, size_t others_length,
			  struct container *found)
{
	const char *at = others, *end = others + others_length;

	if (container_of_cgroup(path, length, found))
		return true;
	while (at < end) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		if (container_of_cgroup(at, (size_t)((nul ? nul : end) - at), found))
			return true;
		at = nul ? nul + 1 : end;
	}
	return false;
}
