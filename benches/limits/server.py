"""A Sirius on a core of its own, with all that it has on."""

from pathlib import Path

from peers import pictures, services
from peers.machine import Cores
from peers.services import Service
from peers.sink import Sink
from peers.works import SIRIUS


def started(folder: Path, cores: Cores, variables: dict[str, str] | None = None) -> Service:
    """In its default configuration but for quotas, lines and spans sent, and with these further variables."""
    sink = Sink()
    settings = {**(variables or {}), "SIRIUS_TRACES__ENDPOINT": sink.url, "SIRIUS_LOKI__URL": sink.url}
    drawn = folder / "pictures"
    pictures.write(drawn)
    server = services.sirius(SIRIUS, folder, drawn, cores, settings)
    server.ids = services.catalogue(folder, server).ids
    return server
