/* SPDX-License-Identifier: MIT */
/*
 * container.c - reads what the container runtimes of this machine have stored about a
 * container: names, image, pod, labels. No runtime is asked.
 *
 * The files are those of runtimes that run as root; a file that another user owns is not read,
 * so that no user can set the name of another user's container. The creator of a container
 * controls their contents, so sizes are bounded and the JSON is parsed in a helper process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/json_line.h"
#include "inspect/worker.h"

#define FILE_MAX   (4u << 20) /* maximum size of a file: containers.json lists all containers */
#define VALUE_MAX  256        /* bytes of a value, including its NUL */
#define LABELS_MAX 3072
#define ID_DIGITS  64

enum item {
	ITEM_NAME,
	ITEM_IMAGE,
	ITEM_RUNTIME,
	ITEM_POD,
	ITEM_NAMESPACE,
	ITEM_POD_UID,
	ITEMS
};

static const char *const KEYS[ITEMS] = {
	"name", "image", "runtime", "pod", "namespace", "pod_uid"
};

struct info {
	char value[ITEMS][VALUE_MAX]; /* "": unknown */
	char labels[LABELS_MAX];      /* KEY=VALUE, each ended by a NUL */
	size_t labels_length;
	bool cut;
};

/* Annotations of a bundle and labels of docker with which an orchestrator or a runtime names the
 * container. */
static const struct {
	const char *name;
	enum item item;
} ANNOTATIONS[] = {
	{ "io.kubernetes.cri.container-name", ITEM_NAME }, /* containerd */
	{ "io.kubernetes.cri.image-name", ITEM_IMAGE },
	{ "io.kubernetes.cri.sandbox-name", ITEM_POD },
	{ "io.kubernetes.cri.sandbox-namespace", ITEM_NAMESPACE },
	{ "io.kubernetes.cri.sandbox-uid", ITEM_POD_UID },
	{ "io.kubernetes.container.name", ITEM_NAME }, /* CRI-O, docker under Kubernetes */
	{ "io.kubernetes.pod.name", ITEM_POD },
	{ "io.kubernetes.pod.namespace", ITEM_NAMESPACE },
	{ "io.kubernetes.pod.uid", ITEM_POD_UID },
	{ "io.kubernetes.cri-o.ImageName", ITEM_IMAGE }, /* CRI-O */
	{ "nerdctl/name", ITEM_NAME },                   /* nerdctl */
};

/* The paths of bundles; %s: the id. runtime NULL: io.container.manager names it. */
static const struct {
	const char *format, *runtime;
} BUNDLES[] = {
	{ "/run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json", "containerd" },
	{ "/run/containerd/io.containerd.runtime.v2.task/default/%s/config.json", "containerd" },
	{ "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json", "containerd" },
	{ "/run/containers/storage/overlay-containers/%s/userdata/config.json", NULL },
	{ "/var/lib/containers/storage/overlay-containers/%s/userdata/config.json", NULL },
	{ "/var/lib/containers/storage/btrfs-containers/%s/userdata/config.json", NULL },
	{ "/var/lib/containers/storage/vfs-containers/%s/userdata/config.json", NULL },
};

/* The container lists of containers/storage, which podman and CRI-O use. The second one lists
 * those that are removed when they end. */
static const char *const STORES[] = {
	"/var/lib/containers/storage/overlay-containers/containers.json",
	"/var/lib/containers/storage/overlay-containers/volatile-containers.json",
	"/run/containers/storage/overlay-containers/volatile-containers.json",
	"/var/lib/containers/storage/btrfs-containers/containers.json",
	"/var/lib/containers/storage/vfs-containers/containers.json",
	"/run/containers/storage/vfs-containers/volatile-containers.json",
};

static struct json_reader *reader;

static const struct json_value *parse_json(const char *text, size_t length)
{
	const struct json_value *value;

	if (!reader)
		reader = json_reader_open();
	return reader && json_read_line(reader, text, length, &value, NULL) == VIGIL_OK ? value
											: NULL;
}

/* Parses a regular file that root owns and that is at most FILE_MAX bytes long. The result is
 * valid until the next call. */
