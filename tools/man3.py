#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""man3.py - makes a manual page of section 3 for each public function from the comments in
include/vigil/*.h.

usage: tools/man3.py [--check]

A comment's first sentence is the page's NAME. Paragraphs that begin with "Returns" are its RETURN
VALUES, the others its DESCRIPTION. A struct, enum or typedef is shown on the page of the first
function that names it. --check compares the pages with docs/man and writes nothing.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/man"
COMMENT = r"/\*((?:(?!\*/).)*)\*/\n"
FUNCTION = re.compile(COMMENT + r"VIGIL_API ([^;]+?)(\w+)\(([^;]*)\);", re.S)
TYPE = re.compile(rf"((?:{COMMENT})?(?:(?:struct|enum) (\w+) \{{.*?\n\}};|typedef [^;]*? (\w+)\([^;]*\);))",
                  re.S)
DEFINES = re.compile(r"(?:#define VIGIL_\w+ +\S.*\n)+")


def paragraphs(comment):
    """The comment's paragraphs, each a list of lines without the comment's own stars."""
    lines = [re.sub(r"^ ?\*? ?", "", line).rstrip() for line in comment.split("\n")]
    lines[0] = comment.split("\n")[0].strip()
    return [part.split("\n") for part in re.split(r"\n{2,}", "\n".join(lines).strip())]


def macro(word, name, parameters):
    """The word as a macro of mdoc; None: it is plain text."""
    lead, core, tail = re.fullmatch(r"(\(?)(.*?)([.,;:)]*)", word).groups()
    if core.count("(") > core.count(")") and tail.startswith(")"):
        core, tail = core + ")", tail[1:]
    if lead and not tail.startswith(")"):
        return None
    tail = "".join(f" {mark}" for mark in (tail[1:] if lead else tail))
    if found := re.fullmatch(r"(vigil_\w+)\(\)", core):
        text = f"Fn {name}" if found[1] == name else f"Xr {found[1]} 3"
    elif found := re.fullmatch(r"([a-z][\w-]+)\((\d)\)", core):
        text = f"Xr {found[1]} {found[2]}"
    elif re.fullmatch(r"NULL|VIGIL_[A-Z_0-9]+(\(\)|\.\.\.)?", core):
        text = f"Dv {core}"
    elif re.fullmatch(r"\*\w+", core) and core[1:] in parameters:
        text = f"Fa {core}"
    else:
        return None
    return f".{'Pq ' if lead else ''}{text}{tail}"


def escape(text):
    text = text.replace("\\", "\\e").replace("-1", "\\-1")
    return "\\&" + text if text.startswith((".", "'")) else text


def prose(lines, name, parameters):
    """Lines of mdoc; macros are on separate lines."""
    out, plain = [], []

    def flush():
        while plain:
            line = plain.pop(0)
            while plain and len(line) + len(plain[0]) < 95:
                line += " " + plain.pop(0)
            out.append(escape(line))

    for at, word in enumerate(words := " ".join(lines).split()):
        made = macro(word, name, parameters)
        if at == 0 and word in parameters and words[1:2] in (["is"], ["may"], ["has"], ["counts"]):
            made = f".Fa {word}"
        if made:
            flush()
            out.append(made)
        else:
            plain.append(word)
            if re.search(r"[.!?:]$", word):  # a sentence begins on a new line
                flush()
    flush()
    return out


def description(part, name, parameters):
    if not part[0].startswith("  "):
        return prose(part, name, parameters)
    items = re.findall(r"^  (\S+) +((?:.*\n?)(?:^ {4,}.*\n?)*)", "\n".join(part), re.M)
    out = ['.Bl -tag -width "children-of"']
    for key, text in items:
        out += [f".It Cm {key}", *prose([text], name, parameters)]
    return out + [".El"]


