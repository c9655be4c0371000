/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "os/mounts.h"

static bool parse_line(const char *text, struct mount_line *out)
{
	static char line[70000];

	snprintf(line, sizeof(line), "%s", text);
	return mount_parse(line, out);
}

static void parses_a_line(void **state)
{
	struct mount_line mount;

	(void)state;
	assert_true(
	    parse_line("36 35 98:1 /sub /mnt/a\\040b\\134c rw,noatime master:1 shared:7 - ext4 "
		       "/dev/root rw,errors=continue\n",
		       &mount));
	assert_int_equal(mount.major, 98);
	assert_int_equal(mount.minor, 1);
	assert_string_equal(mount.root, "/sub");
	assert_string_equal(mount.point, "/mnt/a b\\c");
	assert_string_equal(mount.type, "ext4");
	/* Without optional fields, and without the fields after the type. */
	assert_true(parse_line("36 35 0:45 / / rw - tmpfs", &mount));
	assert_string_equal(mount.point, "/");
	assert_string_equal(mount.type, "tmpfs");
}

/* With escapes a path can be longer than PATH_MAX. */
static void parses_a_long_mount_point(void **state)
{
	static char line[70000];
	struct mount_line mount;
	size_t length = (size_t)snprintf(line, sizeof(line), "36 35 0:45 / /");

	(void)state;
	for (int i = 0; i < 4000; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, "\\040");
	snprintf(line + length, sizeof(line) - length, " rw - tmpfs none rw\n");
	assert_true(mount_parse(line, &mount));
	assert_int_equal(strlen(mount.point), 4001);
	assert_string_equal(mount.type, "tmpfs");
}

static void rejects_other_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"36 35 98:0 / /mnt rw shared:1 ext4 /dev/root rw",
		"36 35 98:0 / /mnt rw -",
		"36 35 98 / /mnt rw - ext4 x rw",
		"36 35 98:0x / /mnt rw - ext4 x rw",
		"36 35 -1:0 / /mnt rw - ext4 x rw",
		"36 35 99999999999:0 / /mnt rw - ext4 x rw",
	};
	struct mount_line mount;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(parse_line(lines[i], &mount));
}

static void remote_types(void **state)
{
	(void)state;
	assert_true(mount_is_remote("nfs4"));
	assert_true(mount_is_remote("fuse.sshfs"));
	assert_true(mount_is_remote("smb3"));
	assert_true(mount_is_remote("lustre"));
	assert_true(mount_is_remote("beegfs"));
	assert_false(mount_is_remote("fusectl"));
	assert_false(mount_is_remote("ext4"));
	assert_false(mount_is_remote("overlay"));
	assert_false(mount_is_remote(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_a_line),
		cmocka_unit_test(parses_a_long_mount_point),
		cmocka_unit_test(rejects_other_lines),
		cmocka_unit_test(remote_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
