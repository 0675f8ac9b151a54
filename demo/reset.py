"""`make demo-reset`: forget everything that the demonstration kept."""

import shutil
import sys

from demo import environment, single


def main() -> int:
    """Remove the demonstration's folder; returns 1 while it is in use."""
    folder = environment.var_dir()
    try:
        with single.hold(folder):
            shutil.rmtree(folder)
    except single.AlreadyRunning as running:
        print(running.sentence(), file=sys.stderr)
        return 1
    print("デモのデータを消しました。 The demonstration starts over with the next “make demo”.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
