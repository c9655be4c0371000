/* SPDX-License-Identifier: MIT */
#include "process/table_story.h"

struct story s;

int begin_story(void **state)
{
	(void)state;
	story_begin(&s, 0);
	return 0;
}

int end_story(void **state)
{
	(void)state;
	story_end(&s);
	return 0;
}
