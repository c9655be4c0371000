#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""spellings.py INCLUDE DIRECTORY - the headers of INCLUDE under every spelling of their names.

Windows' file names have no case, and books write Ntifs.h, NtIfs.h or NTIFS.H. Writes
headers into DIRECTORY that include the real ones.
"""
import itertools
import os
import sys


def main(include, directory):
    os.makedirs(directory, exist_ok=True)
    for real in sorted(name for name in os.listdir(include) if name.endswith(".h")):
        for stem in itertools.product(*({c.lower(), c.upper()} for c in real[:-2])):
            for end in (".h", ".H"):
                name = "".join(stem) + end
                if name != real:
                    with open(os.path.join(directory, name), "w", encoding="ascii") as f:
                        f.write(f'#include "{os.path.join(include, real)}"\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
