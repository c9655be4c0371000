/* SPDX-License-Identifier: MIT */
/* metrics_server.c - the loop of the process that answers: few clients, little time for each. */
#include "metrics.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"

struct client {
	int fd; /* -1: none */
	int64_t until_ms;
	char request[METRICS_REQUEST];
	size_t length;
	struct vigil_buffer answer; /* length 0: the request is not complete */
	size_t sent;
};

struct server {
	const struct published *figures;
	struct health health; /* the copy that is answered from */
	struct client client[METRICS_CLIENTS];
};

static void client_end(struct client *client)
{
	close(client->fd);
	vigil_buffer_free(&client->answer);
	*client = (struct client){ .fd = -1 };
}

static struct client *free_client(struct server *server)
{
	for (size_t i = 0; i < METRICS_CLIENTS; i++)
		if (server->client[i].fd < 0)
			return &server->client[i];
	return NULL;
}

static void client_accept(struct server *server, int listening)
{
	struct client *client = free_client(server);
	int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	*client = (struct client){ .fd = fd, .until_ms = os_now_ms() + METRICS_CLIENT_MS };
}

/* Returns false when the client is done with. */
static bool client_send(struct client *client)
{
	struct vigil_buffer *answer = &client->answer;

	while (client->sent < answer->length) {
		ssize_t n = send(client->fd, answer->data + client->sent,
				 answer->length - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		client->sent += (size_t)n;
	}
	/* Closing with unread input would be a reset, which may take the answer away. */
	shutdown(client->fd, SHUT_WR);
	return true;
}

/* Returns false when the client is done with. */
static bool client_receive(struct server *server, struct client *client)
{
	char rest[4096];
	bool answered = client->answer.length > 0;
	char *to = answered ? rest : client->request + client->length;
	size_t room = answered ? sizeof(rest) : METRICS_REQUEST - client->length;
	ssize_t n = recv(client->fd, to, room, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (n < 0 || answered)
		return true;
	client->length += (size_t)n;
	if (!metrics_answer(&client->answer, client->request, client->length,
			    published_get(server->figures, &server->health) ? &server->health
									    : NULL,
			    (uint64_t)os_now_ms()))
		return true;
	return !client->answer.failed && client_send(client);
}

static void client_attend(struct server *server, struct client *client, short events)
{
	bool stays = os_now_ms() < client->until_ms;

	if (stays && events & POLLOUT)
		stays = client_send(client);
	if (stays && events & (POLLIN | POLLHUP | POLLERR))
		stays = client_receive(server, client);
	if (!stays)
		client_end(client);
}

/* Fills in what to wait for. Returns the longest time to wait. */
static int server_wait(const struct server *server, struct pollfd wait[METRICS_CLIENTS],
		       bool *has_free)
{
	int64_t now = os_now_ms(), next = INT32_MAX;

	*has_free = false;
	for (size_t i = 0; i < METRICS_CLIENTS; i++) {
		const struct client *client = &server->client[i];
		bool sends = client->sent < client->answer.length;

		wait[i] = (struct pollfd){ .fd = client->fd,
					   .events = (short)(sends ? POLLIN | POLLOUT : POLLIN) };
		*has_free |= client->fd < 0;
		if (client->fd >= 0 && client->until_ms - now < next)
			next = client->until_ms > now ? client->until_ms - now : 0;
	}
	return next == INT32_MAX ? -1 : (int)next;
}

void metrics_serve(int listening, int stop, const struct published *figures)
{
	struct server *server = calloc(1, sizeof(*server));
	struct pollfd wait[METRICS_CLIENTS + 2];
	struct pollfd *others = wait + METRICS_CLIENTS;

	if (!server)
		return;
	server->figures = figures;
	for (size_t i = 0; i < METRICS_CLIENTS; i++)
		server->client[i].fd = -1;
	others[1] = (struct pollfd){ .fd = stop, .events = POLLIN };
	for (;;) {
		bool has_free;
		int ms = server_wait(server, wait, &has_free);

		others[0] = (struct pollfd){ .fd = has_free ? listening : -1, .events = POLLIN };
		if (poll(wait, METRICS_CLIENTS + 2, ms) < 0 && errno != EINTR)
			break;
		if (others[1].revents)
			break;
		for (size_t i = 0; i < METRICS_CLIENTS; i++)
			if (server->client[i].fd >= 0)
				client_attend(server, &server->client[i], wait[i].revents);
		if (others[0].revents)
			client_accept(server, listening);
	}
	for (size_t i = 0; i < METRICS_CLIENTS; i++)
		if (server->client[i].fd >= 0)
			client_end(&server->client[i]);
	free(server);
}
