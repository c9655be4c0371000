/* SPDX-License-Identifier: MIT */
/* test_dospath.c - translation of NT paths to Win32 paths. */
#include "make_event.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "sensor/windows/dospath.h"

#define SPACE 300

static size_t to_utf16(uint16_t *out, const char *text)
{
	return vigil_utf8_to_utf16(out, text, strlen(text)) / 2;
}

static void add_prefix(struct dospath_map *map, const char *nt, const char *dos)
{
	uint16_t from[SPACE], to[SPACE];
	size_t units = to_utf16(from, nt);

	assert_true(dospath_add(map, from, units, to, to_utf16(to, dos)));
}

static struct dospath_map make_volumes(void)
{
	struct dospath_map map = { 0 };

	add_prefix(&map, "\\Device\\HarddiskVolume3", "C:");
	add_prefix(&map, "\\Device\\HarddiskVolume31", "D:\\");
	add_prefix(&map, "\\Device\\HarddiskVolume4", "C:\\mounted\\Dätä\\");
	add_prefix(&map, "\\Device\\HarddiskVolume3", "X:"); /* the first name stays */
	add_prefix(&map, "\\SystemRoot", "C:\\Windows");
	return map;
}

static enum dospath_result translate(const struct dospath_map *map, const char *path, char *text,
				     size_t space)
{
	uint16_t in[SPACE], *out = malloc(space * sizeof(*out) + 1);
	size_t units = 0;
	enum dospath_result says =
	    dospath_translate(map, in, to_utf16(in, path), out, space, &units);

	assert_true(units <= space);
	text[vigil_utf16_to_utf8(text, out, 2 * units)] = '\0';
	free(out);
	return says;
}

static void translated(void **state)
{
	static const char *const cases[][2] = {
		{ "\\Device\\HarddiskVolume3\\Windows\\x.exe", "C:\\Windows\\x.exe" },
		{ "\\DEVICE\\harddiskvolume3\\Ünï.exe", "C:\\Ünï.exe" },
		{ "\\Device\\HarddiskVolume3", "C:" },
		{ "\\Device\\HarddiskVolume31\\a", "D:\\a" }, /* not C: and a 1 */
		{ "\\Device\\HarddiskVolume4\\a", "C:\\mounted\\Dätä\\a" },
		{ "\\SystemRoot\\System32\\smss.exe", "C:\\Windows\\System32\\smss.exe" },
		{ "\\systemroot", "C:\\Windows" },
		{ "\\??\\C:\\x y.exe", "C:\\x y.exe" },
		{ "\\DosDevices\\c:\\x", "c:\\x" },
		{ "\\GLOBAL??\\C:\\x", "C:\\x" },
		{ "\\??\\UNC\\server\\share\\x", "\\\\server\\share\\x" },
		{ "\\??\\Volume{12}\\x", "\\\\?\\Volume{12}\\x" },
		{ "\\??\\GLOBALROOT\\Device\\HarddiskVolume3\\x", "C:\\x" },
		{ "\\??\\GLOBALROOT\\??\\GLOBALROOT\\SystemRoot\\x", "C:\\Windows\\x" },
		{ "\\Device\\Mup\\server\\share\\x.exe", "\\\\server\\share\\x.exe" },
		{ "\\Device\\Mup\\;LanmanRedirector\\;Z:00000000000183f4\\server\\share\\x",
		  "\\\\server\\share\\x" },
		{ "\\Device\\LanmanRedirector\\;Z:0183f4\\server\\share", "\\\\server\\share" },
	};
	struct dospath_map map = make_volumes();
	char text[3 * SPACE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(translate(&map, cases[i][0], text, SPACE), DOSPATH_DONE);
		assert_string_equal(text, cases[i][1]);
	}
	dospath_clear(&map);
}

static void not_translated(void **state)
{
	static const char *const same[] = {
		"",
		"C:\\x",
		"\\\\server\\share\\x",
		"ntoskrnl.exe",
		"\\??",
		"\\??\\",
		"\\Devices",
		"\\SystemRooted",
		"\\Device\\Mup",
		"\\Device\\Mup\\",
		"\\",
		"\\Device\\Mup\\;Z:1",
	};
	static const char *const unknown[] = { "\\Device\\HarddiskVolume9\\x",
					       "\\Device\\HarddiskVolume32\\x",
					       "\\Device\\Harddisk", "\\Device" };
	struct dospath_map map = make_volumes(), none = { 0 };
	char text[3 * SPACE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_int_equal(translate(&map, same[i], text, SPACE), DOSPATH_SAME);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_int_equal(translate(&map, unknown[i], text, SPACE), DOSPATH_UNKNOWN);
	assert_int_equal(translate(&none, "\\Device\\HarddiskVolume3\\x", text, SPACE),
			 DOSPATH_UNKNOWN);
	dospath_clear(&map);
}

/* A folder's path may be longer than the device's. The output never exceeds the space. */
static void no_space(void **state)
{
	struct dospath_map map = make_volumes();
	char text[3 * SPACE + 1];

	(void)state;
	for (size_t space = 0; space < strlen("C:\\mounted\\Data\\a"); space++)
		assert_int_equal(translate(&map, "\\Device\\HarddiskVolume4\\a", text, space),
				 DOSPATH_NO_SPACE);
	assert_int_equal(translate(&map, "\\Device\\HarddiskVolume4\\a", text,
				   strlen("C:\\mounted\\Data\\a")),
			 DOSPATH_DONE);
	for (size_t space = 0; space < 4; space++)
		assert_int_equal(translate(&map, "\\Device\\Mup\\a\\b", text, space),
				 DOSPATH_NO_SPACE);
	dospath_clear(&map);
}

/* The map grows with many volumes, and all stay known. */
static void many_volumes(void **state)
{
	struct dospath_map map = { 0 };
	char nt[64], dos[64], text[3 * SPACE + 1];

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(nt, sizeof(nt), "\\Device\\HarddiskVolume%d", i);
		snprintf(dos, sizeof(dos), "C:\\disks\\%d", i);
		add_prefix(&map, nt, dos);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(nt, sizeof(nt), "\\Device\\HarddiskVolume%d\\x", i);
		snprintf(dos, sizeof(dos), "C:\\disks\\%d\\x", i);
		assert_int_equal(translate(&map, nt, text, SPACE), DOSPATH_DONE);
		assert_string_equal(text, dos);
	}
	dospath_clear(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translated),
		cmocka_unit_test(not_translated),
		cmocka_unit_test(no_space),
		cmocka_unit_test(many_volumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
