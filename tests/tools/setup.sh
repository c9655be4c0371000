#!/bin/bash
# SPDX-License-Identifier: MIT
# setup.sh SETUP - tools/setup.sh waits while another apt-get has a lock, and fails otherwise; what
# it installs for a build is what debian/control names.
set -eu
setup=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
for name in sh env sed sort tr cat mktemp rm ln grep id sleep; do
	ln -s "$(command -v "$name")" "$work/bin/$name"
done

fail() {
	cat "$work/out" >&2
	echo "not ok: $*" >&2
	exit 1
}

# An apt-get that says what this file has, a line for each call, and installs everything
# that the set "wine" asks for once there is none left.
cat >"$work/bin/apt-get" <<-END
	#!/bin/sh
	if [ -s "$work/says" ]; then
		sed -n 1p "$work/says"
		sed -i 1d "$work/says"
		exit 100
	fi
	for name in python3 wine64; do
		ln -sf /bin/true "$work/bin/\$name"
	done
END
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work/bin/apt-get" "$work/bin/sudo"
# Nothing of the machine's own is there, wherever it has it.
sed "s,PATH=.PATH:/usr/sbin:/sbin,PATH=$work/bin,; s,/usr/lib/wine/wine64,$work/bin/wine64," \
	"$setup" >"$work/setup.sh"

try() {
	rm -f "$work/bin/python3" "$work/bin/wine64"
	PATH=$work/bin sh "$work/setup.sh" --wine >"$work/out" 2>&1
}

lock="E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt-get)"
: >"$work/says"
try || fail "nothing in its way, and it did not install"
! grep -q Waiting "$work/out" || fail "it waited for nothing"
lists="E: Could not get lock /var/lib/apt/lists/lock. It is held by process 2 (apt)"
printf '%s\n' "$lists" "$lock" "$lock" >"$work/says"
try || fail "a lock that is released after a moment ended it"
for path in apt/lists/lock dpkg/lock-frontend; do
	[ "$(grep -c "^Waiting for /var/lib/$path. It is held by process" "$work/out")" -eq 1 ] ||
		fail "it does not say that it waits for $path, once"
done
printf '%s\n' "E: no list" "E: Unable to locate package wine64" >"$work/says"
! try || fail "a package that cannot be had is no error"
grep -q 'Unable to locate' "$work/out" || fail "the error is not shown"
for package in $(sh "$setup" --build --list); do
	case $package in
	gcc | libc6-dev | make) continue ;; # build-essential
	esac
	grep -qE "^ $package(:native)?( |,)" "$(dirname "$setup")/../debian/control" ||
		fail "$package is not in Build-Depends of debian/control"
done
echo "all ok"
