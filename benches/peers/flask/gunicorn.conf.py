"""gunicorn as its documentation advises for a service that waits for a database, on one core."""

from prometheus_client import multiprocess

# 2 x cores + 1, each with threads, so that connections can be kept alive (the default workers close them).
workers = 3
worker_class = "gthread"
threads = 8
keepalive = 620
# What clients there are at a time, and some.
backlog = 2048
worker_connections = 1000
# No access log: it would only be slower.
accesslog = None
loglevel = "warning"
preload_app = True
# Heartbeats do not touch the disk.
worker_tmp_dir = "/dev/shm"


def child_exit(_server: object, worker: object) -> None:
    """Takes a worker's metrics out."""
    multiprocess.mark_process_dead(worker.pid)
