#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers.py - a folder of lib/ includes only what lib/CMakeLists.txt allows it, folders form no
cycle, and only os/ asks for the system. Likewise cli/ and cli/CMakeLists.txt: the command uses
public headers, core and os, and the headers listed there; what differs between systems is in
separate files.

usage: tests/layers.py SOURCE_DIR
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1], "lib")
listed = (root / "CMakeLists.txt").read_text()
ASKS = re.compile(r"\b(_WIN32|__linux__)\b")
layers = {name: allowed.split() for name, allowed in re.findall(r'^\t"(\w+):([\w ]*)"', listed, re.M)}
problems = []
used = set()
if folders := {d.name for d in root.iterdir() if d.is_dir()} ^ set(layers):
    problems.append(f"VIGIL_LAYERS and the folders differ in: {', '.join(sorted(folders))}")
for number, (layer, allowed) in enumerate(layers.items()):
    for name in set(allowed) - set(list(layers)[:number]):
        problems.append(f"VIGIL_LAYERS: {name}, which {layer} may include, is not above it")
for file in sorted(root.glob("*/**/*.[ch]")):
    name, layer = file.relative_to(root), file.relative_to(root).parts[0]
    text = file.read_text()
    for included in re.findall(r'#include "([^"]+)"', text):
        folder = included.split("/")[0]
        used.add((layer, folder))
        if folder in layers and folder not in (layer, *layers[layer]):
            problems.append(f"{name} includes {included}: {layer} may include {layers[layer]}")
        elif folder in layers and not (root / included).exists():
            problems.append(f"{name} includes {included}, which is not there")
    if ASKS.search(text) and layer != "os":
        problems.append(f"{name} asks for the system: only os/ does, by #ifdef _WIN32")
for layer, allowed in layers.items():
    problems += [f"VIGIL_LAYERS: {layer} includes nothing of {name}" for name in allowed
                 if (layer, name) not in used]
cli = root.parent / "cli"
listed = (cli / "CMakeLists.txt").read_text()
folders = {name: allowed.split() for name, allowed in re.findall(r'^\t"(\w+):([\w ]*)"', listed, re.M)}
headers = set(re.findall(r'^\t"(\w+/[\w/]+\.h)"', listed, re.M))
unused = {(folder, name) for folder, allowed in folders.items() for name in allowed}
if differ := {d.name for d in cli.iterdir() if d.is_dir()} ^ set(folders):
    problems.append(f"VIGIL_CLI_FOLDERS and the folders differ in: {', '.join(sorted(differ))}")
seen = set()
for file in sorted(cli.rglob("*.[ch]")):
    name, folder = file.relative_to(cli), file.relative_to(cli).parts[0]
    text = file.read_text()
    if ASKS.search(text):
        problems.append(f"cli/{name} asks for the system: put that into a file ..._linux or _windows")
    for included in re.findall(r'#include "([^"]+/[^"]+)"', text):
        other = included.split("/")[0]
        unused.discard((folder, other))
        seen.add(included)
        if folder in folders and other not in folders[folder] and included not in headers:
            problems.append(f"cli/{name} includes {included}: {folder} may include "
                            f"{folders[folder]}")
problems += [f"VIGIL_CLI_FOLDERS: {folder} includes nothing of {other}"
             for folder, other in sorted(unused)]
problems += [f"VIGIL_CLI_HEADERS: nothing includes {name}" for name in sorted(headers - seen)]
for problem in problems:
    print(problem, file=sys.stderr)
print(f"{len(layers)} folders, {sum(map(len, layers.values()))} allowed edges, {len(problems)} problems")
sys.exit(bool(problems))
