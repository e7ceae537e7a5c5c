"""A webhook that writes what it is sent to standard output, a line each. Runs in the cluster of try_kind.sh."""

import http.server


class Webhook(http.server.BaseHTTPRequestHandler):
    """Takes everything."""

    def do_POST(self) -> None:
        """Writes the body down."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print(self.path, body.decode(errors="replace"), flush=True)
        self.send_response(200)
        self.end_headers()


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 8080), Webhook).serve_forever()