static const struct json_value *read_json(const char *root, const char *path)
{
	static char text[FILE_MAX];
	char whole[INSPECT_PATH_MAX];
	const struct json_value *value = NULL;
	struct stat st;
	ssize_t got;
	size_t length = 0;
	int fd;

	if (snprintf(whole, sizeof(whole), "%s%s", root, path) >= (int)sizeof(whole))
		return NULL;
	fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    st.st_size <= (off_t)sizeof(text)) {
		while (length < sizeof(text) &&
		       (got = read(fd, text + length, sizeof(text) - length)) > 0)
			length += (size_t)got;
		value = parse_json(text, length);
	}
	close(fd);
	return value;
}

/* Sets an item; the first value that is found counts. */
static void set_item(struct info *info, enum item item, const struct json_value *value)
{
	const char *text = value && value->type == JSON_TEXT ? value->text : "";
	int length;

	if (info->value[item][0] || !*text)
		return;
	length = snprintf(info->value[item], VALUE_MAX, "%s", text);
	info->cut |= length >= VALUE_MAX;
}

static void add_label(struct info *info, const struct json_value *label)
{
	size_t left = sizeof(info->labels) - info->labels_length;
	int length;

	if (label->type != JSON_TEXT || !label->key_length)
		return;
	length =
	    snprintf(info->labels + info->labels_length, left, "%s=%s", label->key, label->text);
	if (length < 0 || (size_t)length >= left)
		info->cut = true;
	else
		info->labels_length += (size_t)length + 1;
}

static void add_labels(struct info *info, const struct json_value *labels)
{
	const struct json_value *label = NULL;

	if (!labels || labels->type != JSON_OBJECT)
		return;
	while ((label = json_next_item(labels, label)) != NULL)
		add_label(info, label);
}

static const struct json_value *json_value_of(const struct json_value *object, const char *key)
{
	return object ? json_member(object, key, strlen(key)) : NULL;
}

static void read_annotations(struct info *info, const struct json_value *annotations)
{
	for (size_t i = 0; i < sizeof(ANNOTATIONS) / sizeof(ANNOTATIONS[0]); i++)
		set_item(info, ANNOTATIONS[i].item,
			 json_value_of(annotations, ANNOTATIONS[i].name));
}

/* Finds docker's data folder if its configuration names another one. */
static void find_docker(const char *root, char *path, size_t size)
{
	const struct json_value *settings = read_json(root, "/etc/docker/daemon.json");
	const struct json_value *data = json_value_of(settings, "data-root");

	if (!data || data->type != JSON_TEXT)
		data = json_value_of(settings, "graph"); /* before 17.05 */
	snprintf(path, size, "%s",
		 data && data->type == JSON_TEXT && data->text[0] == '/' ? data->text
									 : "/var/lib/docker");
}

static bool read_docker(const char *root, const char *id, struct info *info)
{
	char path[INSPECT_PATH_MAX], data[1024];
	const struct json_value *container, *config, *name;

	find_docker(root, data, sizeof(data));
	snprintf(path, sizeof(path), "%s/containers/%s/config.v2.json", data, id);
	container = read_json(root, path);
	if (!container)
		return false;
	config = json_value_of(container, "Config");
	read_annotations(info, json_value_of(config, "Labels"));
	name = json_value_of(container, "Name");
	if (name && name->type == JSON_TEXT && name->text[0] == '/') {
		struct json_value bare = *name;

		bare.text++;
		set_item(info, ITEM_NAME, &bare);
	}
	set_item(info, ITEM_IMAGE, json_value_of(config, "Image"));
	snprintf(info->value[ITEM_RUNTIME], VALUE_MAX, "docker");
	add_labels(info, json_value_of(config, "Labels"));
	return true;
}

/* Reads CRI-O's labels, which are JSON in an annotation. Parsing them invalidates the result of
 * read_json. */
