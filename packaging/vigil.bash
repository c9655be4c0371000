# SPDX-License-Identifier: MIT
# Completion of `vigil` for bash. shellcheck shell=bash

_vigil_commands() {
	"${COMP_WORDS[0]}" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p'
}

_vigil_options() {
	# The help of a command names all its options; no second list to keep.
	"${COMP_WORDS[0]}" "$1" --help 2>/dev/null | grep -Eo -- '(^|[ ,])--[a-z][a-z-]*' |
		tr -d ' ,' | sort -u
}

_vigil() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} words='' i

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_vigil_commands) --help --version" -- "$current")
		return
	fi
	# What stands behind `trace --` is another command with its own completion.
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ $command == trace && ${COMP_WORDS[i]} == -- ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
			else
				mapfile -t COMPREPLY < <(compgen -c -- "$current")
			fi
			return
		fi
	done
	if [[ $command == @(record|replay|query) && $current != -* && $previous != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	fi
	case $previous in
	--format | -f)
		words='text table json sysmon-xml'
		[[ $command != fields ]] || words='text markdown json'
		[[ $command != query ]] || words='table csv json'
		;;
	--color) words='auto always never' ;;
	--type | -t)
		words='create exec exit thread-create thread-exit image driver lost status
			process thread all'
		;;
	--user | -u | --as)
		mapfile -t COMPREPLY < <(compgen -u -- "$current")
		return
		;;
	--output | -o | --record)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--pid | -p | --children-of)
		words=$(cd /proc && echo [0-9]*)
		;;
	--wait) words='forever' ;;
	*) [[ $current != -* ]] || words=$(_vigil_options "$command") ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vigil vigil
