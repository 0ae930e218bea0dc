"""A link between a phone and the server that can be cut and that loses requests: a small HTTP proxy in the test."""

import http.client
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

KEPT_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Link:
    """`cut()` and `mend()` the link; with `loses=3` every third request is lost, by turns before and after the server."""

    def __init__(self, target: str) -> None:
        self.host = urlsplit(target).netloc
        self.is_cut = False
        self.loses = 0
        self.lost = 0
        self.poses: tuple[int, bytes] | None = None  # somebody in between answers in the server's place
        self.digests: list[str] = []  # of the photos that went over
        self.photos: dict[str, bytes] = {}  # as they went over, by name
        self._count = 0
        self._lock = threading.Lock()
        link = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                link.pass_on(self)

            do_POST = do_HEAD = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        loss = self._loss()
        if self.is_cut or loss == "before":
            request.close_connection = True
            return
        status, headers, content = self._posed() if self.poses else self._ask(request, body)
        if loss == "after":  # the server did it, the phone never hears of it
            request.close_connection = True
            return
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in KEPT_BY_HOP:
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)

    def _keep_photo(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        for part in message_from_bytes(head + body).walk():
            if part.get_content_type() == "image/jpeg":
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                self.photos[str(part.get_filename())] = content

    def _posed(self) -> tuple[int, list[tuple[str, str]], bytes]:
        assert self.poses
        status, content = self.poses
        return status, [("Content-Type", "text/html")], content

    def _loss(self) -> str:
        with self._lock:
            if not self.loses:
                return ""
            self._count += 1
            if self._count % self.loses:
                return ""
            self.lost += 1
            return "before" if self.lost % 2 else "after"

    def _ask(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() != "connection"}
            if digest := request.headers.get("X-Duban-File-Digest"):
                self.digests.append(digest.removeprefix("sha256="))
                self._keep_photo(request, body)
            connection.request(request.command, request.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()
