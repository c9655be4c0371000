#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - what `make run` does after the build: traces a job ($CMD, a shell command
# line; default: a small sample job) and prints the next steps.
set -eu
cd "$(dirname "$0")/.."

vigil=build/linux/vigil
width=
[ -t 2 ] || width='--width 100' # in a file or a log: as on a terminal

if [ -n "${CMD-}" ]; then
	shown="sh -c '$CMD'"
	set -- sh -c "$CMD"
else
	shown=tools/sample-job.sh
	set -- tools/sample-job.sh
fi

status=0
# shellcheck disable=SC2086 # $width is empty or two words
if [ "$(id -u)" -eq 0 ]; then
	sudo=
	printf '$ %s trace -- %s\n\n' "$vigil" "$shown" >&2
	"$vigil" trace $width -- "$@" || status=$?
elif command -v sudo >/dev/null; then
	sudo='sudo '
	me=$(id -un)
	sudo true || {
		echo "Watching the kernel needs root, and sudo failed." >&2
		exit 3
	}
	printf '$ sudo %s trace --user %s -- %s\n\n' "$vigil" "$me" "$shown" >&2
	sudo "$vigil" trace $width --user "$me" -- "$@" || status=$?
else
	echo "Watching the kernel needs root, and sudo is not installed: run make as root." >&2
	exit 3
fi

if [ "$status" -eq 125 ]; then # vigil itself failed, and has printed the reason
	printf '\nWhat this machine supports: %s%s doctor\n' "$sudo" "$vigil" >&2
	exit "$status"
fi
next() {
	printf '  %-48s %s\n' "$1" "$2"
}

printf '\nNext:\n'
next 'make run CMD="..."' "your own command line"
next "$sudo$vigil trace -- make" "any command and all processes it starts"
next "$sudo$vigil watch" "the whole machine, until Ctrl-C"
next "$sudo$vigil watch --format json | jq" "the same as ECS objects"
next "$sudo$vigil doctor" "what this machine supports"
exit "$status"
