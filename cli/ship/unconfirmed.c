/* SPDX-License-Identifier: MIT */
#include "unconfirmed.h"

#include <string.h>

#include "os/os.h"

static struct unconfirmed_item *item_at(struct unconfirmed *u, size_t index)
{
	return &u->item[(u->first + index) & (UNCONFIRMED_MAX - 1)];
}

bool unconfirmed_add(struct unconfirmed *u, uint64_t number, size_t length)
{
	if (u->count == UNCONFIRMED_MAX)
		return false;
	u->written += length;
	*item_at(u, u->count++) = (struct unconfirmed_item){ number, u->written };
	return true;
}

void unconfirmed_look(struct unconfirmed *u, struct shipper *shipper, uint64_t outstanding)
{
	uint64_t *oldest = &u->received[u->looks % UNCONFIRMED_LOOKS], received = *oldest;
	int64_t now = os_now_ms(), passed = now - u->looked_ms;

	if (passed * UNCONFIRMED_LOOKS < u->delay_ms)
		return;
	if (passed >= u->delay_ms) /* the last look is old enough, too */
		received = u->received[(u->looks - 1) % UNCONFIRMED_LOOKS];
	while (u->count > 0 && item_at(u, 0)->end <= received) {
		ship_done(shipper, item_at(u, 0)->number, SHIP_ACKED, NULL);
		u->first++;
		u->count--;
	}
	*oldest = u->written - (outstanding < u->written ? outstanding : u->written);
	u->looked_ms = now;
	u->looks++;
}

void unconfirmed_fail(struct unconfirmed *u, struct shipper *shipper, const char *reason)
{
	for (size_t i = 0; i < u->count; i++)
		ship_done(shipper, item_at(u, i)->number, SHIP_AGAIN, reason);
	u->count = 0;
	u->written = 0;
	memset(u->received, 0, sizeof(u->received));
	u->looked_ms = os_now_ms();
}
