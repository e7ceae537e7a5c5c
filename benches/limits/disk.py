"""A disk that takes its time: each fsync and fdatasync of who is started with these variables returns later."""

import subprocess
from pathlib import Path


def slow(folder: Path, milliseconds: float) -> dict[str, str]:
    """The variables; the library that they name is made in the folder."""
    library = folder / "slow_sync.so"
    source = Path(__file__).with_name("slow_sync.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    # A database may run as somebody else.
    library.chmod(0o755)
    return {"LD_PRELOAD": str(library), "SYNC_MICROSECONDS": str(int(milliseconds * 1000))}
