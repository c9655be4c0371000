#!/bin/bash
# SPDX-License-Identifier: MIT
# manual.sh - the parts of the manual pages and of the shell completion that are made from the
# tables of options, between a line with "begin made by" and one with "end made by".
#
#	tools/manual.sh PROGRAM			writes them
#	tools/manual.sh PROGRAM --check		compares them; exit status 1: one differs
#
# PROGRAM is vigil_manual of the build (cli/manual/main.c).
set -u
program=$1
action=${2-}
cd "$(dirname "$0")/.." || exit
failed=0

# Replaces the part of file $1 by the output of `vigil_manual $2`.
update() {
	local new
	new=$(mktemp)
	"$program" "$2" >"$new.part" || exit
	awk -v part="$new.part" '
		/begin made by/ { print; while ((getline line <part) > 0) print line; skip = found = 1 }
		/end made by/ { skip = 0 }
		!skip { print }
		END { exit !found || skip }
	' "$1" >"$new" || {
		echo "not ok $1 has a part for $2"
		failed=1
	}
	if [ "$action" != --check ]; then
		cmp -s "$new" "$1" || cat "$new" >"$1"
	elif diff -u "$1" "$new"; then
		echo "ok $1 is as $2 of the tables"
	else
		echo "not ok $1 is as $2 of the tables: run tools/manual.sh"
		failed=1
	fi
	rm -f "$new" "$new.part"
}

update docs/man/vigil.1 commands
update packaging/vigil.bash completion
for command in $("$program" names); do
	update "docs/man/vigil-$command.1" "$command"
done
exit $failed
