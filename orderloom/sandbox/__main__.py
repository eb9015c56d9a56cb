"""`python -m orderloom.sandbox --port 8090 --config sandbox.json`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from orderloom.sandbox.config import SandboxConfig
from orderloom.sandbox.running import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when told to stop, 2 for a configuration that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m orderloom.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        config = SandboxConfig.load(given.config)
    except OSError as missing:
        return _refuse(f"{given.config}: {missing.strerror}")
    except ValidationError as wrong:
        first = wrong.errors()[0]
        return _refuse(f"{given.config}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    serve(config, given.host, given.port)
    return 0


def _refuse(why: str) -> int:
    sys.stderr.write(why + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
