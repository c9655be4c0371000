#!/bin/sh
# SPDX-License-Identifier: MIT
# sample-job.sh - a small real job to be traced: compiles, runs, lists, sorts.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/hello.c" <<'END'
#include <stdio.h>

int main(void)
{
	puts("hello, world");
	return 0;
}
END
cc -O -o "$dir/hello" "$dir/hello.c"
"$dir/hello" | tr '[:lower:]' '[:upper:]'
find /usr/bin -name 'c*' | sort -r | head -n 3
