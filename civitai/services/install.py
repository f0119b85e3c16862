"""Makes the virtual environment: `python3 civitai/services/install.py [--venv .venv] [--extras worker,local,dev]`.

Run it as a file with the system's Python 3.11 or newer; it needs nothing installed. Versions come from
constraints.txt, everything from wheels, so that no compiler is needed. A second run does nothing while
pyproject.toml, constraints.txt and the choices are the same.
TORCH_INDEX names another package index for torch: one with builds for the CPU alone, or for one CUDA.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED_BYTES = 3_000_000_000  # what the environment takes with torch for the CPU, and pip's unpacking


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", default=".venv")
    parser.add_argument("--extras", default="worker,local,dev")
    parser.add_argument("--freeze", action="store_true", help="print the environment's versions for constraints.txt")
    given = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 this file runs on whatever Python the machine has
        return f"Python 3.11 or newer is needed; this is {_version()}. Name another one with PYTHON=python3.12."
    venv, extras = ROOT / given.venv, [extra for extra in given.extras.split(",") if extra]
    if given.freeze:
        return print(freeze(venv))
    stamp, wanted = venv / "installed", fingerprint(extras)
    if stamp.exists() and stamp.read_text() == wanted and (venv / "bin" / "python").exists():
        return None
    if failure := _make(venv) or _check_space(venv, extras) or _install(venv, extras):
        return failure
    stamp.write_text(wanted)
    return None


def requirements(extras):
    """What pyproject.toml asks for: its dependencies and those of `extras`."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["dependencies"] + [each for extra in extras for each in project["optional-dependencies"][extra]]


def freeze(venv):
    """Every package but pip itself. Torch's local part (+cpu, +cu126) comes with the index and is left out.

    What constraints.txt has and this environment lacks stays: another Python wants it (async-timeout below 3.11.3).
    """
    command = [str(venv / "bin" / "python"), "-m", "pip", "freeze"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pins = {}
    for line in [*(ROOT / "constraints.txt").read_text().splitlines(), *said.splitlines()]:
        name, equals, version = line.partition("==")
        if equals and name not in {"pip", "setuptools"}:
            pins[name.lower()] = f"{name}=={version.partition('+')[0]}"
    lines = [pins[name] for name in sorted(pins)]
    return "\n".join(["# Every package of the environment; `make constraints` writes this file.", *lines])


def fingerprint(extras):
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    parts += [repr((sorted(extras), sys.version_info[:3], os.environ.get("TORCH_INDEX", ""))).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _make(venv):
    """None, or the sentence about what is missing. An environment without pip (Debian leaves one behind) is made anew."""
    if (venv / "bin" / "python").exists() and _runs(venv / "bin" / "python", "-m", "pip", "--version"):
        return None
    print(f"Making {venv} …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if made.returncode == 0:
        return None
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        exact = f"python{_version()}-venv"
        return f"Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv (or {exact})."
    return _space_sentence(venv) if "No space left" in said else f"The virtual environment could not be made:\n{said}"


def _check_space(venv, extras):
    enough = "worker" not in extras or shutil.disk_usage(venv).free > NEEDED_BYTES or (venv / "installed").exists()
    return None if enough else _space_sentence(venv)


def _space_sentence(venv):
    return f"The disk of {venv} is too full: the environment needs about {NEEDED_BYTES // 10**9} GB."


def _install(venv, extras):
    print("Installing pinned packages (torch is the largest; the first time takes minutes) …", flush=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:", "--constraint", str(ROOT / "constraints.txt")]
    if index := os.environ.get("TORCH_INDEX"):
        pip += ["--extra-index-url", index]
    done = subprocess.run([*pip, *requirements(extras)], stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode == 0:
        return None
    if "No space left on device" in done.stderr:
        return _space_sentence(venv)
    return "The packages could not be installed; what pip said stands above. Run the command again to go on."


def _version():
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _runs(*command):
    return subprocess.run([str(part) for part in command], capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
