/* SPDX-License-Identifier: MIT */
/*
 * screen.h - the whole terminal for a while: the alternate screen, keys as they are
 * pressed, pictures without flicker. However the process ends (a signal that can be
 * caught, a crash), the terminal is as it was; after a stop and `fg` all is drawn anew.
 */
#ifndef VIGIL_SCREEN_H
#define VIGIL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Opens the terminal that keys come from. False: there is none, or none to show on. */
bool screen_open(void);

/* Takes the terminal that was opened. There is one of it: not to be called twice. false: it
 * cannot be taken, errno says why. */
bool screen_begin(void);
void screen_end(void);

/* Its size now, columns and lines, at least 20 by 4. */
void screen_size(unsigned *columns, unsigned *lines);

/* Whether its size changed, or it was stopped, since the last call. */
bool screen_changed(void);

/* Shows text, lines ended by '\n', from the top; what stood there goes. false: the
 * terminal is gone. */
bool screen_show(const char *text, size_t length);

/* The key that was pressed, 0: none; Ctrl-C, and the end of the terminal, are 'q'. */
int screen_key(void);

/* To wait for a key with poll. */
int screen_fd(void);

#endif /* VIGIL_SCREEN_H */
