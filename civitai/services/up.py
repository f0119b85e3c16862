"""`manage.py up`: the whole site on this machine, from nothing to an address, until Ctrl+C."""

import contextlib
import errno
import json
import os
import signal
import socket
import sys
import time
import urllib.request
from pathlib import Path

from civitai.services import banner, keys, place, ports, roster
from civitai.services.child import sweep
from civitai.services.failures import ServiceFailure
from civitai.services.keeper import Keeper
from civitai.services.preparation import prepare
from civitai.services.stack import Stack

READY_S = 60.0


class Stopped(BaseException):
    """Raised by the first Ctrl+C, SIGTERM or hang-up, wherever we are by then."""


def run(*, prepare=prepare, children=roster.children):
    """Starts everything and watches it. Returns the exit code: 0 after a stop that was asked for.

    PORT, DATA_DIR and PUBLIC_HOST come from the environment. May be killed at any moment: the next
    start ends what is left and goes on from the same data. `prepare` brings the database up to date,
    `children` says what runs on the services, the web first; tests give smaller ones.
    """
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    # Absolute, because children work in other folders; not empty, because `make` passes empty names on.
    folder = Path(os.environ.get("DATA_DIR") or ".data").resolve()
    try:
        with contextlib.ExitStack() as exits:
            try:
                _serve(folder, exits, prepare=prepare, children=children)
            finally:
                _deafen()
    except Stopped:
        banner.say("Stopped. The data stays in", folder)
        return 0
    except ServiceFailure as failure:
        print(f"\n{failure}", file=sys.stderr)
    except OSError as error:
        print(f"\n{_sentence(error, folder)}", file=sys.stderr)
    return 1


def _stop(*_):
    raise Stopped


def _deafen():
    """Before anything is stopped: a second Ctrl+C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)


def _sentence(error, folder):
    if error.errno == errno.ENOSPC:
        return f"The disk of {folder} is full. Free some space and start again; nothing stored is lost."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"{error.filename or folder} belongs to another user. Make {folder} yours (chown -R), or choose another folder with DATA=."
    raise error


def _serve(folder, exits, *, prepare, children):
    started = time.monotonic()
    port, public_host = _port(), os.environ.get("PUBLIC_HOST", "").strip()
    address = f"http://{public_host or 'localhost'}:{port}"
    exits.enter_context(place.held(folder, address=address))
    sweep(folder)
    _require_port(port, public_host)

    chosen, made = place.kept_ports(folder, site=port), keys.of(folder)
    names = ["localhost", "127.0.0.1", *([public_host] if public_host else [])]
    origins = [f"http://{name}:{port}" for name in names]
    stack = exits.enter_context(Stack(folder, chosen_ports=chosen, keys=made, origins=origins))
    env = _environment(folder, stack, made, address=address, names=names, public_host=public_host)
    banner.say(f"Services are up ({time.monotonic() - started:.1f} s).")
    prepare(folder, env)

    keeper = Keeper(say=banner.say)
    for service in stack.services:
        keeper.keep(service.child)
    store_port = stack.store.ports["s3"] if stack.store else None
    web, *others = children(folder, env=env, port=port, public_host=public_host, store_port=store_port)
    exits.callback(_stop_all, [web, *others])
    _require_port(port, public_host)  # again: granian shares a port with whoever took it meanwhile
    keeper.keep(web.start())
    web.wait_until(lambda: _answers(port), limit_s=READY_S)  # first: the workers' imports would slow it down
    for child in others:
        keeper.keep(child.start())
        if child.name == "relay":  # a phone must reach the store as soon as the address is printed
            child.wait_until(lambda: socket.create_connection((public_host, store_port), timeout=5).close())
    banner.ready(address, folder, took_s=time.monotonic() - started)
    while True:
        keeper.look()
        time.sleep(0.5)


def _port():
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ServiceFailure(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _require_port(port, public_host):
    if not ports.is_free(port, host="0.0.0.0" if public_host else "127.0.0.1"):
        free = _free_beside(port)
        raise ServiceFailure(f"Port {port} is taken by another program. Choose another one: make run PORT={free}")


def _free_beside(port):
    return next((other for other in range(port + 1, port + 100) if other < 65536 and ports.is_free(other)), 8001)


def _environment(folder, stack, made, *, address, names, public_host):
    """What the site's processes get; written to stack.json as well, where any manage.py command finds it."""
    ours = {**stack.env, "SECRET_KEY": os.environ.get("SECRET_KEY") or made["site"], "DATA_DIR": str(folder)}
    ours |= {
        "SITE_URL": os.environ.get("SITE_URL") or address,
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS") or ",".join(names),
    }
    if public_host and stack.store:
        ours["S3_PUBLIC_ENDPOINT_URL"] = f"http://{public_host}:{stack.store.ports['s3']}"
    keys.write_private(folder / "stack.json", json.dumps(ours, indent=1))
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE") or "civitai.settings.dev",
        **ours,
    }


def _stop_all(children):
    banner.say("Stopping …")
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def _answers(port):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/livez", headers={"Host": f"localhost:{port}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status
