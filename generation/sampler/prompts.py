"""How a prompt is read: weights in brackets, chunks of 75 tokens, and how many tokens there are.

The dialect is A1111's: ``(word)`` weighs 1.1, ``((word))`` 1.21, ``[word]`` 1/1.1, ``(word:1.5)`` 1.5; a backslash
before a bracket makes it a letter; ``BREAK`` starts a new chunk; ``<lora:name:1>`` tags are no words. Unclosed
brackets weigh to the end of the text, as they do there. Pure Python; ``count_tokens`` needs ``tokenizers`` alone.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

CHUNK = 75
UP, DOWN = 1.1, 1 / 1.1
MAX_WEIGHT = 10.0

# Deeper brackets are letters: each level may touch every piece once more.
MAX_DEPTH = 100

# A comma that fell at most this many tokens before a chunk's end takes what follows it into the next chunk.
COMMA_REACH = 20

_NETWORK_TAG = re.compile(r"<(lora|lyco|hypernet):([^:<>]{1,200})((?::[^:<>]{0,40}){0,3})>")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")
_WEIGHT = re.compile(r":\s*([+-]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6}))\s*\)")


@dataclass(frozen=True)
class Piece:
    """A stretch of text with one weight; ``text`` is None for a BREAK."""

    text: str | None
    weight: float = 1.0


def strip_network_tags(prompt):
    """The prompt without ``<lora:name:weight>`` tags, and what they said as (name, weight) pairs."""
    found = []

    def take(match):
        weight = match[3].lstrip(":").split(":")[0]
        try:
            found.append((match[2].strip(), float(weight) if weight else 1.0))
        except ValueError:
            found.append((match[2].strip(), 1.0))
        return ""

    text = _NETWORK_TAG.sub(take, prompt)
    return text, found


def parse_attention(prompt):
    """The pieces of a prompt with their weights; neighbours of one weight are one piece."""
    pieces = []  # [text, weight], mutable until the end
    rounds, squares = [], []
    buffer = []

    def flush():
        if buffer:
            pieces.append(["".join(buffer), 1.0])
            buffer.clear()

    def weigh(start, factor):
        for piece in pieces[start:]:
            if piece[0] is not None:
                piece[1] = max(-MAX_WEIGHT, min(MAX_WEIGHT, piece[1] * factor))

    at = 0
    while at < len(prompt):
        letter = prompt[at]
        if letter == "\\" and at + 1 < len(prompt) and prompt[at + 1] in "()[]\\":
            buffer.append(prompt[at + 1])
            at += 2
            continue
        if letter in "([" and len(rounds) + len(squares) < MAX_DEPTH:
            flush()
            (rounds if letter == "(" else squares).append(len(pieces))
        elif letter == ":" and rounds and (match := _WEIGHT.match(prompt, at)):
            flush()
            weigh(rounds.pop(), float(match[1]))
            at = match.end()
            continue
        elif letter == ")" and rounds:
            flush()
            weigh(rounds.pop(), UP)
        elif letter == "]" and squares:
            flush()
            weigh(squares.pop(), DOWN)
        else:
            buffer.append(letter)
        at += 1
    flush()
    for start in rounds:
        weigh(start, UP)
    for start in squares:
        weigh(start, DOWN)
    return _tidy(pieces)


def chunk_tokens(pieces, encode):
    """Lists of at most 75 (token, weight) pairs each; at least one list, which may be empty.

    ``encode(text)`` gives token ids without begin and end marks.
    """
    comma = encode(",")
    comma = comma[0] if len(comma) == 1 else None
    chunks, current, last_comma = [], [], -1
    for piece in pieces:
        if piece.text is None:
            chunks.append(current)
            current, last_comma = [], -1
            continue
        for token in encode(piece.text):
            if len(current) == CHUNK:
                carried = []
                if token != comma and last_comma >= 0 and CHUNK - 1 - last_comma <= COMMA_REACH:
                    carried, current = current[last_comma + 1 :], current[: last_comma + 1]
                chunks.append(current)
                current, last_comma = carried, -1
            if token == comma:
                last_comma = len(current)
            current.append((token, piece.weight))
    if current or not chunks:
        chunks.append(current)
    return chunks


def count_tokens(tokenizer_dir, text):
    """How many tokens of the text the model reads, weights and tags apart. Needs no torch."""
    return sum(prompt_chunks(tokenizer_dir, text))


def prompt_chunks(tokenizer_dir, text):
    """The tokens in each chunk of 75, so that a form can show "81 / 150"."""
    tokenizer = _tokenizer(str(Path(tokenizer_dir)))
    pieces = parse_attention(strip_network_tags(text)[0])
    return [len(chunk) for chunk in chunk_tokens(pieces, lambda part: tokenizer.encode(part).ids)]


@lru_cache(maxsize=8)
def _tokenizer(folder):
    from . import tokenizers

    return tokenizers.load(folder)


def _tidy(pieces):
    tidy = []
    for text, weight in pieces:
        for number, part in enumerate(_BREAK.split(text)):
            if number:
                tidy.append(Piece(None))
            if not part:
                continue
            if tidy and tidy[-1].text is not None and tidy[-1].weight == weight:
                part = tidy.pop().text + part
            tidy.append(Piece(part, weight))
    return tidy
