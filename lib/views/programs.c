/* SPDX-License-Identifier: MIT */
#include "views/programs.h"

#include <stdlib.h>
#include <string.h>

#include "record/subject.h"

#define NONE   UINT32_MAX
#define OTHERS "(other programs)"

/* A running process. It is found by its PID only: if its exit was lost, the next process with
 * this PID ends it. */
struct life {
	struct vigil_id id;
	uint64_t since;   /* when it began to run its program, ns since boot */
	uint32_t program; /* index; of a free entry: 1 + the next free one, 0: none */
};

void programs_free(struct programs *programs)
{
	string_table_free(&programs->names);
	process_map_free(&programs->by_pid);
	free(programs->program);
	free(programs->life);
	*programs = (struct programs){ 0 };
}

/* Finds or adds the program of a name; NONE: memory is exhausted. */
static uint32_t find_program(struct programs *programs, const char *name, size_t length)
{
	uint32_t known = programs->names.count, at;

	if (known >= PROGRAMS_MAX &&
	    string_table_find(&programs->names, name, length) == STRINGS_NONE) {
		name = OTHERS;
		length = sizeof(OTHERS) - 1;
	}
	if (known >= programs->capacity) {
		uint32_t capacity = programs->capacity ? programs->capacity * 2 : 64;
		struct program *program = realloc(programs->program, capacity * sizeof(*program));

		if (!program)
			return NONE;
		programs->program = program;
		programs->capacity = capacity;
	}
	at = string_table_add(&programs->names, name, length);
	if (at == known)
		programs->program[at] = (struct program){ 0 };
	return at;
}

static uint32_t program_of(struct programs *programs, const struct vigil_event *event)
{
	struct vigil_string image = vigil_subject_image(event);
	struct vigil_string name = vigil_subject_name(event);
	char brackets[80];
	size_t length = name.length < sizeof(brackets) - 2 ? name.length : sizeof(brackets) - 2;

	if (image.length)
		return find_program(programs, image.data, image.length);
	brackets[0] = '[';
	if (length)
		memcpy(brackets + 1, name.data, length);
	brackets[length + 1] = ']';
	return find_program(programs, brackets, length + 2);
}

static struct vigil_id key_of(const struct vigil_id *id)
{
	return (struct vigil_id){ .pid = id->pid };
}

static struct life *find_life(const struct programs *programs, const struct vigil_id *id)
{
	struct vigil_id key = key_of(id);
	uint32_t at = process_map_find(&programs->by_pid, &key);

	return at == PROCESS_MAP_NONE ? NULL : &programs->life[at];
}

static void end_life(struct programs *programs, struct life *life)
{
	struct vigil_id key = key_of(&life->id);

	process_map_remove(&programs->by_pid, &key);
	programs->program[life->program].running--;
	life->program = programs->free_life;
	programs->free_life = (uint32_t)(life - programs->life) + 1;
}

static struct life *new_life(struct programs *programs, const struct vigil_id *id)
{
	struct vigil_id key = key_of(id);
	uint32_t at = programs->free_life ? programs->free_life - 1 : programs->lives;

	if (at == programs->lives_capacity) {
		uint32_t capacity = at ? at * 2 : 256;
		struct life *life = realloc(programs->life, capacity * sizeof(*life));

		if (!life)
			return NULL;
		programs->life = life;
		programs->lives_capacity = capacity;
	}
	if (!process_map_set(&programs->by_pid, &key, at))
		return NULL;
	if (at == programs->lives)
		programs->lives++;
	else
		programs->free_life = programs->life[at].program;
	return &programs->life[at];
}

static bool apply_start(struct programs *programs, const struct vigil_event *event)
{
	const struct vigil_id *id = &event->start->process;
	struct life *life = find_life(programs, id);
	uint32_t program = program_of(programs, event);

	if (program == NONE)
		return false;
	if (life)
		end_life(programs, life);
	life = new_life(programs, id);
	if (!life)
		return false;
	*life = (struct life){ *id, event->record->mono, program };
	programs->program[program].running++;
	programs->program[program].starts +=
	    vigil_starts_program(event) && event->record->type != VIGIL_EVENT_PROCESS_SNAPSHOT;
	return true;
}

/* A process that began before the stream counts for the program in the process table. */
static bool apply_exit(struct programs *programs, const struct vigil_event *event)
{
	const struct vigil_exit_body *body = event->exit;
	struct life *life = find_life(programs, &body->process);
	bool known = life && life->id.start_key == body->process.start_key;
	uint32_t at = known ? life->program : program_of(programs, event);
	uint64_t lasted = body->lifetime, cpu;
	struct program *program;

	if (at == NONE)
		return false;
	if (known) {
		uint64_t ran = event->record->mono - life->since;

		if (event->record->mono > life->since && (!lasted || ran < lasted))
			lasted = ran;
		end_life(programs, life);
	}
	program = &programs->program[at];
	program->ended++;
	program->failed += body->code || body->signal;
	program->lifetime += lasted;
	if (lasted > program->longest)
		program->longest = lasted;
	(void)vigil_exit_cpu_time(body, &cpu);
	program->cpu_time += cpu;
	return true;
}

bool programs_apply(struct programs *programs, const struct vigil_event *event)
{
	if (vigil_start_of(event))
		return apply_start(programs, event);
	if (event->record->type == VIGIL_EVENT_PROCESS_EXIT)
		return apply_exit(programs, event);
	return true;
}
