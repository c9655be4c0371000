/* SPDX-License-Identifier: MIT */
/* channel.h - messages between client, spawner and worker, each with an optional file
 * descriptor. */
#ifndef VIGIL_INSPECT_CHANNEL_H
#define VIGIL_INSPECT_CHANNEL_H

#include <stddef.h>
#include <sys/types.h>

/* Sends one message without waiting, with a duplicate of `fd` unless that is negative. Returns 0
 * or a negative errno: -EAGAIN if the receiver's queue is full, -EPIPE if it has ended. */
int channel_send(int socket, const void *message, size_t size, int fd);

/* Receives one message of at most `size` bytes; `flags` are those of recvmsg(2), whose result it
 * returns. *fd: the descriptor that came with the message, which the caller closes; -1: none. */
ssize_t channel_receive(int socket, void *message, size_t size, int flags, int *fd);

#endif /* VIGIL_INSPECT_CHANNEL_H */
