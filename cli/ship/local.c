/* SPDX-License-Identifier: MIT */
#include "local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "os/os.h"

#define UNREAD_MAX 64 /* messages that the daemon has not read */

static bool local_connect(struct local *l)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int reason;

	if (l->fd >= 0)
		return true;
	memcpy(address.sun_path, l->path, sizeof(address.sun_path));
	l->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return l->fd >= 0;
	reason = errno;
	close(l->fd);
	l->fd = -1;
	errno = reason;
	return false;
}

static void local_fail(struct local *l, const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), "cannot %s %s: %s", what, l->path, strerror(errno));
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->unread = 0;
	l->read = 0;
	unconfirmed_fail(&l->sent, l->shipper, text);
}

/* Sends the message as a sealed file in memory, whose descriptor is passed. */
static ssize_t send_file(struct local *l)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = memfd_create("vigil", MFD_CLOEXEC | MFD_ALLOW_SEALING), reason;
	ssize_t sent = -1;

	if (fd < 0)
		return -1;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (os_write_all(fd, l->out.data, l->out.length) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		sent = sendmsg(l->fd, &message, MSG_NOSIGNAL);
	reason = errno;
	close(fd);
	errno = reason;
	return sent;
}

/* Returns whether the daemon has read all messages. */
static bool is_all_read(struct local *l)
{
	int unread = 0; /* not the bytes, but 0 if there are none */

	if (ioctl(l->fd, SIOCOUTQ, &unread) == 0 && unread > 0)
		return false;
	l->unread = 0;
	l->read = l->sent.written;
	return true;
}

/* Returns 1: it is sent; 0: not now, or the connection is lost; -1: it is done, it is too long. */
static int send_message(struct local *l, const struct ship_item *item)
{
	ssize_t sent;

	if (l->sent.count == UNCONFIRMED_MAX || (l->unread >= UNREAD_MAX && !is_all_read(l)))
		return 0;
	l->out.length = 0;
	l->put(l->context, &l->out, item);
	if (l->out.failed) {
		l->out.failed = false;
		return 0;
	}
	sent = send(l->fd, l->out.data, l->out.length, MSG_NOSIGNAL);
	if (sent < 0 && errno == EMSGSIZE && l->takes_files)
		sent = send_file(l);
	if (sent >= 0)
		return 1;
	if (errno == EMSGSIZE) {
		ship_done(l->shipper, item->number, SHIP_REFUSED,
			  "longer than the local socket takes");
		return -1;
	}
	if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
		local_fail(l, "send to");
	return 0;
}

size_t local_send(struct local *l, const struct ship_item *items, size_t count)
{
	if (!local_connect(l)) { /* one item stands for the attempt */
		unconfirmed_add(&l->sent, items[0].number, 0);
		local_fail(l, "connect to");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		int sent = l->fd >= 0 ? send_message(l, &items[i]) : 0;

		l->full = sent == 0;
		if (l->full)
			return i;
		l->unread++;
		if (sent > 0)
			unconfirmed_add(&l->sent, items[i].number, 1);
	}
	return count;
}

size_t local_poll(struct local *l, int timeout_ms)
{
	struct pollfd fd = { .fd = l->fd };

	if (l->fd < 0 || l->sent.count == 0)
		return 0;
	/* Nothing reports that the daemon has read. */
	if (l->full)
		timeout_ms = 1;
	else if (timeout_ms > l->sent.delay_ms / (int)UNCONFIRMED_LOOKS + 1)
		timeout_ms = (int)(l->sent.delay_ms / (int)UNCONFIRMED_LOOKS) + 1;
	if (poll(&fd, 1, timeout_ms) > 0 && fd.revents & (POLLERR | POLLHUP)) {
		errno = ECONNRESET;
		local_fail(l, "send to");
		return 0;
	}
	is_all_read(l);
	unconfirmed_look(&l->sent, l->shipper, l->sent.written - l->read);
	return l->sent.count;
}

void local_close(struct local *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	vigil_buffer_free(&l->out);
}
