/* SPDX-License-Identifier: MIT */
#include "unconfirmed.h"

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
	int64_t now = os_now_ms();

	if (now - u->received_ms < u->delay_ms)
		return;
	while (u->count > 0 && item_at(u, 0)->end <= u->received) {
		ship_done(shipper, item_at(u, 0)->number, SHIP_ACKED, NULL);
		u->first++;
		u->count--;
	}
	u->received = u->written - (outstanding < u->written ? outstanding : u->written);
	u->received_ms = now;
}

void unconfirmed_fail(struct unconfirmed *u, struct shipper *shipper, const char *reason)
{
	for (size_t i = 0; i < u->count; i++)
		ship_done(shipper, item_at(u, i)->number, SHIP_AGAIN, reason);
	u->count = 0;
	u->written = u->received = 0;
	u->received_ms = os_now_ms();
}
