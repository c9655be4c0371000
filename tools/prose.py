#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""prose.py - finds words of tools/prose.txt in documentation, comments and messages.

    tools/prose.py [--count] [FILE...]

Without FILE: every file that git knows. --count prints the number for each folder.
Not read: names in C, anything between backquotes. Exit status 1: findings.
"""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OWN = {"tools/prose.txt", "tools/prose.py", "docs/fields.md", "LICENSE", "debian/copyright"}  # fields.md: generated
C_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)
HASH_TEXT = re.compile(r'(?:^|(?<=\s))#(?!include|define|if|endif|else)[^\n]*|"""(.*?)"""', re.S | re.M)
QUOTED = re.compile(r"`[^`\n]*`")
CODE = re.compile(r"```.*?```|\]\([^)]*\)|\"[^\"\n]*\"|^\t[^\n]*", re.S | re.M)


def words():
    for line in (ROOT / "tools/prose.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, instead = line.split("\t")
            yield re.compile(rf"(?<![\w.>])(?:{pattern})(?!\w|\(|->|\.[ch]\b)"), instead


def texts(path, text):
    """Yields (offset, prose) of a file."""
    if path.suffix in (".c", ".h", ".mc"):
        for match in C_TEXT.finditer(text):
            if not text[: match.start()].rpartition("\n")[2].startswith("#include"):
                yield match.start(), match.group()
    elif path.suffix in (".1", ".3", ".5"):
        yield 0, text
    elif path.suffix in (".md", "") and path.name != "Makefile":
        yield 0, CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    elif path.suffix in (".sh", ".py", ".txt", ".cmake", ".json", "") or path.name == "Makefile":
        for match in HASH_TEXT.finditer(text):
            yield match.start(), match.group()


def findings(name, table):
    path = ROOT / name
    try:
        text = path.read_text()
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return
    for at, prose in texts(path, text):
        prose = QUOTED.sub(lambda match: " " * len(match.group()), prose)
        for pattern, instead in table:
            for match in pattern.finditer(prose):
                line = text.count("\n", 0, at + match.start()) + 1
                yield line, match.group(), instead


def main(arguments):
    counting = "--count" in arguments
    given = [a for a in arguments if not a.startswith("--")]
    listed = given or subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, text=True,
                                     stdout=subprocess.PIPE).stdout.split("\n")
    table, found = list(words()), collections.Counter()
    for name in filter(None, listed):
        if name in OWN:
            continue
        for line, word, instead in findings(name, table):
            found[str(pathlib.Path(name).parent)] += 1
            if not counting:
                print(f"{name}:{line}: \"{word}\": write: {instead}")
    if counting:
        for folder, count in found.most_common():
            print(f"{count:6} {folder}")
    return found.total() > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
