#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""functions.py - the manual pages of section 3 are those of the library's functions.

usage: tests/manual/functions.py SOURCE LIBRARY CC INCLUDE...
"""
import pathlib
import re
import shutil
import subprocess
import sys

source, library, cc, *include = sys.argv[1:]
pages = {page.stem: page.read_text() for page in pathlib.Path(source, "docs/man").glob("vigil_*.3")}
failed = 0


def check(name, problems):
    global failed
    print(f"{'not ok' if problems else 'ok'} {name}")
    for problem in problems:
        print(f"# {problem}")
    failed |= bool(problems)


made = subprocess.run([sys.executable, f"{source}/tools/man3.py", "--check"], capture_output=True,
                      text=True, check=False)
check("the pages are what the headers' comments say", made.stdout.splitlines() or
      (made.stderr.splitlines() if made.returncode else []))

symbols = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                         check=True).stdout
exported = set(re.findall(r" T (\w+)", symbols))
check("each exported function has a page, and each page a function",
      sorted(exported ^ set(pages)) or ([] if exported else ["nothing is exported"]))

# A declaration that differs from the header's does not compile.
code = "#include <vigil/vigil.h>\n"
for name, text in sorted(pages.items()):
    returns, arguments = re.search(rf"^\.Ft \"(.*)\"\n\.Fo {name}\n(.*?)^\.Fc", text, re.M | re.S).groups()
    arguments = ", ".join(re.findall(r'^\.Fa "(.*)"', arguments, re.M))
    code += f"{returns} {name}({arguments});\n"
compiled = subprocess.run([cc, "-std=c17", "-fsyntax-only", "-xc", "-", *(f"-I{i}" for i in include)],
                          input=code, capture_output=True, text=True, check=False)
check("each prototype is the header's", compiled.stderr.splitlines() if compiled.returncode else [])

overview = pathlib.Path(source, "docs/man/libvigil.3").read_text()
check("libvigil(3) names each function", sorted(n for n in pages if not re.search(rf"\b{n}\b", overview)))

if shutil.which("mandoc"):
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                           *map(str, pathlib.Path(source, "docs/man").glob("*.3"))],
                          capture_output=True, text=True, check=False)
    check("mandoc accepts the pages", lint.stdout.splitlines())
sys.exit(failed)
