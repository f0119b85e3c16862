"""CLIP's tokenizer through the ``tokenizers`` library alone, without begin and end marks."""

from pathlib import Path

from .errors import BadFile


def load(folder):
    """The tokenizer of a diffusers folder, or of its ``tokenizer/`` part; ``.encode(text).ids`` are the tokens."""
    from tokenizers import Tokenizer

    for place in (Path(folder), Path(folder) / "tokenizer"):
        if (place / "tokenizer.json").is_file():
            try:
                tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
            except Exception as error:  # the library raises bare Exception
                raise BadFile("The tokenizer of this base model can't be read.") from error
            return _without_marks(tokenizer)
        if (place / "vocab.json").is_file() and (place / "merges.txt").is_file():
            return _from_merges(place)
    raise BadFile("This base model has no tokenizer.")


def _from_merges(place):
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    try:
        model = models.BPE.from_file(
            str(place / "vocab.json"), str(place / "merges.txt"), end_of_word_suffix="</w>", unk_token="<|endoftext|>"
        )
    except Exception as error:
        raise BadFile("The tokenizer of this base model can't be read.") from error
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer


def _without_marks(tokenizer):
    from tokenizers import processors

    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.post_processor = processors.Sequence([])
    return tokenizer
