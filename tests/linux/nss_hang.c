/* SPDX-License-Identifier: MIT */
/* nss_hang.c - a name service that never answers: "hang" in nsswitch.conf. */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>

enum nss_status _nss_hang_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
				     int *error);
enum nss_status _nss_hang_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
				     size_t size, int *error);
enum nss_status _nss_hang_getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
				     int *error);

static enum nss_status hang(void)
{
	for (;;)
		pause();
}

enum nss_status _nss_hang_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
				     int *error)
{
	(void)uid, (void)entry, (void)buffer, (void)size, (void)error;
	return hang();
}

enum nss_status _nss_hang_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
				     size_t size, int *error)
{
	(void)name, (void)entry, (void)buffer, (void)size, (void)error;
	return hang();
}

enum nss_status _nss_hang_getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
				     int *error)
{
	(void)gid, (void)entry, (void)buffer, (void)size, (void)error;
	return hang();
}
