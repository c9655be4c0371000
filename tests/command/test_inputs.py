#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_inputs.py - files that are none: named as such, never waited for, never opened."""
import os
import signal
import socket
import subprocess
import time

from tap import VIGIL, run

LINE = ('{"@timestamp":"2026-11-20T20:14:22.123456789Z","event":{"sequence":1},'
        '"host":{"name":"h","os":{"type":"linux"}},"process":{"pid":7,"name":"x",'
        '"entity_id":"00000001-0000-0007-0000-000000000001"},"vigil":{"type":"exec"}}\n')

# Every command that reads a file that the user names, with the file's place in it.
COMMANDS = (["run", "--config", "@"],
            ["rules", "list", "--rules", "@"], ["rules", "test", "--rules", "@", "/bin/ls"],
            ["rules", "load", "--rules", "@"], ["rules", "load", "@"],
            ["rules", "add", "--rules", "@", "deny", "name=x"],
            ["rules", "remove", "--rules", "@", "x"], ["rules", "clear", "--rules", "@"],
            ["replay", "@"], ["query", "@", "SELECT 1"], ["tree", "@"],
            ["report", "@", "-o", "/dev/null"], ["export", "--perfetto", "@", "-o", "/dev/null"])


def read(path, command):
    """Runs command with path in its place; it must end by itself, at once."""
    return subprocess.run([VIGIL, *(path if word == "@" else word for word in command)],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False,
                          text=True)


def kinds(directory):
    """Paths of what is no regular file, with the word for it."""
    fifo, sock = directory + "/fifo", directory + "/socket"
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(sock)
    return ((directory, "directory"), (sock, "socket"), ("/dev/zero", "character device"),
            ("/dev/tty", "character device"), (fifo, "FIFO"))


def test_words_of_block(directory):
    """vigil rules load takes a file, and no action takes a word that it would ignore"""
    rules = directory + "/rules"
    with open(rules, "w", encoding="utf-8") as f:
        f.write("deny name=x\n")
    done = read(rules, ["rules", "load", "@"])
    assert done.returncode == 6 and rules in done.stderr, done  # no process enforces them
    for action in (["load", "@", "more"], ["list", "more"], ["clear", "more"]):
        done = read(rules, ["rules", *action])
        assert done.returncode == 2 and "more" in done.stderr, (action, done)


def takes_pipes(command):
    return command[0] in ("replay", "tree", "report", "export")


def test_named_and_refused(directory):
    """directories, sockets, devices and FIFOs are refused by every command, with their type"""
    for path, what in kinds(directory):
        for command in COMMANDS:
            if what == "FIFO" and takes_pipes(command):
                continue
            done = read(path, command)
            said = done.stderr
            assert done.returncode in (1, 2), (command, path, done)
            assert path in said, (command, said)
            assert what in said and "regular file" in said, (command, what, said)
    done = read("/dev/zero", ["rules", "list", "--rules", "@"])
    assert "it is a character device; a regular file is expected" in done.stderr, done


def test_fifo_waits_and_ends(directory):
    """a FIFO without a writer: replay waits for one, and Ctrl-C or SIGTERM ends it at once"""
    fifo = directory + "/fifo"
    os.mkfifo(fifo)
    for command in (c for c in COMMANDS if takes_pipes(c)):
        for number in signal.SIGINT, signal.SIGTERM:
            waiting = subprocess.Popen([VIGIL, *(fifo if w == "@" else w for w in command)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(0.3)
            assert waiting.poll() is None, (command, waiting.stderr.read())
            sent = time.monotonic()
            waiting.send_signal(number)
            waiting.communicate(timeout=5)
            assert time.monotonic() - sent < 2, command


def test_fifo_is_read(directory):
    """a FIFO with a writer, process substitution and /dev/stdin are read to their end"""
    fifo = directory + "/fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([VIGIL, "replay", fifo], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as replay:
        with open(fifo, "w", encoding="utf-8") as writer:
            writer.write(LINE)
        shown, said = replay.communicate(timeout=10)
    assert "exec" in shown and "1 events shown" in said, (shown, said)
    lines = directory + "/lines"
    with open(lines, "w", encoding="utf-8") as out:
        out.write(LINE)
    for shell in ('"$0" replay <(cat "$1")', 'cat "$1" | "$0" replay /dev/stdin',
                  '"$0" replay /dev/stdin <"$1"', 'cat "$1" | "$0" replay -'):
        done = subprocess.run(["bash", "-c", shell, VIGIL, lines], capture_output=True, timeout=10,
                              check=True, text=True)
        assert "1 events shown" in done.stderr, (shell, done)
    done = subprocess.run(["bash", "-c", '"$0" replay <(true)', VIGIL], capture_output=True,
                          timeout=10, check=True, text=True)
    assert "0 events shown" in done.stderr, done


def test_nothing_is_opened(directory):
    """a FIFO's writer is not let go by a command that refuses the FIFO"""
    fifo = directory + "/fifo"
    os.mkfifo(fifo)
    writer = subprocess.Popen(["sh", "-c", 'echo x >"$0"', fifo])
    time.sleep(0.2)
    for command in (c for c in COMMANDS if not takes_pipes(c)):
        read(fifo, command)
        assert writer.poll() is None, command
    writer.kill()
    writer.wait()


run(globals())
