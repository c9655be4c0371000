#!/bin/bash
# SPDX-License-Identifier: MIT
# install.sh BUILD CC - installs into an empty tree and lives from it alone: the
# command, and the example of libvigil(3) compiled against both libraries.
set -u
build=$1
cc=$2
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck source=tests/check.sh
. "$here/../check.sh"

check "install" cmake --install "$build" --prefix "$dir/usr"
for file in bin/vigil include/vigil/vigil.h include/vigil/event.h share/man/man1/vigil.1 \
	share/man/man1/vigil-watch.1 share/man/man1/vigil-trace.1 share/man/man1/vigil-doctor.1 \
	share/man/man1/vigil-fields.1 share/man/man3/libvigil.3 \
	share/bash-completion/completions/vigil share/doc/vigil/vigil.logrotate; do
	check "$file" test -f "$dir/usr/$file"
done
check "the command runs" "$dir/usr/bin/vigil" --version
check "the command needs no library of ours" sh -c "! ldd '$dir/usr/bin/vigil' | grep libvigil"

pc=$(find "$dir/usr" -name vigil.pc)
export PKG_CONFIG_PATH=${pc%/*}
lib=$(pkg-config --variable=libdir vigil)
version=$("$dir/usr/bin/vigil" --version)
check "pkg-config knows the version" pkg-config --exact-version="${version#vigil }" vigil

examples="$dir/usr/share/doc/vigil/examples"
check "the example in libvigil(3) is minimal.c" diff \
	<(sed -n '/^#include <err.h>/,/^\.Ed/{/^\.Ed/d;s/\\e/\\/g;p}' "$dir/usr/share/man/man3/libvigil.3") \
	<(sed -n '/^#include/,$p' "$examples/minimal.c")
flags=$(pkg-config --cflags vigil)
declare -A link=(
	[shared]="$(pkg-config --libs vigil) -Wl,-rpath,$lib"
	[static]="$lib/libvigil.a $(pkg-config --libs --static vigil | tr ' ' '\n' |
		grep -v -e '^-L' -e '^-lvigil')"
)
# shellcheck disable=SC2086 # flags are words
for kind in shared static; do
	for example in minimal tree record poll-loop; do
		check "$example.c, $kind" "$cc" -Wall -Wextra -Werror -o "$dir/$example-$kind" \
			"$examples/$example.c" $flags ${link[$kind]}
	done
	check "a program with the names of 0.1, $kind" "$cc" -Wall -Wextra -Werror \
		-o "$dir/old-$kind" "$here/old.c" $flags ${link[$kind]}
	check "names of the library's functions, $kind" "$cc" -Wall -Werror \
		-o "$dir/names-$kind" "$here/names.c" $flags ${link[$kind]}
	check "each calls its own, $kind" "$dir/names-$kind"
done

# Both libraries export the public functions and nothing else.
declared=$(cat "$dir"/usr/include/vigil/*.h | grep -v '^typedef' | grep -oE '\<vigil_[a-z_]+\(' | tr -d '(' | sort -u)
# shellcheck disable=SC2317 # called by check
exports_only_declared() {
	diff <("$@" | awk 'NF == 3 && $2 != "A" { sub("@.*", "", $3); print $3 }' | sort -u) \
		<(echo "$declared")
}
check "the shared library exports what the headers declare" \
	exports_only_declared nm -D --defined-only "$lib/libvigil.so"
check "the static library exports what the headers declare" \
	exports_only_declared nm -g --defined-only "$lib/libvigil.a"

# A program that was built for ABI 0.1 asks for libvigil.so.0 and must not get this library.
check "the SONAME has the ABI's number" sh -c \
	"readelf -d '$lib/libvigil.so' | grep -q 'soname: .libvigil.so.0.2.'"
check "no library for programs of another ABI" test ! -e "$lib/libvigil.so.0"

if [ "$(id -u)" -ne 0 ] || ! "$build/vigil" doctor >/dev/null; then
	echo "ok the examples see a process # SKIP not root, or vigil does not work here"
	exit "$failed"
fi

# marks FILE [PREFIX]: starts programs until FILE has a line with PREFIX about one of them, or
# 20 s are over.
marks() {
	local i

	for ((i = 0; i < 200; i++)); do
		/bin/true "marked-$$"
		sleep 0.1
		! grep -q "^${2:-}.*true.*marked-$$" "$1" || return 0
	done
	return 1
}

# sees PREFIX PROGRAM [ARGUMENT...]: whether an example prints a program that is started.
sees() {
	local prefix=$1 pid status

	shift
	timeout 30 stdbuf -oL "$@" >"$dir/seen" &
	pid=$!
	marks "$dir/seen" "$prefix"
	status=$?
	kill "$pid"
	wait "$pid" 2>/dev/null
	return "$status"
}

# A recording is not made where other users can write.
# shellcheck disable=SC2317 # called by check
records() {
	"$dir/record-shared" "$dir/recording" 5 >"$dir/json" 2>"$dir/counted" &
	sleep 2
	/bin/true "marked-$$"
	wait "$!" && grep -q "marked-$$" "$dir/json" && grep -q '^[1-9][0-9]* events$' "$dir/counted" &&
		"$dir/tree-shared" "$dir/recording" | grep -q "true marked-$$"
}

# shellcheck disable=SC2317 # called by check
polls() {
	local status

	mkfifo "$dir/end"
	stdbuf -oL "$dir/poll-loop-shared" <"$dir/end" >"$dir/polled" 2>"$dir/lost" &
	exec 3>"$dir/end"
	marks "$dir/polled"
	status=$?
	echo >&3
	exec 3>&-
	wait "$!" && grep -q '^[0-9]* events lost$' "$dir/lost" && return "$status"
}
check "minimal sees a process, shared" sees "" "$dir/minimal-shared"
check "minimal sees a process, static" sees "" "$dir/minimal-static"
# An event that comes before the snapshot has reached its ancestors has no indent.
check "tree sees a process and its ancestors" sees "  " "$dir/tree-shared" 30
check "record records, and prints what it recorded" records
check "the program with the names of 0.1 reads it" sh -c \
	"'$dir/old-shared' '$dir/recording' | grep '^[0-9]* .*/true '"
check "poll-loop sees a process, and ends when it is asked to" polls
exit "$failed"
