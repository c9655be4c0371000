#!/bin/bash
# SPDX-License-Identifier: MIT
# manual.sh VIGIL VIGIL_MANUAL SOURCE - the manual pages, the completion and the helps say the
# same: what is made from the tables of options is as they are, and what `vigil --help` prints,
# read independently of that, is in the pages and the completion.
set -u
shopt -s lastpipe # or `failed` would be set in a subshell
vigil=$1 manual=$2
cd "$3" || exit
failed=0

# same NAME: standard input and the file $2 hold the same lines.
same() {
	if diff - <(printf '%s\n' "$2"); then
		echo "ok $1"
	else
		echo "not ok $1"
		failed=1
	fi
}

help_options() {
	"$vigil" "$1" --help | grep -oE -- '(^|[ ,[])--[a-z][a-z-]*' | grep -oE -- '--.*' | sort -u
}

# The items of the page's lists of options: .It Fl t , Fl -type Ar list
page_options() {
	grep -E '^\.It Fl' "docs/man/vigil-$1.1" | grep -oE 'Fl -[a-z][a-z-]*' |
		sed 's/Fl -/--/' | sort -u
}

# In the sections with examples and prose helps name options of others, too: only
# lines that begin with an option count.
listed_options() {
	"$vigil" "$1" --help | grep -E '^ +(-[a-z], )?--[a-z]' |
		grep -oE -- '^ +(-[a-z], )?--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort -u
}

commands=$("$vigil" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p')
[ -n "$commands" ] || {
	echo "not ok vigil --help lists commands"
	exit 1
}
for command in $commands; do
	if [ ! -f "docs/man/vigil-$command.1" ]; then
		echo "not ok vigil-$command.1 is there"
		failed=1
		continue
	fi
	page_options "$command" | grep -v -- --help |
		same "options of $command" "$(listed_options "$command" | grep -v -- --help)"
	sed -n 's/^\.Nd //p' "docs/man/vigil-$command.1" | same "summary of $command" \
		"$("$vigil" --help | sed -n "s/^  $command  *//p")"
	if grep -q "^\.It Cm $command\$" docs/man/vigil.1; then
		echo "ok vigil.1 names $command"
	else
		echo "not ok vigil.1 names $command"
		failed=1
	fi
done

# What the completion offers.
complete_words() {
	bash -c '
		. packaging/vigil.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_vigil
		printf "%s\n" "${COMPREPLY[@]}" | sort
	' bash "$@"
}
complete_words "$vigil" '' | same "completion of commands" \
	"$(printf '%s\n' --help --version "$commands" | sort)"
for command in $commands; do
	complete_words "$vigil" "$command" -- | same "completion of $command --" \
		"$({ echo --help; help_options "$command"; } | sort -u)"
done
complete_words "$vigil" watch --color '' | same "completion of a value" \
	"$(printf '%s\n' always auto never)"
complete_words "$vigil" query --format '' | same "completion of a value of query" \
	"$(printf '%s\n' csv json table)"
complete_words "$vigil" rules '' | same "completion of an action" \
	"$(printf '%s\n' add clear list load remove test)"
tools/manual.sh "$manual" --check || failed=1
exit "$failed"
