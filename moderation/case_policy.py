"""Removal requests' one policy file: case_policy.toml, read once. A letter that lacks a language fails here, not at night."""

import tomllib
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

PATH = Path(__file__).with_name("case_policy.toml")
LANGUAGES = ("en", "pt-br")


def read(path=PATH):
    told = tomllib.loads(path.read_text())
    for kind, texts in told["mails"].items():
        if set(texts) != set(LANGUAGES):
            raise ValueError(f"letter {kind}: {sorted(texts)}")
    clocks = {name: timedelta(days=value) for name, value in told["clocks"].items() if name.endswith("_days")}
    return SimpleNamespace(
        version=told["version"],
        clocks=SimpleNamespace(**clocks),
        put_back=(told["clocks"]["put_back_days_from"], told["clocks"]["put_back_days_by"]),
        tracks={name: SimpleNamespace(**row) for name, row in told["tracks"].items()},
        limits=SimpleNamespace(**told["limits"]),
        terms=SimpleNamespace(**told["terms"]),
        mails=told["mails"],
    )


policy = read()


def letter(kind, language, facts):
    """(subject, text) of a letter in `language`, or in English where we don't write that."""
    texts = policy.mails[kind]
    told = texts[language if language in texts else "en"]
    return told["subject"] % facts, told["text"].strip() % facts
