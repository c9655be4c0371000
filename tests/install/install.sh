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

sed -n '/^#include <err.h>/,/^\.Ed/p' "$dir/usr/share/man/man3/libvigil.3" |
	sed -e '/^\.Ed/d' -e 's/\\e/\\/g' >"$dir/example.c"
flags=$(pkg-config --cflags vigil)
declare -A link=(
	[shared]="$(pkg-config --libs vigil) -Wl,-rpath,$lib"
	[static]="$lib/libvigil.a $(pkg-config --libs --static vigil | tr ' ' '\n' |
		grep -v -e '^-L' -e '^-lvigil')"
)
# shellcheck disable=SC2086 # flags are words
for kind in shared static; do
	check "the example, $kind" "$cc" -Wall -Werror -o "$dir/$kind" "$dir/example.c" \
		$flags ${link[$kind]}
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

# Starts an example and programs until it has seen one of them.
sees() {
	local pid i

	timeout 20 stdbuf -oL "$1" >"$dir/seen" &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		/bin/true "marked-$$"
		sleep 0.1
		if grep -q "/true marked-$$" "$dir/seen"; then
			kill "$pid"
			wait "$pid" 2>/dev/null
			return 0
		fi
	done
	kill "$pid"
	return 1
}
check "the example sees a process, shared" sees "$dir/shared"
check "the example sees a process, static" sees "$dir/static"
exit "$failed"
