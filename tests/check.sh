# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# check.sh - read by the tests in shell: `check`, and whether one failed.
# shellcheck disable=SC2034 # for who reads this
failed=0

# check NAME COMMAND...: a case, which succeeds as the command does. What the command printed is
# shown where it fails, then what `explain` prints, if the test has a function of that name.
check() {
	local name=$1 said

	shift
	said=$(mktemp)
	if "$@" >"$said" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		failed=1
		{
			cat "$said"
			! declare -F explain >/dev/null || explain
		} | sed 's/^/# /'
	fi
	rm -f "$said"
}
