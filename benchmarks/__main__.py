"""`make bench`: every benchmark, one JSON line per figure.

    python -m benchmarks [NAME …] | NAME -- ARGUMENT …      arguments are the one named benchmark's own
    python -m benchmarks --list

Each benchmark is a module here whose `main(arguments)` returns how many goals were missed; any makes the exit code 1.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def names():
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def main(asked):
    if asked == ["--list"]:
        print("\n".join(names()))
        return 0
    cut = asked.index("--") if "--" in asked else len(asked)
    asked, arguments = asked[:cut], asked[cut + 1 :]
    if arguments and len(asked) != 1:
        print("Arguments are one benchmark's own: name it before the --", file=sys.stderr)
        return 2
    unknown = set(asked) - set(names())
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(names())}", file=sys.stderr)
        return 2
    # One process each, so that no benchmark measures what another has loaded.
    env = {**os.environ, "PYTHONPATH": str(FOLDER.parent), "DJANGO_SETTINGS_MODULE": "civitai.settings.test"}
    done = [
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], env=env) for name in asked or names()
    ]
    return int(any(run.returncode for run in done))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
