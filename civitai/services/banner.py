"""What `up` tells the person at the terminal."""

import json


def say(*words):
    print("·", *words, flush=True)


def ready(address, folder, *, took_s):
    lines = ["", f"  {address}   ready after {took_s:.1f} s", "", *_sign_ins(folder / "demo-sign-ins.json")]
    lines += [f"  Mail        {address}/mailbox/", f"  Logs        {folder}/logs/", "  Stop        Ctrl+C", ""]
    print("\n".join(lines), flush=True)


def _sign_ins(path):
    """The demo's people, as `seed_demo` leaves them: a list of objects with email, password and role."""
    if not path.exists():
        return []
    people = json.loads(path.read_text())
    return [
        "  Sign in as",
        *(f"    {person['email']:<28} {person['password']:<16} {person['role']}" for person in people),
        "",
    ]
