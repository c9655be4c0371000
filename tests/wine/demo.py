#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""demo.py - vigil.sys and vigil.exe at work under Wine, for people to see.

BUILD in the environment is the build directory for Windows. tools/windows-demo.sh
says all that is to be said about it.
"""
import signal
import subprocess
import sys
import time

from wine import Wine

VIGIL = r"C:\vigil.exe"
NOTEPAD = r"C:\windows\system32\notepad.exe"
WIDTH = ("--width", "110")


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def do(wine, text, *arguments):
    """One thing that really happens; what vigil.exe shows of it follows."""
    say(text)
    done = wine.run(r"C:\fire.exe", *arguments)
    time.sleep(0.5)  # for the watcher to print
    return done


def show(wine):
    say(r"> vigil.exe watch --type process,image,remote-thread,denied")
    watch = wine.start(VIGIL, "watch", *WIDTH, "--type",
                       "process,image,remote-thread,denied,status", stdin=subprocess.DEVNULL)
    time.sleep(1.5)
    do(wine, "# A program starts another one, which loads a library and ends.",
       "spawn", r"C:\fire.exe image version.dll")
    do(wine, "# A program starts another one, and then a thread in it.",
       "remote", r"C:\fire.exe sleep 60000")
    wine.ask("rules", "deny", "name", "notepad.exe")
    done = do(wine, "# A rule denies notepad.exe by its name. A program starts it all the same.",
              "spawn", NOTEPAD)
    print(f"(its creator got error {done.returncode}, access denied; notepad.exe never ran)")
    wine.ask("rules")
    watch.send_signal(signal.SIGINT)
    watch.wait(30)

    job = r"C:\fire.exe exit 3 & for %i in (1 2) do @C:\windows\system32\whoami.exe"
    say(f'> vigil.exe trace -- cmd /c "{job}"')
    # Run by a debugger, for neither vigil.exe nor cmd.exe knows of the rig.
    subprocess.run([wine.wine, r"C:\fire.exe", "run",
                    subprocess.list2cmdline([VIGIL, "trace", *WIDTH, "--", "cmd", "/c", job])],
                   env=wine.environment | {"FIRE_LOG": r"C:\log.txt"}, cwd=wine.c,
                   stdin=subprocess.DEVNULL, timeout=60, check=False)


def main():
    wine = Wine()
    try:
        print("Wine starts in a directory of its own; that takes some ten seconds...", flush=True)
        wine.begin()
        for name in ("rig", "vigil"):
            wine.install(name)
            say(f"> sc start {name}")
            wine.service("start", name)
        counts = wine.counts()
        print(f"vigil.sys runs: {counts['imports']} of its imports are the rig's, all others "
              f"are Wine's;\nit has taken {counts['bytes']:,} bytes of pool.")
        show(wine)
        say("> sc stop vigil")
        wine.service("stop", "vigil")
        counts = wine.counts()
        print(f"vigil.sys is unloaded; of {counts['allocations']} pieces of pool it has left "
              f"{counts['blocks']}.")
        wine.service("stop", "rig")
    finally:
        wine.end()
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
