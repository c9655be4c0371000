/* SPDX-License-Identifier: MIT */
/* test_kernel_types.c - the kernel's types by name, and an excerpt of them, are what libbpf
 * reads. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "lsm.skel.h"
#include "os/btf_excerpt.h"
#include "os/kernel_types.h"
#include "os/rdonly_cast.h"
#include "shared.h"
#include "vigil.skel.h"

/* Skips where there is no such file. */
static struct kernel_types *open_types(struct btf **theirs)
{
	if (access(KERNEL_TYPES_FILE, R_OK) < 0)
		skip();
	*theirs = btf__load_vmlinux_btf();
	assert_non_null(*theirs);
	return kernel_types_open();
}

static void same_types(void **state)
{
	static const uint32_t kinds[] = { BTF_KIND_FUNC, BTF_KIND_STRUCT, BTF_KIND_UNION,
					  BTF_KIND_TYPEDEF };
	struct btf *theirs;
	struct kernel_types *ours = open_types(&theirs);
	uint32_t named = 0;

	(void)state;
	assert_non_null(ours);
	assert_int_equal(kernel_types_count(ours), btf__type_cnt(theirs));
	for (uint32_t id = 1; id < kernel_types_count(ours); id++) {
		const struct btf_type *a = kernel_types_at(ours, id),
				      *b = btf__type_by_id(theirs, id);
		const char *name = btf__name_by_offset(theirs, b->name_off);
		uint32_t found = 0, kind = btf_kind(b);

		assert_memory_equal(a, b, sizeof(*a));
		assert_string_equal(kernel_types_string(ours, a->name_off), name);
		if (!*name ||
		    (kind != kinds[0] && kind != kinds[1] && kind != kinds[2] && kind != kinds[3]))
			continue;
		do
			found = kernel_types_next(ours, name, strlen(name), found);
		while (found != 0 && found != id);
		assert_int_equal(found, id);
		named++;
	}
	assert_true(named > 1000);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_int_equal(kernel_types_find(ours, "no_such_type", kinds[i]), 0);
		assert_int_equal(kernel_types_find(ours, "", kinds[i]), 0);
	}
	assert_int_equal(btf_kind(kernel_types_at(ours, kernel_types_find(ours, "task_struct",
									  BTF_KIND_STRUCT))),
			 BTF_KIND_STRUCT);
	assert_true(kernel_types_tracepoint(ours, "sched_process_exec") == 4);
	assert_int_equal(kernel_types_tracepoint(ours, "no_such_tracepoint"), 0);
	btf__free(theirs);
	kernel_types_close(ours);
}

/* Each member of each structure that is in the excerpt, as the kernel has it. */
static uint32_t compare_members(const struct btf *excerpt, const struct btf_type *type,
				const struct btf *kernel)
{
	const char *name = btf__name_by_offset(excerpt, type->name_off);
	int id = btf__find_by_name_kind(kernel, name, btf_kind(type));
	const struct btf_type *whole;

	assert_true(id > 0);
	whole = btf__type_by_id(kernel, (uint32_t)id);
	if (whole->size != type->size || btf_vlen(whole) != btf_vlen(type))
		return 0; /* another one of the same name */
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		uint32_t offset = btf_member_bit_offset(type, i);

		assert_int_equal(offset, btf_member_bit_offset(whole, i));
		assert_int_equal(btf_member_bitfield_size(type, i),
				 btf_member_bitfield_size(whole, i));
		assert_int_equal(btf__resolve_size(excerpt, btf_members(type)[i].type),
				 btf__resolve_size(kernel, btf_members(whole)[i].type));
	}
	return 1;
}

static void excerpt_has_what_programs_name(void **state)
{
	char path[BTF_EXCERPT_PATH];
	int file = btf_excerpt_open(path);
	struct btf *kernel, *excerpt;
	struct kernel_types *types = open_types(&kernel);
	struct vigil_bpf *bpf = vigil_bpf__open();
	uint32_t same = 0;

	(void)state;
	assert_true(file >= 0);
	assert_non_null(types);
	assert_non_null(bpf);
	assert_int_equal(btf_excerpt_write(file, types, bpf->obj), 0);
	excerpt = btf__parse(path, NULL);
	assert_non_null(excerpt);
	for (uint32_t id = 1; id < btf__type_cnt(excerpt); id++) {
		const struct btf_type *type = btf__type_by_id(excerpt, id);

		if (btf_is_composite(type) && type->name_off != 0)
			same += compare_members(excerpt, type, kernel);
	}
	assert_true(same > 50);
	assert_true(btf__find_by_name_kind(excerpt, "task_struct", BTF_KIND_STRUCT) > 0);
	assert_true(btf__find_by_name_kind(excerpt, "kernfs_node", BTF_KIND_STRUCT) > 0);
	/* named by no program, in no structure that is */
	assert_true(btf__find_by_name_kind(excerpt, "tcp_sock", BTF_KIND_STRUCT) < 0);
	assert_true(btf__type_cnt(excerpt) < kernel_types_count(types) / 10);
	btf__free(excerpt);
	btf__free(kernel);
	vigil_bpf__destroy(bpf);
	kernel_types_close(types);
	close(file);
}

/* How many instructions of a kind a program has: marks of untrusted(), or calls of a function
 * of the kernel. */
static uint32_t count_code(const struct bpf_object *object, bool calls)
{
	struct bpf_program *program;
	uint32_t count = 0;

	bpf_object__for_each_program(program, object) for (size_t i = 0;
							   i < bpf_program__insn_cnt(program); i++)
	{
		const struct bpf_insn *code = &bpf_program__insns(program)[i];

		count += calls ? code->code == (BPF_JMP | BPF_CALL) &&
				     code->src_reg == BPF_PSEUDO_KFUNC_CALL
			       : code->imm == VIGIL_RDONLY_CAST_MARK;
	}
	return count;
}

static void marks_become_calls(void **state)
{
	struct btf *theirs;
	struct kernel_types *types = open_types(&theirs);
	struct vigil_bpf *bpf = vigil_bpf__open();
	struct lsm_bpf *lsm = lsm_bpf__open();
	bool can = kernel_types_has_function(types, "bpf_rdonly_cast");
	uint32_t marks;

	(void)state;
	marks = count_code(bpf->obj, false);
	assert_in_range(marks, 4, 20); /* on_exec, on_newtask, on_exit, snapshot */
	assert_int_equal(count_code(bpf->obj, true), 0);
	assert_int_equal(rdonly_cast_insert(bpf->obj, types), 0);
	assert_int_equal(count_code(bpf->obj, true), can ? marks : 0);
	assert_int_equal(count_code(bpf->obj, false), can ? 0 : marks);
	assert_true(count_code(lsm->obj, false) > 0);
	assert_int_equal(rdonly_cast_insert(lsm->obj, types), 0);
	assert_int_equal(count_code(lsm->obj, false), can ? 0 : count_code(lsm->obj, false));
	lsm_bpf__destroy(lsm);
	vigil_bpf__destroy(bpf);
	btf__free(theirs);
	kernel_types_close(types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_types),
		cmocka_unit_test(excerpt_has_what_programs_name),
		cmocka_unit_test(marks_become_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
