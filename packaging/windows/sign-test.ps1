# SPDX-License-Identifier: MIT
# sign-test.ps1 [-Undo] - signs vigil.sys and vigil.exe beside it with a test
# certificate of this machine's own, and turns test signing on; or takes both back.
# Needs nothing that Windows 10 does not have. The key cannot be exported.
param([switch] $Undo)
$ErrorActionPreference = 'Stop'
$subject = 'CN=Vigil test certificate'
$stores = 'Root', 'TrustedPublisher'

$me = [Security.Principal.WindowsPrincipal] [Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
	Write-Error 'Certificates and boot settings are the administrator''s: run this as administrator.'
}

function Set-TestSigning($state) {
	& "$env:SystemRoot\System32\bcdedit.exe" /set testsigning $state
	if ($LASTEXITCODE -ne 0) {
		Write-Error 'bcdedit refused: turn Secure Boot off in the firmware, then try again.'
	}
}

function Find-Certificate($store) {
	Get-ChildItem "Cert:\LocalMachine\$store" | Where-Object { $_.Subject -eq $subject }
}

if ($Undo) {
	foreach ($store in @('My') + $stores) {
		Find-Certificate $store | Remove-Item
	}
	Set-TestSigning off
	Write-Output 'The certificate is gone. Restart the machine.'
	exit 0
}

$certificate = Find-Certificate 'My' | Where-Object { $_.HasPrivateKey -and $_.NotAfter -gt (Get-Date) } |
	Select-Object -First 1
if (-not $certificate) {
	$certificate = New-SelfSignedCertificate -Type CodeSigningCert -Subject $subject `
		-KeyUsage DigitalSignature -KeyExportPolicy NonExportable -HashAlgorithm SHA256 `
		-CertStoreLocation Cert:\LocalMachine\My -NotAfter (Get-Date).AddYears(2)
}
foreach ($store in $stores) {
	$place = New-Object Security.Cryptography.X509Certificates.X509Store($store, 'LocalMachine')
	$place.Open('ReadWrite')
	$place.Add($certificate)
	$place.Close()
}
foreach ($name in 'vigil.sys', 'vigil.exe') {
	$file = Join-Path $PSScriptRoot $name
	$signed = Set-AuthenticodeSignature -FilePath $file -Certificate $certificate -HashAlgorithm SHA256
	if ($signed.Status -ne 'Valid') {
		Write-Error "$name could not be signed: $($signed.StatusMessage)"
	}
	Write-Output "signed $name"
}
Set-TestSigning on
Write-Output 'Restart the machine, then see README.txt.'
