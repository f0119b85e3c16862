"""A header's description as the JSON that a row keeps, and back."""

from dataclasses import asdict

from models_hub.catalogue.kinds import BaseModelType, FileType, ModelType, Precision
from models_hub.formats.describe import Description, Word
from models_hub.formats.private import PrivateKind, PrivateLine

LONGEST_KEPT = 120


def as_json(description):
    """What is empty is left out."""
    kept = asdict(description)
    kept["private_lines"] = [
        {"key": line.key[:LONGEST_KEPT], "kind": line.kind.value, "found": line.found[:LONGEST_KEPT]}
        for line in description.private_lines[:40]
    ]
    return {name: value for name, value in kept.items() if value not in (None, "", (), [])}


def from_json(kept):
    """The Description that `as_json` made, or None for a file without a header."""
    if "kind" not in kept:
        return None
    return Description(
        **{
            **{name: value for name, value in kept.items() if name in Description.__dataclass_fields__},
            "kind": ModelType(kept["kind"]),
            "file_type": FileType(kept["file_type"]),
            "base_model_type": BaseModelType(kept.get("base_model_type", BaseModelType.STANDARD)),
            "precision": Precision(kept["precision"]) if kept.get("precision") else None,
            "resolution": tuple(kept["resolution"]) if kept.get("resolution") else None,
            "trigger_words": tuple(kept.get("trigger_words", ())),
            "words": tuple(Word(**word) for word in kept.get("words", ())),
            "private_lines": tuple(
                PrivateLine(line["key"], PrivateKind(line["kind"]), line["found"], None)
                for line in kept.get("private_lines", ())
            ),
        }
    )
