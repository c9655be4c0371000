/* SPDX-License-Identifier: MIT */
/*
 * screen.h - full-screen use of the terminal: the alternate screen, single keys, drawing without
 * flicker. The terminal is restored however the process ends (a signal that can be caught, a
 * crash); after a stop and `fg` the screen is redrawn.
 */
#ifndef VIGIL_SCREEN_H
#define VIGIL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Opens the terminal for keys. Returns false if there is none, or none for output. */
bool screen_open(void);

/* Switches the opened terminal to full screen. There is one terminal: not to be called twice.
 * Returns false, with errno set, on failure. */
bool screen_begin(void);
void screen_end(void);

/* Gets the current size, columns and lines, at least 20 by 4. */
void screen_size(unsigned *columns, unsigned *lines);

/* Returns whether the size changed, or the process was stopped, since the last call. */
bool screen_changed(void);

/* Shows text, lines ended by '\n', from the top, in place of the previous text. Returns false if
 * the terminal is gone. */
bool screen_show(const char *text, size_t length);

/* Returns the key that was pressed, 0: none. Ctrl-C and the end of the terminal are 'q'. */
int screen_key(void);

/* Returns the descriptor to poll for keys. */
int screen_fd(void);

#endif /* VIGIL_SCREEN_H */
