/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/cli.h"
#include "os/os.h"

/* State of the one terminal, for signal handlers. */
static int keys = -1;
static struct termios before;
static volatile sig_atomic_t taken, changed;

bool screen_open(void)
{
	if (isatty(STDOUT_FILENO))
		keys = open("/dev/tty", O_RDONLY | O_CLOEXEC);
	return keys >= 0;
}

/* Calls only functions that are safe in a signal handler. */
static void give_back(void)
{
	if (!taken)
		return;
	taken = 0;
	if (write(STDOUT_FILENO, SCREEN_LEAVE, sizeof(SCREEN_LEAVE) - 1) < 0)
		return; /* the terminal is gone: there is nothing to restore */
	tcsetattr(keys, TCSADRAIN, &before);
}

static bool take_terminal(void)
{
	struct termios raw = before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(keys, TCSADRAIN, &raw) < 0)
		return false;
	taken = 1;
	changed = 1;
	return os_write_all(STDOUT_FILENO, SCREEN_ENTER, sizeof(SCREEN_ENTER) - 1) == 0;
}

static void on_end(int number)
{
	if (cli_signal) { /* the second one: end immediately */
		give_back();
		_exit(128 + number);
	}
	cli_signal = number;
}

static void on_crash(int number)
{
	give_back();
	raise(number); /* SA_RESETHAND: now the signal ends the process */
}

/* Handles Ctrl-Z: restores the terminal for the shell; `fg` takes it back. */
static void on_stop(int number)
{
	int error = errno;

	(void)number;
	give_back();
	raise(SIGSTOP);
	take_terminal();
	errno = error;
}

static void on_change(int number)
{
	(void)number;
	changed = 1;
}

static void catch_signals(void)
{
	static const struct {
		int number;
		void (*handler)(int);
		int flags;
	} signals[] = {
		{ SIGINT, on_end, 0 },
		{ SIGTERM, on_end, 0 },
		{ SIGHUP, on_end, 0 },
		{ SIGQUIT, on_end, 0 },
		{ SIGTSTP, on_stop, 0 },
		{ SIGWINCH, on_change, 0 },
		{ SIGSEGV, on_crash, (int)SA_RESETHAND },
		{ SIGBUS, on_crash, (int)SA_RESETHAND },
		{ SIGFPE, on_crash, (int)SA_RESETHAND },
		{ SIGILL, on_crash, (int)SA_RESETHAND },
		{ SIGABRT, on_crash, (int)SA_RESETHAND },
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction action = { .sa_handler = signals[i].handler,
					    .sa_flags = signals[i].flags };

		sigaction(signals[i].number, &action, NULL);
	}
}

bool screen_begin(void)
{
	if (tcgetattr(keys, &before) < 0)
		return false;
	catch_signals();
	return take_terminal();
}

void screen_end(void)
{
	give_back();
	if (keys >= 0)
		close(keys);
	keys = -1;
}

void screen_size(unsigned *columns, unsigned *lines)
{
	struct winsize size = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*columns = size.ws_col >= 20 ? size.ws_col : size.ws_col ? 20 : 80;
	*lines = size.ws_row >= 4 ? size.ws_row : size.ws_row ? 4 : 24;
}

bool screen_changed(void)
{
	bool was = changed;

	changed = 0;
	return was;
}

/* Skips multi-byte keys such as arrows, which have no function here: ESC [ ... and a letter. */
static size_t sequence(const char *bytes, size_t length)
{
	size_t at = 2;

	if (length < 2 || (bytes[1] != '[' && bytes[1] != 'O'))
		return 1;
	while (at < length && (unsigned char)bytes[at] < 0x40)
		at++;
	return at < length ? at + 1 : at;
}

int screen_key(void)
{
	static char bytes[64]; /* several keys may come at once */
	static size_t at, length;

	if (at == length) {
		ssize_t got = read(keys, bytes, sizeof(bytes));

		if (got < 0)
			return errno == EINTR || errno == EAGAIN ? 0 : 'q';
		at = 0;
		length = (size_t)got;
	}
	while (at < length && bytes[at] == '\x1b')
		at += sequence(bytes + at, length - at);
	if (at == length)
		return 0;
	at++;
	return bytes[at - 1] == 3 ? 'q' : bytes[at - 1];
}

void screen_wait(int events, int ms)
{
	struct pollfd wait[] = { { .fd = events, .events = POLLIN },
				 { .fd = keys, .events = POLLIN } };

	poll(wait, 2, ms);
}