def infinitive(sentence):
    verb, rest = sentence.split(" ", 1)
    verb = re.sub(r"(ch|sh|ss)es$", r"\1", verb) if re.search(r"(ch|sh|ss)es$", verb) else verb[:-1]
    return f"{verb.lower()} {rest}"


def literal(text):
    return [".Bd -literal", *(escape(line) for line in text.rstrip().split("\n")), ".Ed"]


def shown_types(prototype, comment, types, defines, taken):
    """The header's types that a prototype names and no page has yet, with their enums."""
    out, todo = [], [prototype]
    while todo:
        text = re.sub(r"/\*.*?\*/", "", todo.pop(0), flags=re.S)
        for name, declaration in types.items():
            if name not in taken and re.search(rf"\b{name}\b", text):
                taken.add(name)
                out.append(declaration)
                todo += re.findall(r"enum \w+", declaration)
    for block in defines:
        prefix = re.match(r"#define (VIGIL_[A-Z]+)", block)[1]
        if block not in taken and any(prefix in text for text in [comment, *out]):
            taken.add(block)
            out.append(block)
    return out


def page(header, found, date, types, defines, taken):
    comment, returns, name, arguments = found
    parameters = re.findall(r"(\w+)(?:,|$)", arguments)
    parts = paragraphs(comment)
    first = re.match(r"(.*?[^.])\.(?:\s|$)", " ".join(parts[0]), re.S)[1]
    values = [part for part in parts[1:] if part[0].startswith("Returns")]
    lines = [".\\\" SPDX-License-Identifier: MIT",
             f".\\\" Made by tools/man3.py from include/vigil/{header}.",
             f".Dd {date}", f".Dt {name.upper()} 3", ".Os", ".Sh NAME", f".Nm {name}",
             f".Nd {infinitive(first)}", ".Sh SYNOPSIS", ".In vigil/vigil.h",
             f'.Ft "{returns.strip()}"', f".Fo {name}"]
    lines += [f'.Fa "{" ".join(argument.split())}"' for argument in arguments.split(",")]
    lines += [".Fc", ".Sh DESCRIPTION"]
    for number, part in enumerate(part for part in parts if part not in values):
        lines += [".Pp"] * (number > 0 and not part[0].startswith("  "))
        lines += description(part, name, parameters)
    for declaration in shown_types(f"{returns}({arguments})", comment, types, defines, taken):
        lines += literal(declaration)
    if values:
        lines.append(".Sh RETURN VALUES")
    for number, part in enumerate(values):
        lines += [".Pp"] * (number > 0) + prose(part, name, parameters)
    also = sorted({*re.findall(r"(vigil_\w+)\(\)", comment), "libvigil"} - {name})
    lines += [".Sh SEE ALSO"] + [f".Xr {other} 3{' ,' if other != also[-1] else ''}" for other in also]
    return "\n".join(lines) + "\n"


def main():
    date = re.search(r"^\.Dd (.*)", (PAGES / "libvigil.3").read_text(), re.M)[1]
    pages = {}
    for header in sorted((ROOT / "include/vigil").glob("*.h")):
        text = header.read_text()
        types = {}
        for whole, *rest in TYPE.findall(text):
            types[rest[1] or rest[2]] = whole
        defines, taken = DEFINES.findall(text), set()
        for found in FUNCTION.findall(text):
            pages[f"{found[2]}.3"] = page(header.name, found, date, types, defines, taken)
    old = {path.name for path in PAGES.glob("vigil_*.3")}
    wrong = sorted(old ^ set(pages)) + [name for name in sorted(old & set(pages))
                                        if (PAGES / name).read_text() != pages[name]]
    if sys.argv[1:] == ["--check"]:
        for name in wrong:
            print(f"docs/man/{name} is not what tools/man3.py makes")
        return bool(wrong) or not pages
    for name in old - set(pages):
        (PAGES / name).unlink()
    for name, text in pages.items():
        (PAGES / name).write_text(text)
    return 0


sys.exit(main())
