"""A disk that is small in imagination, and who tells Prometheus of it as node_exporter does: for the drill of a disk that fills.

Its files are real ones, those of a folder; only its size is made up, because a real disk of that size would have to be mounted,
which takes rights. What Sirius does on a disk that really is full is tried by tests/it/faults/disk.rs.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MOUNT_POINT = "/data"
SIZE_BYTES = 512 << 20
FILLER = "filler"


class Disk:
    """What the files of a folder leave of it."""

    def __init__(self, folder: Path) -> None:
        """Answers at an address of its own, until Python ends."""
        self.folder = folder
        disk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 (the base's)
                answer = disk.metrics().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.address = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def metrics(self) -> str:
        """Its size and what is left of it, by node_exporter's names."""
        labels = f'{{device="imagined",fstype="imagined",mountpoint="{MOUNT_POINT}"}}'
        values = {"size": SIZE_BYTES, "avail": max(0, SIZE_BYTES - self.used())}
        return "".join(
            f"# TYPE node_filesystem_{name}_bytes gauge\nnode_filesystem_{name}_bytes{labels} {value}\n"
            for name, value in values.items()
        )

    def used(self) -> int:
        """How many bytes its files have."""
        return sum(_size(path) for path in self.folder.rglob("*"))

    def fill(self, left: float) -> None:
        """Adds a file that leaves that part of it. It has a length and no content, so nothing is written."""
        used = self.used()
        with (self.folder / FILLER).open("wb") as file:
            file.truncate(max(0, SIZE_BYTES - used - round(left * SIZE_BYTES)))

    def empty(self) -> None:
        """Takes that file away."""
        (self.folder / FILLER).unlink()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        # Files come and go.
        return 0
