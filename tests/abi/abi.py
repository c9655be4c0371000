#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""abi.py - the ABI of libvigil.so is compatible with the one in libvigil.abi.

usage: tests/abi/abi.py LIBRARY CONFIGURED_INCLUDE CC
       tests/abi/abi.py --update LIBRARY

The second writes libvigil.abi again, after a release or a change of the ABI's number. The first also
checks the checker: libraries with the changes in CHANGES, made from the headers alone.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INCLUDE = ROOT / "include"
BASELINE = HERE / "libvigil.abi"

# file, text, what takes its place, whether programs that were compiled before still work
CHANGES = [
    ("sensor.h", "\tuint64_t end; ", "\tuint64_t added;\n\tuint64_t end; ", False),
    ("sensor.h", "\tuint64_t program;\n};", "\tuint64_t program;\n\tuint64_t added;\n};", True),
    ("sensor.h", "\tstruct vigil_string host;\n};", "\tstruct vigil_string host, added;\n};", True),
    ("sensor.h", "\tenum vigil_redact redact;", "\tuint64_t added;\n\tenum vigil_redact redact;",
     False),
    ("sensor.h", "\tuint32_t children_of_count;\n};",
     "\tuint32_t children_of_count;\n\tuint64_t added;\n};", True),
    ("sensor.h", "\tconst char *redact_key;\n", "", False),
    ("sensor.h", "int timeout_ms);", "long timeout_ms);", False),
    ("sensor.h", "VIGIL_API const char *vigil_backend(const struct vigil *v);", "", False),
    ("sensor.h", "VIGIL_API const char *vigil_backend(", "VIGIL_API int vigil_added(void);\n"
     "VIGIL_API const char *vigil_backend(", True),
    ("common.h", "\tchar text[500];", "\tchar text[600];", False),
    ("common.h", "VIGIL_ERROR_MEMORY = -7", "VIGIL_ERROR_MEMORY = -9", False),
    ("common.h", "\tVIGIL_ERROR_FORMAT = -8 ", "\tVIGIL_ERROR_ADDED = -9,\n\tVIGIL_ERROR_FORMAT = -8 ",
     True),
    ("field.h", "\tchar buffer[320]; ", "\tchar buffer[320], added; ", False),
    ("statistics.h", "\tuint64_t total; ", "\tuint64_t total, added; ", True),
    ("event.h", "VIGIL_LOSS_MAX = 8", "VIGIL_LOSS_ADDED = 8,\n\tVIGIL_LOSS_MAX = 9", True),
]


def dump(library, to):
    """The types of the headers and the functions, without places in the source."""
    subprocess.run(["abidw", "--exported-interfaces-only", "--headers-dir", INCLUDE,
                    "--drop-private-types", "--no-show-locs", "--no-comp-dir-path",
                    "--no-corpus-path", "--no-elf-needed", "--out-file", to, library], check=True)


def compare(old, new, include):
    """Whether new is compatible, and what abidiff says."""
    done = subprocess.run(["abidiff", "--no-added-syms", "--suppressions", HERE / "compatible.ini",
                           "--headers-dir1", include, "--headers-dir2", include, old, new],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def stub(folder, name, include, configured, cc):
    """A library with the functions of the headers, which do nothing."""
    text = "\n".join(path.read_text() for path in sorted(include.glob("vigil/*.h")))
    source = folder / f"{name}.c"
    library = folder / f"{name}.so"
    source.write_text("#include <vigil/vigil.h>\n" + "".join(
        f"{prototype}\n{{\n\t__builtin_trap();\n}}\n"
        for prototype in re.findall(r"^VIGIL_API ([^;]*);", text, re.M)))
    subprocess.run([cc, "-g", "-w", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{include}",
                    f"-I{configured}", f"-Wl,--version-script={ROOT}/lib/libvigil.map",
                    "-Wl,-soname,libvigil.so", source, "-o", library], check=True)
    return library


def changed_headers(folder, file, old, new):
    include = folder / "include"
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(INCLUDE, include)
    text = (include / "vigil" / file).read_text()
    assert old in text, f"{file} does not have {old!r}"
    (include / "vigil" / file).write_text(text.replace(old, new, 1))
    return include


def check(name, good, text=""):
    print(f"{'ok' if good else 'not ok'} {name}")
    if not good:
        print("".join(f"# {line}\n" for line in text.splitlines()), end="")
    return good


def main():
    if not shutil.which("abidw"):
        print("ok the ABI # SKIP needs abidw (abigail-tools)")
        return 77
    if sys.argv[1] == "--update":
        dump(sys.argv[2], BASELINE)
        # abidw has no option that leaves out where the sources were.
        BASELINE.write_text(BASELINE.read_text().replace(f"{ROOT}/", ""))
        return 0
    library, configured, cc = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        new = folder / "new.abi"
        dump(library, new)
        good = check("the library is compatible with libvigil.abi", *compare(BASELINE, new, INCLUDE))
        good &= check("libvigil.abi names no folder of a machine",
                      "path='/" not in BASELINE.read_text())
        before = stub(folder, "before", INCLUDE, configured, cc)
        good &= check("no change is none", *compare(before, before, INCLUDE))
        for number, (file, old, text, compatible) in enumerate(CHANGES):
            include = changed_headers(folder, file, old, text)
            after = stub(folder, f"after{number}", include, configured, cc)
            same, said = compare(before, after, include)
            words = " ".join(text.split()) or f"without {' '.join(old.split())}"
            good &= check(f"{'compatible' if compatible else 'incompatible'}: {file}: {words}",
                          same == compatible, said or "abidiff reports nothing")
    return not good


sys.exit(main())
