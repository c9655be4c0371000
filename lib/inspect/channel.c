/* SPDX-License-Identifier: MIT */
#include "inspect/channel.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

int channel_send(int socket, const void *message, size_t size, int fd)
{
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { (void *)(uintptr_t)message, size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *rights;

		header.msg_control = space;
		header.msg_controllen = sizeof(space);
		rights = CMSG_FIRSTHDR(&header);
		*rights = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS,
					    .cmsg_len = CMSG_LEN(sizeof(fd)) };
		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	}
	return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

ssize_t channel_receive(int socket, void *message, size_t size, int flags, int *fd)
{
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))];
	struct iovec part = { message, size };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof(space) };
	ssize_t got = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *rights = got > 0 ? CMSG_FIRSTHDR(&header) : NULL;

	*fd = -1;
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(rights), sizeof(*fd));
	return got;
}
