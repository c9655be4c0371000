/* SPDX-License-Identifier: MIT */
/* etw_linux.c - Linux has no ETW. */
#include "etw.h"

void etw_open(struct etw *etw)
{
	(void)etw;
}

void etw_event(struct etw *etw, const struct vigil_event *event)
{
	(void)etw;
	(void)event;
}

void etw_close(struct etw *etw)
{
	(void)etw;
}
