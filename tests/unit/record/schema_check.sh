#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that a field whose types lack its body does not compile.
# schema_check.sh SOURCE COMPILER [OPTION...]
set -eu
source=$1
shift
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
mkdir "$dir/record"

compiles() {
	"$@" -I"$dir" -I"$source/lib" -I"$source/include" -D_GNU_SOURCE -fsyntax-only \
		"$source/lib/record/fields.c" 2>"$dir/errors"
}

compiles "$@" || { cat "$dir/errors"; echo "the schema as it is does not compile"; exit 1; }

# A field of exits that is declared for starts too; a value that is stored in another body.
for change in '/^F(exit_signal,/s/EXIT, NONE/LIVES, NONE/' \
	'/^X(process_exit_code,/s/EXIT, /STARTS, /'; do
	sed "$change" "$source/lib/record/schema.h" >"$dir/record/schema.h"
	! cmp -s "$source/lib/record/schema.h" "$dir/record/schema.h" ||
		{ echo "\`$change\` changes nothing"; exit 1; }
	if compiles "$@"; then
		echo "\`$change\` compiles"
		exit 1
	fi
	grep -q 'has no such body' "$dir/errors" || { cat "$dir/errors"; exit 1; }
done
