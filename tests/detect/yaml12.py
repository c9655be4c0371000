# SPDX-License-Identifier: MIT
"""yaml12.py - YAML as Sigma uses it: the core schema of YAML 1.2.

PyYAML resolves plain scalars after YAML 1.1 (`yes` is a boolean, 1:30 is 90), so only its
parser is used. A scalar keeps its text, because Sigma compares texts.
"""
import re

import yaml

from refused import Refused

NULL = re.compile(r"(?:|~|null|Null|NULL)\Z")
BOOLEAN = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
NUMBER = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
                    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
                    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")


class Scalar:
    """A text and its kind: "null", "boolean", "number" or "string"."""

    def __init__(self, text, plain):
        self.text = text
        self.kind = "string"
        if plain:
            if NULL.match(text):
                self.kind = "null"
            elif BOOLEAN.match(text):
                self.kind = "boolean"
            elif NUMBER.match(text):
                self.kind = "number"

    def __repr__(self):
        return f"{self.kind} {self.text!r}"


def construct(node):
    """A node as a list, a dictionary with texts as keys, or a Scalar."""
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, node.style is None)
    if isinstance(node, yaml.SequenceNode):
        return [construct(item) for item in node.value]
    mapping = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Refused("a key is not a scalar")
        if key.value in mapping:
            raise Refused(f"duplicate key {key.value}")
        mapping[key.value] = construct(value)
    return mapping


def documents(text):
    """Yields each document of a stream."""
    try:
        for node in yaml.compose_all(text, Loader=yaml.BaseLoader):
            if node is not None:
                yield construct(node)
    except yaml.YAMLError as error:
        raise Refused(f"not YAML: {error}") from error
