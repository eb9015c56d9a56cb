"""`make bench`: the same as `orderloom bench throughput`."""

import sys

from starter.cli.app import run

if __name__ == "__main__":
    sys.exit(run(["bench", "throughput", *sys.argv[1:]]))
