#!/bin/sh
# SPDX-License-Identifier: MIT
# imports.sh OBJDUMP PROGRAM - the program needs no DLL but the system's own.
set -eu
found=$("$1" -p "$2" | sed -n 's/^[[:space:]]*DLL Name: //p' | tr '[:upper:]' '[:lower:]')
[ -n "$found" ] || {
	echo "not ok $2 imports nothing"
	exit 1
}
for dll in $found; do
	case $dll in
	advapi32.dll | bcrypt.dll | crypt32.dll | kernel32.dll | msvcrt.dll | ntdll.dll | \
		shell32.dll | user32.dll | version.dll | wintrust.dll) ;;
	*)
		echo "not ok $2 needs $dll, which is not there on every Windows"
		exit 1
		;;
	esac
done
echo "ok" "$found"
