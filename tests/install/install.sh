#!/bin/bash
# SPDX-License-Identifier: MIT
# install.sh BUILD CC - installs into an empty tree and lives from it alone: the
# command, and the example of libvigil(3) compiled against both libraries.
set -u
build=$1
cc=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck source=tests/check.sh
. "$(dirname "$0")/../check.sh"

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
version=$("$dir/usr/bin/vigil" --version)
check "pkg-config knows the version" pkg-config --exact-version="${version#vigil }" vigil

sed -n '/^#include <err.h>/,/^\.Ed/p' "$dir/usr/share/man/man3/libvigil.3" |
	sed -e '/^\.Ed/d' -e 's/\\e/\\/g' >"$dir/example.c"
# shellcheck disable=SC2046 # flags are words
{
	check "the example, shared" "$cc" -Wall -Werror -o "$dir/shared" "$dir/example.c" \
		$(pkg-config --cflags --libs vigil) -Wl,-rpath,"$(pkg-config --variable=libdir vigil)"
	check "the example, static" "$cc" -Wall -Werror -o "$dir/static" "$dir/example.c" \
		$(pkg-config --cflags vigil) "$(pkg-config --variable=libdir vigil)/libvigil.a" \
		$(pkg-config --libs --static vigil | tr ' ' '\n' | grep -v -e '^-L' -e '^-lvigil')
}
exported=$(nm -D --defined-only "$(pkg-config --variable=libdir vigil)/libvigil.so" |
	awk '$2 ~ /[TDBR]/ { print $3 }' | grep -v '^vigil_')
check "the shared library exports vigil_ alone" test -z "$exported"

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
