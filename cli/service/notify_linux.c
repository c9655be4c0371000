/* SPDX-License-Identifier: MIT */
/*
 * notify_linux.c - the state of `vigil run` for systemd: sd_notify(3).
 *
 * Nothing here waits. If the queue of systemd's socket is full, changes of the state are sent with a
 * later beat, in order.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"
#include "service.h"

#define BEAT_MS     1000 /* unless systemd expects more */
#define WAITING_MAX 4    /* changes of the state that are not sent yet */

static struct {
	char state[WAITING_MAX][80];
	unsigned count;
} waiting;

static int notify_socket = -1;

/* Returns false if it must be sent later. */
static bool notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	static bool said;

	if (length < 2 || length >= sizeof(to.sun_path) || !strchr("/@", path[0]))
		return true;
	memcpy(to.sun_path, path, length);
	if (path[0] == '@') /* abstract */
		to.sun_path[0] = '\0';
	if (notify_socket < 0)
		notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify_socket < 0 ||
	    sendto(notify_socket, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
		   (const struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) >= 0)
		return true;
	if (errno == EAGAIN || errno == ENOBUFS)
		return false;
	if (!said)
		cli_say("cannot notify %s of the state of the service: %s", path, strerror(errno));
	said = true;
	return true;
}

static void send_waiting(void)
{
	while (waiting.count > 0 && notify_send(waiting.state[0])) {
		waiting.count--;
		memmove(waiting.state[0], waiting.state[1],
			waiting.count * sizeof(waiting.state[0]));
	}
}

static void notify(const char *state)
{
	if (waiting.count < WAITING_MAX)
		snprintf(waiting.state[waiting.count++], sizeof(waiting.state[0]), "%s", state);
	send_waiting();
}

void service_ready(void)
{
	notify("READY=1");
}

void service_reloading(void)
{
	char state[80];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000);
	notify(state);
}

void service_stopping(void)
{
	notify("STOPPING=1");
}

void service_beat(const char *status)
{
	char state[600];

	send_waiting();
	if (status)
		snprintf(state, sizeof(state), "WATCHDOG=1\nSTATUS=%.*s",
			 (int)strcspn(status, "\n"), status);
	notify_send(status ? state : "WATCHDOG=1");
}

unsigned service_beat_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	unsigned long long ms = text ? strtoull(text, NULL, 10) / 2000 : 0;

	return ms > 0 && ms < BEAT_MS ? (unsigned)ms : BEAT_MS;
}
