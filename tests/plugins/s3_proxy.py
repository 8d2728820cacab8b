"""A proxy between an S3 client and a real server that lets faults happen on the way, as asked."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Wanted = Callable[[str, str], bool]
"""Whether a fault is for a request: told its method and its path with the query."""


@dataclass
class Fault:
    """What happens to requests: ``kind`` is error 500 or 503, silence, reset, cut, slow, or an answer unheard.

    ``times`` is to how many of them; ``met`` counts those it happened to.
    """

    kind: str
    wanted: Wanted = lambda method, path: True
    times: int = 1 << 30
    met: int = 0


@dataclass
class Proxy:
    """A running proxy; ``requests`` are what came by, as method and path."""

    endpoint: str
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, wanted: Wanted = lambda method, path: True, times: int = 1 << 30) -> Fault:
        """Let a fault happen from now on."""
        fault = Fault(kind, wanted, times)
        self.faults.append(fault)
        return fault

    def choose(self, method: str, path: str) -> str:
        """What is to happen to a request."""
        with self._lock:
            self.requests.append((method, path))
            for fault in self.faults:
                if fault.met < fault.times and fault.wanted(method, path):
                    fault.met += 1
                    return fault.kind
        return ""


@contextmanager
def proxy_to(endpoint: str) -> Iterator[Proxy]:
    """A proxy in front of a server, for as long as the context lasts."""
    there = urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nothing is said on the terminal."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = proxy.choose(self.command, unquote(self.path))
            if kind in ("500", "503"):
                self._refuse(int(kind), body_allowed=self.command != "HEAD")
                return
            if kind == "silence":
                time.sleep(3)
                self.close_connection = True
                return
            if kind == "reset":
                self._reset()
                return
            connection = HTTPConnection(there.hostname or "", there.port)
            # The host is part of what the client signed.
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            if kind == "unheard":
                self._reset()
                return
            self._pass_on(answer.status, answer.getheaders(), data, kind)

        def _pass_on(self, status: int, headers: list[tuple[str, str]], data: bytes, kind: str) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            length = {name.lower(): value for name, value in headers}.get("content-length", len(data))
            self.send_header("Content-Length", str(length if self.command == "HEAD" else len(data)))
            self.end_headers()
            if kind == "cut":
                self.wfile.write(data[: len(data) // 2])
                self.wfile.flush()
                self.close_connection = True
            elif kind == "slow":
                for start in range(0, len(data), 1 << 16):
                    self.wfile.write(data[start : start + (1 << 16)])
                    time.sleep(0.05)
            else:
                self.wfile.write(data)

        def _refuse(self, status: int, *, body_allowed: bool) -> None:
            code = "InternalError" if status == 500 else "SlowDown"
            data = f"<Error><Code>{code}</Code><Message>on purpose</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body_allowed:
                self.wfile.write(data)

        def _reset(self) -> None:
            # A close that lingers for no time sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            with suppress(OSError):
                self.connection.close()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
