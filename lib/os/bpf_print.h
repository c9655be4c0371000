/* SPDX-License-Identifier: MIT */
/*
 * bpf_print.h - captures what libbpf prints while the library loads programs.
 *
 * libbpf has one print function for the whole process, which belongs to the program. So it is
 * replaced only between bpf_print_begin and bpf_print_end, and even then it receives what
 * libbpf prints in the program's other threads. Thread-safe.
 */
#ifndef VIGIL_OS_BPF_PRINT_H
#define VIGIL_OS_BPF_PRINT_H

/* Logs what libbpf prints in this thread until bpf_print_end (log.h). */
void bpf_print_begin(void);
void bpf_print_end(void);

/* Returns the first line of the first warning since bpf_print_begin in this thread, which is the
 * reason for an error number; "": there was none. */
const char *bpf_print_warning(void);

/* Forgets that warning. Call it before another attempt. */
void bpf_print_forget(void);

#endif /* VIGIL_OS_BPF_PRINT_H */
