/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "process/container.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* expected NULL: neither a container nor a machine. */
static void check_container(const char *path, enum container_kind kind, const char *expected)
{
	size_t length = strlen(path);
	char *exact = malloc(length ? length : 1); /* no NUL after it */
	struct container found;

	assert_non_null(exact);
	memcpy(exact, path, length);
	assert_int_equal(container_of_cgroup(exact, length, &found), expected != NULL);
	assert_int_equal(found.kind, kind);
	assert_string_equal(found.id, expected ? expected : "");
	assert_int_equal(found.length, strlen(found.id));
	free(exact);
}

#define POD  "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
#define TASK "0123456789abcdef0123456789abcdef"

/* Each form of a container's group that a runtime or orchestrator creates. */
static void containers(void **state)
{
	static const struct {
		const char *path, *id;
	} FORMS[] = {
		{ "/docker/" ID, ID },
		{ "/docker/" ID "/", ID },
		{ "/docker/" ID "/system.slice/ssh.service", ID },
		{ "/docker/" ID "/docker/" ID2, ID2 }, /* nested: the inner one */
		{ "/system.slice/docker-" ID ".scope", ID },
		{ "/system.slice/docker-" ID ".scope/init.scope", ID },
		{ "/system.slice/nerdctl-" ID ".scope", ID },
		{ "/default/" ID, ID }, /* containerd's default */
		{ POD "cri-containerd-" ID ".scope", ID },
		{ POD "crio-" ID ".scope/container", ID },
		{ POD "docker-" ID ".scope", ID },
		{ "/kubepods/besteffort/pod12345678-1234-1234-1234-123456789abc/" ID, ID },
		{ "/kubepods/pod12345678123412341234123456789abc/crio-" ID, ID },
		{ "/system.slice/containerd.service/kubepods-pod1_2.slice:cri-containerd:" ID, ID },
		{ "/machine.slice/libpod-" ID ".scope", ID },
		{ "/machine.slice/libpod-" ID ".scope/container", ID },
		{ "/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", ID },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  ID },
		{ "/libpod_parent/libpod-" ID, ID },
		{ "/libpod_parent/" ID2 "/libpod-" ID, ID },
		{ "/ecs/" TASK "/" TASK "-1234567890", TASK "-1234567890" },
		{ "/ecs/8f67a6ad-1b2c-3d4e-5f60-718293a4b5c6/" ID, ID },
		{ "/ecs.slice/ecs-" TASK ".slice/docker-" ID ".scope", ID },
		{ "/lxc.payload.web", "web" },
		{ "/lxc.payload.web/system.slice/ssh.service", "web" },
		{ "/lxc.payload.project_web-1", "project_web-1" }, /* Incus, LXD */
		{ "/lxc.payload/web/init.scope", "web" },
		{ "/lxc/web", "web" },
		{ "/lxc/101/ns", "101" }, /* Proxmox */
		{ "/lxc/web/lxc/inner", "inner" },
		{ "/docker/" ID "/lxc.payload.web", "web" },
		{ ID, ID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++)
		check_container(FORMS[i].path, CONTAINER_ID, FORMS[i].id);
}

static void machines(void **state)
{
	static const struct {
		const char *path, *name;
	} FORMS[] = {
		{ "/machine.slice/machine-deb.scope", "deb" },
		{ "/machine.slice/machine-deb.scope/payload/init.scope", "deb" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "qemu-1-vm" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/vcpu0", "qemu-1-vm" },
		{ "/machine.slice/machine-a\\x2.scope", "a\\x2" },
		{ "/machine.slice/machine-a\\xzz.scope", "a\\xzz" },
		{ "/machine.slice/machine-a\\x00.scope", "a\\x00" },
		{ "/machine.slice/systemd-nspawn@web\\x2dtest.service/payload", "web-test" },
		{ "/machine/vm.libvirt-qemu", "vm" },
		{ "/machine/vm.libvirt-lxc/emulator", "vm" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++)
		check_container(FORMS[i].path, CONTAINER_MACHINE, FORMS[i].name);
}

static void other_groups(void **state)
{
	static const char *const PATHS[] = {
		"",
		"/",
		"////",
		"/system.slice/ssh.service",
		"/user.slice/user-1000.slice/session-3.scope",
		"/machine.slice/libpod-conmon-" ID ".scope",
		"/kubepods.slice/crio-conmon-" ID ".scope",
		"/libpod_parent/libpod-conmon-" ID,
		"/machine.slice/machine-libpod_pod_" ID ".slice",
		"/libpod_parent/" ID,
		POD "conmon",
		"/kubepods/pod12345678123412341234123456789abc",
		"/lxc.monitor.web",
		"/lxc.monitor/web",
		"/machine.slice/machine-deb.scope/supervisor",
		"/machine.slice/systemd-nspawn@deb.service/supervisor",
		"/docker/" ID "0", /* 65 digits are not an id */
		"/docker/0123456789abcdef",
		"/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"/docker-" ID ID ".scope",
		"/docker" ID ".scope",
		"/ecs/" TASK "-",
		"/ecs/" TASK "-12a",
		"/lxc",
		"/lxc/",
		"/lxc.payload.",
		"/machine-.scope",
		"/machine-a.service",
		"machine-.scop",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++)
		check_container(PATHS[i], CONTAINER_NONE, NULL);
	/* The supervisor of a container may itself be in another container. */
	check_container("/docker/" ID "/libpod-conmon-" ID2 ".scope", CONTAINER_ID, ID);
}

/* For any bytes: an id that is found is one component of the path. */
static void random_paths(void **state)
{
	static const char *const pieces[] = { "/",        "lxc",    "lxc.payload.",
					      "machine-", ".scope", "systemd-nspawn@",
					      ".service", ID,       "a",
					      "g",        "\xff" };
	uint64_t seed = 7;
	unsigned hits = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char path[1024], *exact;
		struct container found;
		size_t length = 0;

		for (uint64_t n = make_random(&seed) % 9; n > 0; n--) {
			const char *piece = pieces[make_random(&seed) % 11];

			memcpy(path + length, piece, strlen(piece));
			length += strlen(piece);
		}
		exact = malloc(length + 1);
		assert_non_null(exact);
		memcpy(exact + 1, path, length); /* not aligned, and ends at the end of the block */
		if (container_of_cgroup(exact + 1, length, &found)) {
			assert_true(found.length > 0);
			assert_non_null(memmem(exact + 1, length, found.id, found.length));
			assert_null(strchr(found.id, '/'));
			hits++;
		}
		free(exact);
	}
	assert_in_range(hits, 10000, 190000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers),
		cmocka_unit_test(machines),
		cmocka_unit_test(other_groups),
		cmocka_unit_test(random_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
