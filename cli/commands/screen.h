/* SPDX-License-Identifier: MIT */
/*
 * screen.h - full-screen use of the terminal: the alternate screen, single keys, drawing without
 * flicker. The terminal is restored however the process ends (a signal that can be caught, a
 * crash); after a stop and `fg` (Linux) the screen is redrawn. Implemented by screen_linux.c for
 * terminals and by screen_windows.c for consoles, which accept the same sequences since Windows
 * 10; screen.c draws.
 */
#ifndef VIGIL_SCREEN_H
#define VIGIL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Alternate screen, no cursor, no wrapping; and the reverse. */
#define SCREEN_ENTER "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
#define SCREEN_LEAVE "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

/* Opens the terminal for keys. Returns false if there is none, or none for output. */
bool screen_open(void);

/* Switches the opened terminal to full screen. There is one terminal: not to be called twice.
 * Returns false if the terminal cannot do that. */
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

/* Waits at most ms for a key, or until the descriptor `events` can be read. Windows, where events
 * have no descriptor (-1), waits for a key or 20 ms. */
void screen_wait(int events, int ms);

#endif /* VIGIL_SCREEN_H */
