#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""source.py DIRECTORY - puts the source of something to build there; prints where."""
import os
import re
import subprocess
import sys


def debian_source(where):
    """Unpacks Debian's `hello` into where, with a separate apt state."""
    state = os.path.join(where, "apt")
    os.makedirs(state + "/lists/partial")
    os.makedirs(state + "/cache/archives/partial")
    sources = ""
    for directory, _, files in os.walk("/etc/apt"):
        for name in files:
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as f:
                text = f.read()
            if name.endswith(".list"):
                sources += "".join(re.sub(r"^deb ", "deb-src ", line) for line in
                                   text.splitlines(True) if line.startswith("deb "))
            elif name.endswith(".sources"):
                sources += text.replace("Types: deb\n", "Types: deb-src\n") + "\n"
    kind = "sources" if "Types:" in sources else "list"
    with open(f"{state}/hello.{kind}", "w", encoding="utf-8") as f:
        f.write(sources)
    options = [f"-oDir::Etc::SourceList={state}/hello.{kind}", "-oDir::Etc::SourceParts=/dev/null",
               f"-oDir::State::Lists={state}/lists", f"-oDir::Cache={state}/cache",
               "-oAPT::Sandbox::User=root", "-oAcquire::Retries=2"]
    for command in ["update"], ["source", "hello"]:
        done = subprocess.run(["apt-get", "-qq", *options, *command], cwd=where, timeout=120,
                              capture_output=True, check=False)
        if done.returncode:
            return None
    found = [d for d in os.listdir(where) if d.startswith("hello-")]
    return os.path.join(where, found[0]) if found else None


def generated_source(where):
    """A project of 60 C files under make: what there is without an archive."""
    for i in range(60):
        with open(f"{where}/f{i}.c", "w", encoding="utf-8") as f:
            f.write(f"#include <stdio.h>\nint f{i}(void) {{ return printf(\"{i}\"); }}\n")
    with open(where + "/Makefile", "w", encoding="utf-8") as f:
        f.write("all: $(patsubst %.c,%.o,$(wildcard *.c))\n\tar rc lib.a $^\n")
    return where


if __name__ == "__main__":
    print(debian_source(sys.argv[1]) or generated_source(sys.argv[1]))
