/* SPDX-License-Identifier: MIT */
/*
 * bpf_print.h - what libbpf prints while the library loads programs.
 *
 * libbpf has one print function for the whole process. It is the program's, so it is replaced
 * only between bpf_print_begin and bpf_print_end, and meanwhile it still gets what libbpf prints
 * in the program's other threads. Several threads may load at the same time.
 */
#ifndef VIGIL_BPF_PRINT_H
#define VIGIL_BPF_PRINT_H

/* From here to bpf_print_end, what libbpf prints in this thread is logged (log.h). */
void bpf_print_begin(void);
void bpf_print_end(void);

/* The first line of the first warning since bpf_print_begin in this thread: the reason for an
 * error number. "" if there was none. */
const char *bpf_print_warning(void);

/* Forgets that warning, before another attempt. */
void bpf_print_forget(void);

#endif /* VIGIL_BPF_PRINT_H */
