"""A CLIP tokenizer of about a thousand entries: each known word is one token, all else is spelt in bytes."""

import json
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from .captions import known_words

LENGTH = 77  # tokens; set explicitly, or transformers assumes 10^30 and overflows
START, END = "<|startoftext|>", "<|endoftext|>"


def make_tokenizer(folder: Path) -> CLIPTokenizer:
    """Train the merges on the vocabulary and write ``folder`` (vocab.json and merges.txt included)."""
    folder.mkdir(parents=True, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = alphabet + [letter + "</w>" for letter in alphabet]
    merges = _merges(alphabet)
    for left, right in merges:
        if left + right not in vocabulary:
            vocabulary.append(left + right)
    vocabulary += [START, END]
    _write(folder, vocabulary, merges)
    tokenizer = CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=LENGTH, pad_token=END
    )
    tokenizer.save_pretrained(folder)
    # transformers 5 saves tokenizer.json alone, and A1111-like tools read the other two.
    _write(folder, vocabulary, merges)
    return load_tokenizer(folder)


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(folder, model_max_length=LENGTH)


def _merges(alphabet):
    trained = Tokenizer(models.BPE(unk_token=None, end_of_word_suffix="</w>", fuse_unk=False))
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        min_frequency=10,
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        special_tokens=[],
        show_progress=False,
    )
    trained.train_from_iterator([word for word in sorted(known_words()) for _ in range(20)], trainer)
    merges = json.loads(trained.to_str())["model"]["merges"]
    return [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in merges]


def _write(folder, vocabulary, merges):
    numbered = {token: number for number, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(numbered, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n")
