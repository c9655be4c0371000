#!/bin/bash
# SPDX-License-Identifier: MIT
# lint.sh - clang-format, the dialect of C, clang-tidy, cppcheck, shellcheck, mandoc, words and paths in
# documentation, over the files that git knows.
#
#	tools/lint.sh [--format | --quick]
#
# --format writes clang-format's layout instead. --quick limits clang's analyzer to about a
# quarter of the states of each function, which is its time as well. Prints "ok NAME" or "not ok NAME"
# for each tool, after its output; clang-format, clang-tidy and cppcheck only in the versions of
# Debian 12. Needs build/linux for clang-tidy (compile_commands.json, the skeleton).
set -u
cd "$(dirname "$0")/.." || exit
jobs=$(nproc)
[ "$jobs" -le 2 ] || jobs=$((jobs / 2))
status=0

files() {
	git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

check() {
	local name=$1

	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		status=1
	fi
}

# check_by TOOL VERSION NAME COMMAND...: only with this version of the tool. Others format in another
# way, have other checks, and other mistakes.
check_by() {
	local tool=$1 version=$2 here

	shift 2
	here=$("$tool" --version | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
	case $here. in
	"$version".*) check "$@" ;;
	*) echo "ok $1 # SKIP $tool is $here here, not $version" ;;
	esac
}

format() {
	files '*.c' '*.h' | xargs clang-format "$@"
}

# Each file that the build compiles on Linux, with its own flags. .clang-tidy says
# which checks and why. The driver is not in compile_commands.json. One file at a
# time: clang 14's checker of va_list mixes up files of one run.
tidy() {
	files 'lib/*.c' 'cli/*.c' 'tests/*.c' | while read -r file; do
		! grep -q "\"file\": \"$PWD/$file\"" build/linux/compile_commands.json ||
			echo "$file"
	done | xargs -P "$jobs" -n 1 clang-tidy --quiet -p build/linux "${depth[@]}" 2>&1 |
		grep -v -e '^[0-9]* warnings\? generated' -e '^Suppressed' -e '^Use -header'
	return "${PIPESTATUS[2]}"
}

# Exceptions, each for all files:
#	missingInclude, missingIncludeSystem	cppcheck reads no system headers
#	unusedStructMember			structures shared with the kernel
#	nullPointerArithmeticRedundantCheck	body = (void *)(header + 1) in a declaration,
#						used only after the check of header
cpp_check() {
	files 'lib/*.c' 'cli/*.c' | xargs cppcheck --quiet -j "$jobs" --std=c11 \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		-I include -I lib -I kernel/linux -D_GNU_SOURCE -D__linux__ \
		--suppress=missingInclude --suppress=missingIncludeSystem \
		--suppress=unusedStructMember --suppress=nullPointerArithmeticRedundantCheck \
		'-DLIBBPF_OPTS(type, name, ...)=struct type name = { __VA_ARGS__ }'
}

shells() {
	files '*.sh' '*.bash' .ci/run | xargs -r shellcheck
}

manuals() {
	files 'docs/man/*' | xargs -r mandoc -T lint -W warning
}

# One way to write what C allows in two: sizeof(x), and !p instead of p == NULL. Code of the
# driver and its tests compares with NULL, as Microsoft's samples do.
dialect() {
	! files '*.c' '*.h' | xargs grep -nE '^[^*]*\<sizeof [^(]' &&
		! files 'lib/*.[ch]' 'cli/*.[ch]' | xargs grep -nE '== NULL'
}

# Every path of this repository that a page names exists ("*" and "..." may end it).
doc_paths() {
	local path missing=0

	for path in $(files '*.md' | xargs grep -ohE \
		'[`(](\.\./)*(lib|cli|kernel|include|tests|tools|bench|docs|packaging)/[][a-zA-Z0-9_./{},*-]+' |
		sed 's/^[`(]//; s,^\(\.\./\)*,,' | sort -u); do
		[ -e "$path" ] || compgen -G "$path" >/dev/null || {
			echo "$path: named by a page, and does not exist"
			missing=1
		}
	done
	return "$missing"
}

depth=()
case ${1-} in
'') ;;
--format)
	format -i
	exit
	;;
--quick) # the analyzer's own limit: 225,000
	depth=(--extra-arg=-Xclang --extra-arg=-analyzer-config
		--extra-arg=-Xclang --extra-arg=max-nodes=50000)
	;;
*)
	sed -n '/^#\t/s/^#\t/usage: /p' "$0" | head -n 1 >&2
	exit 2
	;;
esac
check_by clang-format 14 "clang-format" format --dry-run -Werror
check "dialect" dialect
check_by clang-tidy 14 "clang-tidy" tidy
check_by cppcheck 2.10 "cppcheck" cpp_check
check "shellcheck" shells
check "mandoc" manuals
check "words" tools/prose.py
check "paths in pages" doc_paths
exit "$status"
