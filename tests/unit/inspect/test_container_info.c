/* SPDX-License-Identifier: MIT */
/*
 * What is found about a container in the files of runtimes. The trees in
 * tests/unit/inspect/runtimes have the layout of docker, podman, CRI-O and containerd; the one
 * of podman was written by podman 4.3.
 */
#include "make_event.h"

#include <sys/stat.h>
#include <unistd.h>

#include "inspect/worker.h"

#define RUNTIMES VIGIL_TESTS "/inspect/runtimes"

#define DOCKER_ID "d0c0000000000000000000000000000000000000000000000000000000000001"
#define SHIM_ID   "d0c0000000000000000000000000000000000000000000000000000000000002"
#define PODMAN_ID "9b7271bc61383468057f0fee0d259f878254ff09484f57f2fe50c3cf7bffb6e6"
#define CRIO_ID   "c100000000000000000000000000000000000000000000000000000000000001"
#define CRI_ID    "c0de000000000000000000000000000000000000000000000000000000000001"

static char info[INSPECT_CONTAINER_MAX];
static char root[] = "/tmp/vigil-runtimes-XXXXXX";

/* In podman's config.json, mounts, process and linux are left out. The files are accepted only
 * if root owns them. */
static int copy_trees(void **state)
{
	char command[512];

	(void)state;
	if (geteuid() != 0 || !mkdtemp(root))
		return geteuid() != 0 ? 0 : -1;
	snprintf(command, sizeof(command), "cp -r %s/. %s && chown -R 0:0 %s && chmod -R u+rX %s",
		 RUNTIMES, root, root, root);
	return system(command); /* NOLINT(cert-env33-c): a fixed command */
}

static int remove_trees(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return geteuid() == 0 ? system(command) : 0; /* NOLINT(cert-env33-c): likewise */
}

/* The items, with | for the NULs. */
static void finds(const char *id, const char *expected)
{
	bool cut;
	size_t length = inspect_find_container(root, id, info, &cut);

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < length; i++)
		info[i] = info[i] ? info[i] : '|';
	info[length] = '\0';
	assert_string_equal(info, expected);
	assert_false(cut);
}

static void docker(void **state)
{
	(void)state;
	finds(DOCKER_ID, "name=web|image=nginx:1.25|runtime=docker||"
			 "com.docker.compose.project=shop|com.docker.compose.service=web|");
}

static void docker_under_kubernetes(void **state)
{
	(void)state;
	finds(SHIM_ID, "name=app|image=sha256:0123|runtime=docker|pod=app-5d7c|namespace=shop|"
		       "pod_uid=12345678-1234-1234-1234-123456789abc||"
		       "io.kubernetes.container.name=app|io.kubernetes.pod.name=app-5d7c|"
		       "io.kubernetes.pod.namespace=shop|"
		       "io.kubernetes.pod.uid=12345678-1234-1234-1234-123456789abc|");
}

static void podman(void **state)
{
	(void)state;
	finds(PODMAN_ID, "name=web-1|image=example.org/team/tiny:1.2|runtime=podman||");
}

static void crio(void **state)
{
	(void)state;
	finds(CRIO_ID, "name=app|image=registry.example.org/app:2|runtime=cri-o|pod=app-5d7c|"
		       "namespace=shop|pod_uid=12345678-1234-1234-1234-123456789abc||"
		       "io.kubernetes.container.name=app|io.kubernetes.pod.name=app-5d7c|");
}

static void containerd(void **state)
{
	(void)state;
	finds(CRI_ID, "name=app|image=registry.example.org/app:2|runtime=containerd|pod=app-5d7c|"
		      "namespace=shop|pod_uid=12345678-1234-1234-1234-123456789abc||");
}

static void nothing(void **state)
{
	(void)state;
	finds("ffff000000000000000000000000000000000000000000000000000000000000", "");
	finds("../../../../etc", "");
	finds("", "");
}

/* Files that another user wrote name no container, nor do things that are not files. */
static void files_of_others(void **state)
{
	char path[512];

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(path, sizeof(path), "%s/var/lib/docker/containers/" DOCKER_ID "/config.v2.json",
		 root);
	assert_int_equal(chown(path, 1000, 1000), 0);
	finds(DOCKER_ID, "");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	finds(DOCKER_ID, "");
}

static void write_docker(const char *json)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/var/lib/docker/containers/" SHIM_ID "/config.v2.json",
		 root);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(json, f);
	assert_int_equal(fclose(f), 0);
}

/* The files may contain anything: the result is bounded, and marked as truncated. */
static void hostile_files(void **state)
{
	static const char *const BROKEN[] = { "",
					      "{",
					      "[]",
					      "null",
					      "\"\"",
					      "{\"Config\":[]}",
					      "{\"Config\":{\"Labels\":[1,2]},\"Name\":7}" };
	static char json[400000];
	size_t length = 0;
	bool cut;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(BROKEN) / sizeof(BROKEN[0]); i++) {
		write_docker(BROKEN[i]);
		inspect_find_container(root, SHIM_ID, info, &cut);
		assert_false(cut);
	}
	length += (size_t)sprintf(json, "{\"Name\":\"/");
	memset(json + length, 'n', 5000);
	length += 5000;
	length += (size_t)sprintf(json + length, "\",\"Config\":{\"Labels\":{\"k\":\"v\"");
	for (int i = 0; i < 10000; i++)
		length += (size_t)sprintf(json + length, ",\"label-%d\":\"value\"", i);
	sprintf(json + length, "}}}");
	write_docker(json);
	length = inspect_find_container(root, SHIM_ID, info, &cut);
	assert_true(cut);
	assert_in_range(length, 3000, INSPECT_CONTAINER_MAX);
	assert_int_equal(strlen(info), strlen("name=") + 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker),          cmocka_unit_test(docker_under_kubernetes),
		cmocka_unit_test(podman),          cmocka_unit_test(crio),
		cmocka_unit_test(containerd),      cmocka_unit_test(nothing),
		cmocka_unit_test(files_of_others), cmocka_unit_test(hostile_files),
	};

	return cmocka_run_group_tests(tests, copy_trees, remove_trees);
}
