#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - what `make run` does once all is built: traces a job ($CMD, a line for
# the shell; empty: a small one of our own) and says where to go on.
set -eu
cd "$(dirname "$0")/.."

vigil=build/linux/vigil
job=${CMD:-}
[ -n "$job" ] || job='sh tools/sample-job.sh'

status=0
if [ "$(id -u)" -eq 0 ]; then
	sudo=
	printf '$ %s trace -- sh -c "%s"\n\n' "$vigil" "$job"
	"$vigil" trace -- sh -c "$job" || status=$?
elif command -v sudo >/dev/null; then
	sudo='sudo '
	printf '$ sudo %s trace --as %s -- sh -c "%s"\n\n' "$vigil" "$(id -un)" "$job"
	sudo "$vigil" trace --as "$(id -un)" -- sh -c "$job" || status=$?
else
	echo "Watching the kernel takes root, and there is no sudo here: run make as root." >&2
	exit 3
fi

if [ "$status" -eq 125 ]; then # vigil itself failed, and has said why
	printf '\nWhat this machine allows: %s%s doctor\n' "$sudo" "$vigil" >&2
	exit "$status"
fi
cat <<END

Next:
  make run CMD="..."                                    trace a command line of yours
  $sudo$vigil trace -- make                    any command, and all that it starts
  $sudo$vigil watch                            the whole machine, until Ctrl-C
  $sudo$vigil watch --format json | jq         the same as ECS objects
  $sudo$vigil doctor                           what this machine allows
END
exit "$status"
