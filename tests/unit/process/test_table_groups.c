/* SPDX-License-Identifier: MIT */
/* test_table_groups.c - the control group and the container of a process. */
#include "process/table_story.h"

static enum table_result fork_into(struct vigil_id id, struct vigil_id parent, uint64_t cgroup)
{
	struct vigil_process_body *body = record_begin(&s.record, CREATE);

	body->process = id;
	body->parent = parent;
	body->cgroup = cgroup;
	s.record.header.actor = parent;
	return story_apply(&s);
}

static void cgroups(void **state)
{
	static const char path[] = "/system.slice/lxc.payload.web";
	struct vigil_id parent = story_id(10, 100), child = story_id(11, 200);
	struct vigil_process_body *body = record_begin(&s.record, EXEC);

	(void)state;
	body->process = parent;
	body->cgroup = 77;
	record_part(&s.record, VIGIL_PART_IMAGE, "/bin/sh", 7, 7);
	record_part(&s.record, VIGIL_PART_CGROUP, path, sizeof(path) - 1, sizeof(path) - 1);
	story_apply(&s);
	assert_string_equal(s.event.process->cgroup_path.data, path);
	assert_string_equal(s.event.process->container.data, "web");
	fork_into(child, parent, 77);
	assert_string_equal(s.event.process->container.data, "web");
	fork_into(story_id(12, 300), parent, 78); /* in another group, which was never reported */
	assert_string_equal(s.event.process->container.data, "");
	assert_int_equal(s.event.process->container.length, 0);
	assert_string_equal(s.event.process->cgroup_path.data, "");
	assert_string_equal(s.event.process->image.data, "/bin/sh");
	fork_into(story_id(13, 400), child, 77);
	assert_string_equal(s.event.process->container.data, "web");
}

/* others: NULL, or paths that each end with a NUL. info: NULL, or the runtime's information. */
static void exec_in_group(struct vigil_id id, uint64_t cgroup, const char *path, const char *others,
			  size_t others_length, const char *info)
{
	struct vigil_process_body *body = record_begin(&s.record, EXEC);

	body->process = id;
	body->cgroup = cgroup;
	record_part(&s.record, VIGIL_PART_IMAGE, "/bin/sh", 7, 7);
	record_part(&s.record, VIGIL_PART_CGROUP, path, strlen(path), strlen(path));
	if (others)
		record_part(&s.record, VIGIL_PART_CGROUP_OTHERS, others, others_length,
			    others_length);
	if (info)
		record_part(&s.record, VIGIL_PART_CONTAINER_INFO, info, strlen(info) + 1,
			    strlen(info) + 1);
	story_apply(&s);
}

static void exec_in(struct vigil_id id, uint64_t cgroup, const char *path, const char *others,
		    size_t others_length)
{
	exec_in_group(id, cgroup, path, others, others_length, NULL);
}

/* A process that only forked, in another group than its creator: the path that others reported
 * for the group, before or after, applies to it. */
static void forked_into_a_known_cgroup(void **state)
{
	struct vigil_id parent = story_id(10, 100), child = story_id(12, 300);

	(void)state;
	exec_in(parent, 77, "/system.slice", NULL, 0);
	exec_in(story_id(11, 200), 78, "/lxc.payload.web", NULL, 0);
	story_exit(&s, story_id(11, 200), NOBODY);
	fork_into(child, parent, 78);
	assert_string_equal(s.event.process->cgroup_path.data, "/lxc.payload.web");
	assert_string_equal(s.event.process->container.data, "web");
	assert_string_equal(s.event.parent->cgroup_path.data, "/system.slice");

	fork_into(story_id(13, 400), parent, 79); /* reported later */
	assert_string_equal(s.event.process->cgroup_path.data, "");
	exec_in(story_id(14, 500), 79, "/lxc.payload.db", NULL, 0);
	story_exit(&s, story_id(13, 400), parent);
	assert_string_equal(s.event.process->container.data, "db");
}

/* Groups that come and go: the memory for them is bounded. */
static void many_cgroups(void **state)
{
	struct vigil_id parent = story_id(10, 100);

	(void)state;
	exec_in(parent, 1, "/", NULL, 0);
	for (uint32_t i = 2; i < 20000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/lxc.payload.%u", i);
		exec_in(story_id(11, i * 10), i, path, NULL, 0);
		assert_string_equal(s.event.process->cgroup_path.data, path);
		story_exit(&s, story_id(11, i * 10), NOBODY);
	}
	fork_into(story_id(12, 300000), parent, 19999);
	assert_string_equal(s.event.process->container.data, "19999");
	fork_into(story_id(13, 300001), parent, 2);
	assert_string_equal(s.event.process->container.data, "");
}

static void exec_with_info(struct vigil_id id, uint64_t cgroup, const char *path,
			   const char *others, const char *info)
{
	exec_in_group(id, cgroup, path, others, others ? strlen(others) + 1 : 0, info);
}

/* Information about a container applies to all its processes, until it is replaced. */
static void container_info(void **state)
{
	struct vigil_id first = story_id(10, 100), host = story_id(20, 200);

	(void)state;
	exec_with_info(first, 77, "/lxc.payload.web", NULL, "name=web");
	assert_string_equal(s.event.process->container_info.data, "name=web");
	fork_into(story_id(11, 110), first, 77);
	assert_string_equal(s.event.process->container_info.data, "name=web");
	exec_with_info(story_id(11, 110), 77, "/lxc.payload.web", NULL, NULL); /* too late */
	assert_string_equal(s.event.process->container_info.data, "name=web");
	exec_with_info(story_id(12, 120), 77, "/lxc.payload.web", NULL, "name=renamed");
	fork_into(story_id(13, 130), host, 77);
	assert_string_equal(s.event.process->container_info.data, "name=renamed");
	exec_with_info(host, 78, "/system.slice", NULL, NULL);
	assert_string_equal(s.event.process->container_info.data, "");
	/* In another hierarchy: it applies to the process, not to its group. */
	exec_with_info(story_id(30, 300), 78, "/system.slice", "/lxc.payload.db", "name=db");
	assert_string_equal(s.event.process->container_info.data, "name=db");
	fork_into(story_id(31, 310), story_id(30, 300), 78);
	assert_string_equal(s.event.process->container_info.data, "name=db");
	fork_into(story_id(32, 320), host, 78);
	assert_string_equal(s.event.process->container_info.data, "");
}

/* A container that only cgroup v1 names. */
static void other_hierarchies(void **state)
{
	static const char OTHERS[] = "/user.slice\0/docker/"
				     "0123456789abcdef0123456789abcdef"
				     "0123456789abcdef0123456789abcdef";

	(void)state;
	exec_in(story_id(10, 100), 77, "/system.slice/docker.service", OTHERS, sizeof(OTHERS));
	assert_string_equal(s.event.process->container.data,
			    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	exec_in(story_id(11, 200), 77, "/system.slice/docker.service", NULL, 0);
	assert_string_equal(s.event.process->container.data, "");
	fork_into(story_id(13, 400), story_id(10, 100), 77);
	assert_int_equal(s.event.process->container.length, 64);
	fork_into(story_id(14, 500), story_id(11, 200), 77);
	assert_string_equal(s.event.process->container.data, "");
	exec_in(story_id(12, 300), 78, "/machine.slice/machine-deb.scope", NULL, 0);
	assert_string_equal(s.event.process->container.data, "");
	assert_string_equal(s.event.process->machine.data, "deb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cgroups),        TEST(forked_into_a_known_cgroup),
		TEST(many_cgroups),   TEST(other_hierarchies),
		TEST(container_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
