/* SPDX-License-Identifier: MIT */
#include "inspect/name_service.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "inspect/inspect.h"
#include "os/os.h"

#define ANSWERS 128   /* stored for the threads that asked */
#define KEEP_MS 60000 /* a minute */
#define WAIT_MS 1000  /* before an unanswered request is sent again */

struct answer {
	uint32_t what; /* INSPECT_...; 0: free */
	uint32_t id;
	uint32_t ticket; /* of the request; 0: answered */
	int64_t expires; /* ms; until then no request is sent */
	bool known;
	char name[NAME_SERVICE_BYTES];
};

/* One client for the whole program, because the functions that need names have no handle. */
static struct {
	pthread_mutex_t lock;
	struct inspect *inspect; /* NULL: not opened, or it failed */
	bool realtime;           /* priority of its helper, if a handle requested it */
	pid_t program;           /* the process that opened it: a fork of the program has none */
	int64_t again;           /* ms: time of the next attempt to open it */
	unsigned users;
	struct answer answer[ANSWERS];
} service = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Returns the client, which it opens if necessary; NULL: there is none now. The lock is held. */
static struct inspect *get_client(void)
{
	int64_t now = os_now_ms();

	if (service.program == getpid() && (service.inspect || now < service.again))
		return service.inspect;
	service.inspect = NULL;
	memset(service.answer, 0, sizeof(service.answer));
	service.program = getpid();
	service.again = now + KEEP_MS;
	inspect_open(&service.inspect,
		     INSPECT_CLASS(INSPECT_NAMES) | (service.realtime ? INSPECT_REALTIME : 0),
		     NULL);
	return service.inspect;
}

void name_service_open(bool realtime)
{
	pthread_mutex_lock(&service.lock);
	service.users++;
	service.realtime |= realtime;
	get_client();
	pthread_mutex_unlock(&service.lock);
}

void name_service_close(void)
{
	pthread_mutex_lock(&service.lock);
	if (service.users > 0 && --service.users == 0 && service.program == getpid()) {
		inspect_close(service.inspect);
		service.inspect = NULL;
		service.realtime = false;
		service.again = 0;
	}
	pthread_mutex_unlock(&service.lock);
}

static struct answer *find_answer_slot(uint32_t what, uint32_t id)
{
	return &service.answer[(id * 2u + (what == INSPECT_GROUP_NAME)) % ANSWERS];
}

static void store_answer(const struct inspect_answer *from, int64_t now)
{
	for (int i = 0; i < ANSWERS; i++) {
		struct answer *answer = &service.answer[i];

		if (!answer->what || answer->ticket != from->ticket)
			continue;
		answer->ticket = 0;
		answer->known = from->known;
		answer->expires = now + (from->known ? KEEP_MS : WAIT_MS);
		answer->name[0] = '\0';
		if (from->known && from->name_length < NAME_SERVICE_BYTES) {
			memcpy(answer->name, from->text, from->name_length);
			answer->name[from->name_length] = '\0';
		}
		return;
	}
}

bool name_service_ask(enum name_kind kind, uint32_t id, char name[NAME_SERVICE_BYTES])
{
	struct inspect_request request = { .what = kind == NAME_OF_GROUP ? INSPECT_GROUP_NAME
									 : INSPECT_USER_NAME,
					   .id = id };
	const struct inspect_answer *from;
	struct answer *answer;
	int64_t now = os_now_ms();
	bool known = false;
	uint32_t ticket;

	pthread_mutex_lock(&service.lock);
	while (get_client() && (from = inspect_next(service.inspect)) != NULL)
		store_answer(from, now);
	answer = find_answer_slot(request.what, id);
	if (answer->what == request.what && answer->id == id && now < answer->expires) {
		known = answer->known;
		if (known)
			memcpy(name, answer->name, sizeof(answer->name));
	} else if (service.inspect && (!answer->what || !answer->ticket) &&
		   inspect_ask(service.inspect, &request, -1, &ticket) == INSPECT_ASKED) {
		*answer = (struct answer){ .what = request.what, .id = id, .ticket = ticket };
	}
	pthread_mutex_unlock(&service.lock);
	return known;
}

/* Uses a separate helper, so that other lookups are not delayed. */
enum name_found name_service_find(const char *name, uint32_t *uid)
{
	struct inspect_request request = { .what = INSPECT_USER_ID, .path = name };
	const struct inspect_answer *answer = NULL;
	enum name_found found = NAME_UNANSWERED;
	struct inspect *inspect;

	if (inspect_open(&inspect, INSPECT_CLASS(INSPECT_NAMES), NULL) == VIGIL_OK)
		answer = inspect_wait(inspect, &request, -1, NAME_SERVICE_WAIT_MS);
	if (answer)
		found = answer->name_length ? NAME_FOUND : NAME_NONE;
	if (found == NAME_FOUND)
		*uid = answer->id;
	inspect_close(inspect);
	return found;
}