static void read_inner_labels(struct info *info, const struct json_value *annotations)
{
	const struct json_value *text = json_value_of(annotations, "io.kubernetes.cri-o.Labels");
	static char copy[FILE_MAX];

	if (!text || text->type != JSON_TEXT || text->text_length >= sizeof(copy))
		return;
	memcpy(copy, text->text, text->text_length);
	add_labels(info, parse_json(copy, text->text_length));
}

static bool read_bundle(const char *root, const char *id, struct info *info)
{
	char path[INSPECT_PATH_MAX];

	for (size_t i = 0; i < sizeof(BUNDLES) / sizeof(BUNDLES[0]); i++) {
		const struct json_value *config, *annotations, *manager;

		snprintf(path, sizeof(path), BUNDLES[i].format, id);
		config = read_json(root, path);
		annotations = json_value_of(config, "annotations");
		if (!config)
			continue;
		read_annotations(info, annotations);
		manager = json_value_of(annotations, "io.container.manager");
		if (BUNDLES[i].runtime)
			snprintf(info->value[ITEM_RUNTIME], VALUE_MAX, "%s", BUNDLES[i].runtime);
		else if (manager && strcmp(manager->text, "libpod") == 0)
			snprintf(info->value[ITEM_RUNTIME], VALUE_MAX, "podman");
		else
			set_item(info, ITEM_RUNTIME, manager);
		read_inner_labels(info, annotations);
		return true;
	}
	return false;
}

/* Reads an entry of a container list: its name, and its metadata, which are JSON in a string. */
static void read_stored(struct info *info, const struct json_value *container)
{
	const struct json_value *names = json_value_of(container, "names");
	const struct json_value *metadata = json_value_of(container, "metadata"), *inner;
	char copy[4096];

	if (names && names->type == JSON_ARRAY)
		set_item(info, ITEM_NAME, json_next_item(names, NULL));
	if (!metadata || metadata->type != JSON_TEXT || metadata->text_length >= sizeof(copy))
		return;
	memcpy(copy, metadata->text, metadata->text_length);
	inner = parse_json(copy, metadata->text_length);
	set_item(info, ITEM_IMAGE, json_value_of(inner, "image-name"));
}

static bool read_store(const char *root, const char *id, struct info *info)
{
	for (size_t i = 0; i < sizeof(STORES) / sizeof(STORES[0]); i++) {
		const struct json_value *list = read_json(root, STORES[i]), *container = NULL;

		while (list && list->type == JSON_ARRAY &&
		       (container = json_next_item(list, container)) != NULL) {
			const struct json_value *its = json_value_of(container, "id");

			if (its && its->type == JSON_TEXT && strcmp(its->text, id) == 0) {
				read_stored(info, container);
				return true;
			}
		}
	}
	return false;
}

static size_t put_info(const struct info *info, char *to)
{
	size_t length = 0;

	for (size_t i = 0; i < ITEMS; i++)
		if (info->value[i][0])
			length +=
			    (size_t)sprintf(to + length, "%s=%s", KEYS[i], info->value[i]) + 1;
	to[length++] = '\0'; /* the labels come after an empty item */
	memcpy(to + length, info->labels, info->labels_length);
	return length + info->labels_length;
}

size_t inspect_find_container(const char *root, const char *id, char to[INSPECT_CONTAINER_MAX],
			      bool *cut)
{
	static struct info info;
	bool found;

	_Static_assert(ITEMS * (VALUE_MAX + 16) + LABELS_MAX < INSPECT_CONTAINER_MAX, "capacity");
	memset(&info, 0, sizeof(info));
	*cut = false;
	if (strlen(id) != ID_DIGITS || strspn(id, "0123456789abcdef") != ID_DIGITS)
		return 0;
	found = read_docker(root, id, &info);
	if (!found) {
		found = read_bundle(root, id, &info);
		found |= read_store(root, id, &info);
	}
	*cut = info.cut;
	return found ? put_info(&info, to) : 0;
}

void inspect_read_container(const struct inspect_message *message, struct inspect_answer *answer)
{
	bool cut;

	answer->args_length =
	    (uint32_t)inspect_find_container("", message->path, answer->text, &cut);
	answer->cut = cut;
	answer->known = INSPECT_CONTAINER;
}
