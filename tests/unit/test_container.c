/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "model/container.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* expected NULL: in no container. */
static void is(const char *path, const char *expected)
{
	size_t length = strlen(path), found = 99;
	char *exact = malloc(length ? length : 1); /* no NUL behind it */
	const char *at;

	assert_non_null(exact);
	memcpy(exact, path, length);
	at = container_of_cgroup(exact, length, &found);
	if (!expected) {
		assert_null(at);
		assert_int_equal(found, 0);
	} else {
		assert_non_null(at);
		assert_true(at >= exact && at + found <= exact + length);
		assert_int_equal(found, strlen(expected));
		assert_memory_equal(at, expected, found);
	}
	free(exact);
}

static void ids(void **state)
{
	(void)state;
	is("/docker/" ID, ID);
	is("/system.slice/docker-" ID ".scope", ID);
	is("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
	   "cri-containerd-" ID ".scope",
	   ID);
	is("/kubepods/besteffort/pod12345678-1234-1234-1234-123456789abc/" ID, ID);
	is("/machine.slice/libpod-" ID ".scope/container", ID);
	is("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", ID);
	is("/crio-" ID, ID);
	is(ID, ID);
	is("/docker/" ID "/", ID);
	is("/docker/" ID "/docker/" ID2, ID2); /* one in another: the inner one */
	is("/docker/" ID "/system.slice/ssh.service", ID);
}

static void names(void **state)
{
	(void)state;
	is("/lxc.payload.web", "web");
	is("/lxc.payload.web/system.slice/ssh.service", "web");
	is("/lxc/web", "web");
	is("/lxc/web/init.scope", "web");
	is("/machine.slice/machine-deb.scope", "deb");
	is("/machine.slice/systemd-nspawn@deb.service/payload", "deb");
	is("/docker/" ID "/lxc.payload.web", "web");
}

static void no_containers(void **state)
{
	(void)state;
	is("", NULL);
	is("/", NULL);
	is("////", NULL);
	is("/system.slice/ssh.service", NULL);
	is("/user.slice/user-1000.slice/session-3.scope", NULL);
	is("/docker/" ID "0", NULL); /* 65 digits are no id */
	is("/docker/0123456789abcdef", NULL);
	is("/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", NULL);
	is("/lxc", NULL);
	is("/lxc/", NULL);
	is("/lxc.payload.", NULL);
	is("/machine-.scope", NULL);
	is("/machine-a.service", NULL);
	is("machine-.scop", NULL);
	is("/docker-" ID ID ".scope", NULL);
}

/* Any bytes: what is found lies within the path. */
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
		size_t length = 0, found;
		const char *at;

		for (uint64_t n = make_random(&seed) % 9; n > 0; n--) {
			const char *piece = pieces[make_random(&seed) % 11];

			memcpy(path + length, piece, strlen(piece));
			length += strlen(piece);
		}
		exact = malloc(length + 1);
		assert_non_null(exact);
		memcpy(exact + 1, path, length); /* not aligned, ends with the block */
		at = container_of_cgroup(exact + 1, length, &found);
		if (at) {
			assert_true(at > exact && found > 0 && at + found <= exact + 1 + length);
			assert_null(memchr(at, '/', found));
			hits++;
		}
		free(exact);
	}
	assert_in_range(hits, 10000, 190000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(names),
		cmocka_unit_test(no_containers),
		cmocka_unit_test(random_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
