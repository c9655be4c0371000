/* SPDX-License-Identifier: MIT */
/* channel.h - messages between client, spawner and worker, with a file descriptor each. */
#ifndef VIGIL_INSPECT_CHANNEL_H
#define VIGIL_INSPECT_CHANNEL_H

#include <stddef.h>
#include <sys/types.h>

/* Sends one message without waiting, and with it a duplicate of `fd` unless that is negative.
 * 0, or a negative errno: -EAGAIN where the receiver is behind, -EPIPE where it has ended. */
int channel_send(int socket, const void *message, size_t size, int fd);

/* Receives one message of at most `size` bytes; `flags` as recvmsg(2) takes them. Returns what
 * recvmsg returns. *fd: the descriptor that came with it, which the caller closes; -1: none. */
ssize_t channel_receive(int socket, void *message, size_t size, int flags, int *fd);

#endif /* VIGIL_INSPECT_CHANNEL_H */
