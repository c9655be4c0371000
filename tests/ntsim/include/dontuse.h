/* SPDX-License-Identifier: MIT */
/* dontuse.h - warns of unsafe string functions, of which the simulator has none. */
