# SPDX-License-Identifier: MIT
"""certificates.py - an authority, a certificate of localhost and one of a client, by openssl."""
import os
import subprocess


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


class Certificates:
    """Files in a directory: ca, server_cert, server_key, client_cert, client_key."""

    def __init__(self, directory, wants_client=False):
        self.wants_client = wants_client
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.ca, ca_key = self.file("ca.pem"), self.file("ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", ca_key, "-out", self.ca, "-subj", "/CN=authority", "-days", "2")
        self.server_cert, self.server_key = self.signed("server", "DNS:localhost,IP:127.0.0.1")
        self.client_cert, self.client_key = self.signed("client", "DNS:client")

    def file(self, name):
        return os.path.join(self.directory, name)

    def signed(self, name, alternative):
        cert, key, request = self.file(f"{name}.pem"), self.file(f"{name}.key"), self.file("csr")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        extensions = self.file("extensions")
        with open(extensions, "w", encoding="ascii") as out:
            out.write(f"subjectAltName={alternative}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.file("ca.key"),
                "-CAcreateserial", "-out", cert, "-days", "2", "-extfile", extensions)
        return cert, key
