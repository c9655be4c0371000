/* SPDX-License-Identifier: MIT */
/*
 * btf_excerpt.h - the part of the kernel's type information (BTF) that BPF programs need.
 *
 * libbpf relocates each access of a program to a kernel structure. For each structure it
 * searches all types of the kernel by name, about 100,000 of them: 50 ms in all for the sensor.
 * In an excerpt that has the structures which the programs name, and what these contain, that
 * takes less than 1 ms.
 */
#ifndef VIGIL_BTF_EXCERPT_H
#define VIGIL_BTF_EXCERPT_H

struct bpf_object;
struct kernel_types;

/* Room for the path of an excerpt. */
#define BTF_EXCERPT_PATH 32

/*
 * Makes an empty file in memory for an excerpt, and writes its path into `path`, which is for
 * btf_custom_path in the options with which the object is opened. Returns its descriptor, which
 * the caller closes after the object is loaded; or -errno.
 */
int btf_excerpt_open(char path[BTF_EXCERPT_PATH]);

/*
 * Fills the file: with each structure and union in `kernel` that has the name of one in the
 * type information of `object` (without ___ and what follows it), and with the types that these
 * contain. What a pointer points to is left out: no access goes through a pointer in one step.
 * Returns 0 or -errno.
 */
int btf_excerpt_write(int file, const struct kernel_types *kernel, const struct bpf_object *object);

#endif /* VIGIL_BTF_EXCERPT_H */
