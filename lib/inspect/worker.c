/* SPDX-License-Identifier: MIT */
#include "inspect/worker.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect/channel.h"
#include "os/os.h"

#define FILES (INSPECT_BUILD_ID | INSPECT_SHA256 | INSPECT_LINKS)
#define NAMES (INSPECT_USER_NAME | INSPECT_GROUP_NAME | INSPECT_USER_ID)

/* Returns the number of bytes of the message, 0 at the end of the socket; *fd: the descriptor
 * that came with it, or -1. */
static size_t receive_request(int socket, struct inspect_message *request, int *fd)
{
	ssize_t got;

	do
		got = channel_receive(socket, request, sizeof(*request), 0, fd);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (size_t)got : 0;
}

static void answer_request(struct inspect_message *request, int fd, struct inspect_answer *answer)
{
	uint32_t what = request->request.what;

	memset(answer, 0, offsetof(struct inspect_answer, text));
	answer->ticket = request->ticket;
	request->path[request->path_length] = '\0';
	if (what & FILES)
		inspect_read_file(request, fd, answer);
	else if (what & INSPECT_ARGS)
		inspect_read_args(request, answer);
	else if (what & INSPECT_MAPPING)
		inspect_read_mapping(request, answer);
	else if (what & INSPECT_COMMAND)
		inspect_read_command(request, answer);
	else if (what & INSPECT_CONTAINER)
		inspect_read_container(request, answer);
	else if (what & NAMES)
		inspect_read_name(request, answer);
}

void worker_serve(int socket, enum inspect_class class, bool realtime)
{
	static struct inspect_message request;
	static struct inspect_answer answer;
	const size_t head = offsetof(struct inspect_message, path);
	size_t got;
	int fd;

	if (class == INSPECT_HASHES)
		setpriority(PRIO_PROCESS, 0, 10); /* a failure slows down other programs */
	else if (realtime)
		os_set_realtime(true); /* records wait for it; a request takes microseconds */
	inspect_worker_confine(class);
	while ((got = receive_request(socket, &request, &fd)) >= head) {
		if (request.path_length >= sizeof(request.path) || got < head + request.path_length)
			return;
		answer_request(&request, fd, &answer);
		if (fd >= 0)
			close(fd);
		if (send(socket, &answer,
			 offsetof(struct inspect_answer, text) + answer.args_length +
			     answer.name_length,
			 MSG_NOSIGNAL) < 0)
			return;
	}
}
