"""The processes of the site itself: web, one worker for each kind of work, and the clock.

The names are those of the queues; docker-compose.yml starts the same five commands.
"""

import os
import signal
import socket
import sys
from pathlib import Path

from civitai.services.child import Child
from civitai.services.failures import ServiceFailure

ROOT = Path(__file__).resolve().parents[2]

SMALL_MACHINE_CORES = 4  # with torch's own threads on top, a small machine draws many times slower


def children(folder, *, env, port, public_host="", store_port=None):
    """All of them, not started, the web first. With `public_host` the network may reach web and store."""
    relays = [relay(folder, public_host, store_port, env=env)] if public_host and store_port else []
    workers = [worker(folder, queue, env=env) for queue in ("io", "cpu", "gpu")]
    host = "0.0.0.0" if public_host else "127.0.0.1"
    return [web(folder, env=env, host=host, port=port), *relays, *workers, beat(folder, env=env)]


def web_command(*, host, port, workers=2):
    # Two threads for each worker: more make the slowest answers far slower and the others no faster.
    options = {
        "interface": "wsgi",
        "host": host,
        "port": port,
        "workers": workers,
        "blocking-threads": 2,
        "log-level": "warning",
    }
    flags = ["--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "4"]
    return [sys.executable, "-m", "granian", *_options(options), *flags, "civitai.wsgi:application"]


def worker_command(queue):
    pool = {"cpu": ("prefork", 1), "io": ("threads", 8), "gpu": ("prefork", 1)}[queue]
    options = {"queues": queue, "hostname": f"{queue}@%h", "pool": pool[0], "concurrency": pool[1], "loglevel": "info"}
    return [*_celery(), "worker", *_options(options), "--without-gossip", "--without-mingle"]


def beat_command(folder):
    options = {"schedule": folder / "beat-schedule", "pidfile": "", "loglevel": "warning"}
    return [*_celery(), "beat", *_options(options)]


def web(folder, *, env, host, port):
    return Child(
        "web",
        web_command(host=host, port=port),
        folder=folder,
        env=env,
        cwd=ROOT,
        stop_s=6.0,
        death_signal=signal.SIGTERM,
    )


def worker(folder, queue, *, env):
    # SIGQUIT is Celery's cold stop: it gives the message back. The warm one would wait for a whole training.
    cold = {"stop_signal": signal.SIGQUIT, "death_signal": signal.SIGQUIT, "stop_s": 4.0}
    return Child(
        f"worker-{queue}", worker_command(queue), folder=folder, env={**env, **_threads(queue)}, cwd=ROOT, **cold
    )


def beat(folder, *, env):
    return Child(
        "beat", beat_command(folder), folder=folder, env=env, cwd=ROOT, stop_s=4.0, death_signal=signal.SIGTERM
    )


def relay(folder, public_host, port, *, env):
    try:
        address = socket.gethostbyname(public_host)
    except OSError:
        raise ServiceFailure(
            f"PUBLIC_HOST={public_host} is not known here. Give this machine's address in your network, such as 192.168.1.20."
        ) from None
    return Child(
        "relay", [sys.executable, "-m", "civitai.services.relay", address, port], folder=folder, env=env, cwd=ROOT
    )


def _threads(queue):
    few = (os.cpu_count() or 1) <= SMALL_MACHINE_CORES
    return {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} if queue == "gpu" and few else {}


def _celery():
    return [sys.executable, "-m", "celery", "--app", "civitai.celery"]


def _options(options):
    return [f"--{name}={value}" for name, value in options.items()]
