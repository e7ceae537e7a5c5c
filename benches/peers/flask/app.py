"""A random-image service as tutorials show it: Flask, a row of MariaDB, a counter that is a row, Prometheus' client.

Written for `make bench-peers` and with what is known to make such a service quick: a connection to the database for
each thread that is kept, one statement that counts and tells the number, templates that are compiled once.
"""

import os
import threading
from time import perf_counter
from urllib.parse import urlsplit

import MySQLdb
from flask import Flask, Response, g, jsonify, render_template, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

app = Flask(__name__)
REQUESTS = Histogram("http_request_duration_seconds", "Time of requests", ["method", "endpoint", "status"])
VISITS = Counter("visits", "Visits counted by this service")
_thread = threading.local()


def connection() -> MySQLdb.Connection:
    """This thread's."""
    if not hasattr(_thread, "connection"):
        url = urlsplit(os.environ["DATABASE_URL"])
        _thread.connection = MySQLdb.connect(
            host=url.hostname,
            port=url.port,
            user=url.username,
            password=url.password,
            database=url.path.lstrip("/"),
            charset="utf8mb4",
        )
    return _thread.connection


def count_visit() -> int:
    """Counts one, durably, and gives its number."""
    database = connection()
    cursor = database.cursor()
    cursor.execute("UPDATE visits SET number = LAST_INSERT_ID(number + 1)")
    number = cursor.lastrowid
    database.commit()
    VISITS.inc()
    return number


def random_image() -> dict[str, str]:
    """A random row."""
    cursor = connection().cursor()
    cursor.execute("SELECT id, title, alt, content_url FROM images ORDER BY RAND() LIMIT 1")
    return dict(zip(("id", "title", "alt", "content_url"), cursor.fetchone(), strict=True))


@app.get("/")
def page() -> str:
    """The page: a random image, and the visitor's number."""
    return render_template("page.html", image=random_image(), number=count_visit())


@app.post("/api/v1/visits")
def visit() -> tuple[Response, int]:
    """Counts a visit."""
    return jsonify(number=count_visit()), 201


@app.get("/metrics")
def metrics() -> Response:
    """Of all workers."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return Response(generate_latest(registry), mimetype="text/plain")


@app.before_request
def begin() -> None:
    """Begins to take the time."""
    g.began = perf_counter()


@app.after_request
def end(response: Response) -> Response:
    """Takes the time."""
    took = perf_counter() - g.began
    REQUESTS.labels(request.method, request.endpoint, response.status_code).observe(took)
    return response
