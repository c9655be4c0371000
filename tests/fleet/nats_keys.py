# SPDX-License-Identifier: MIT
"""nats_keys.py - an operator, an account and users of NATS, as nsc(1) makes them: Ed25519 keys and
JWTs that they sign, by openssl.
"""
import base64
import json
import os
import time

from certificates import openssl

PREFIX = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
UNLIMITED = {name: -1 for name in ("subs", "data", "payload", "imports", "exports", "conn", "leaf",
                                   "mem_storage", "disk_storage", "streams", "consumer")}


def base32(data):
    return base64.b32encode(data).decode().rstrip("=")


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def with_sum(data):
    """The data and its CRC-16 (XMODEM), in base32."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xffff
    return base32(data + crc.to_bytes(2, "little"))


class Key:
    """A pair of keys. public: its name in JWTs; seed: what signs in a file of credentials."""

    def __init__(self, directory, kind, name):
        self.kind, self.name, self.path = kind, name, os.path.join(directory, name + ".pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        raw = [openssl("pkey", "-in", self.path, *how, "-outform", "DER")[-32:]
               for how in ((), ("-pubout",))]
        prefix = PREFIX[kind]
        self.seed = with_sum(bytes((18 << 3 | prefix >> 5, (prefix & 31) << 3)) + raw[0])
        self.public = with_sum(bytes((prefix,)) + raw[1])

    def sign(self, text):
        path = self.path + ".text"
        with open(path, "wb") as out:
            out.write(text)
        return openssl("pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", path)

    def jwt(self, subject, **claims):
        """What this key says about another one, or about itself."""
        parts = [base64url(json.dumps(part).encode()) for part in (
            {"typ": "JWT", "alg": "ed25519-nkey"},
            {"jti": subject.name, "iat": int(time.time()), "iss": self.public,
             "name": subject.name, "sub": subject.public,
             "nats": {**claims, "type": subject.kind, "version": 2}})]
        text = ".".join(parts)
        return text + "." + base64url(self.sign(text.encode()))


class Operator:
    """config: lines for the server; user(): the key and the JWT of a user."""

    def __init__(self, directory):
        self.directory = directory
        own, system = Key(directory, "operator", "operator"), Key(directory, "account", "system")
        self.account = Key(directory, "account", "events")
        limits = {"limits": {**UNLIMITED, "wildcards": True}}
        self.config = (
            f"operator: {own.jwt(own)}\nsystem_account: {system.public}\nresolver: MEMORY\n"
            f"resolver_preload {{\n{system.public}: {own.jwt(system)}\n"
            f"{self.account.public}: {own.jwt(self.account, **limits)}\n}}")

    def user(self, name, account=None):
        key = Key(self.directory, "user", name)
        return key, (account or self.account).jwt(key, pub={}, sub={}, subs=-1, data=-1, payload=-1)

    def credentials(self, name, account=None):
        """The path of a file of credentials."""
        key, jwt = self.user(name, account)
        path = os.path.join(self.directory, name + ".creds")
        with open(path, "w", encoding="ascii") as out:
            for what, text in ("NATS USER JWT", jwt), ("USER NKEY SEED", key.seed):
                out.write(f"-----BEGIN {what}-----\n{text}\n------END {what}------\n\n")
        return path
