@rem SPDX-License-Identifier: MIT
@rem sign-test.cmd [-Undo] - see sign-test.ps1
@powershell.exe -NoProfile -ExecutionPolicy Bypass -File "%~dp0sign-test.ps1" %*
