# SPDX-License-Identifier: MIT
"""chdb.py - ClickHouse as a library (chDB): libchdb.so, by ctypes."""
import ctypes


class Refused(Exception):
    """What ClickHouse answered instead of a result."""


class ClickHouse:
    def __init__(self, library, folder):
        self.lib = ctypes.CDLL(library)
        for name, result, arguments in (
                ("chdb_connect", ctypes.POINTER(ctypes.c_void_p),
                 [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]),
                ("chdb_query_n", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t,
                                                   ctypes.c_char_p, ctypes.c_size_t]),
                ("chdb_result_buffer", ctypes.c_void_p, [ctypes.c_void_p]),
                ("chdb_result_length", ctypes.c_size_t, [ctypes.c_void_p]),
                ("chdb_result_elapsed", ctypes.c_double, [ctypes.c_void_p]),
                ("chdb_result_error", ctypes.c_char_p, [ctypes.c_void_p]),
                ("chdb_destroy_query_result", None, [ctypes.c_void_p]),
                ("chdb_close_conn", None, [ctypes.POINTER(ctypes.c_void_p)])):
            function = getattr(self.lib, name)
            function.restype, function.argtypes = result, arguments
        words = [b"clickhouse", b"--path=" + folder.encode()]
        self.connection = self.lib.chdb_connect(len(words), (ctypes.c_char_p * len(words))(*words))
        if not self.connection:
            raise Refused("chDB did not start")
        self.seconds = 0.0  # that the last statement took

    def run(self, statement, form="JSONEachRow"):
        """The result as text."""
        text = statement if isinstance(statement, bytes) else statement.encode()
        result = self.lib.chdb_query_n(self.connection[0], text, len(text), form.encode(), len(form))
        try:
            error = self.lib.chdb_result_error(result)
            if error:
                raise Refused(error.decode(errors="replace"))
            self.seconds = self.lib.chdb_result_elapsed(result)
            length = self.lib.chdb_result_length(result)
            return ctypes.string_at(self.lib.chdb_result_buffer(result), length).decode() \
                if length else ""
        finally:
            self.lib.chdb_destroy_query_result(result)

    def script(self, path):
        """Runs the statements of a file."""
        with open(path, encoding="utf-8") as f:
            for statement in statements(f.read()):
                self.run(statement)

    def close(self):
        self.lib.chdb_close_conn(self.connection)


def statements(text):
    """Those of a file: each ends with a semicolon at the end of a line."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [s.strip() for s in "\n".join(lines).split(";\n") if s.strip(" \n;")]
