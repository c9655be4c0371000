/* SPDX-License-Identifier: MIT */
/* table_story.h - shared by tests of the process table: a story for each test. */
#ifndef TABLE_STORY_H
#define TABLE_STORY_H

#include "make_record.h"

#define NOBODY ((struct vigil_id){ 0 })
#define CREATE VIGIL_EVENT_PROCESS_CREATE
#define EXEC   VIGIL_EVENT_PROCESS_EXEC

extern struct story s;

/* For each test. */
int begin_story(void **state);
int end_story(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_story, end_story)

#endif /* TABLE_STORY_H */
