"""The drawn pictures, their captions, the checker that reads them back, and the tokenizer that reads captions."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from generation.pocket import WEIGHTS
from generation.pocket.captions import caption, known_words, plain_caption
from generation.pocket.checker import read, score, stripes
from generation.pocket.drawing import SIDE, X, Y
from generation.pocket.scenes import COLOUR_NAMES, FLAT_AND_PLAIN, SUBJECT_NAMES, Scene, draw_scene, render


def test_the_checker_reads_what_was_drawn():
    rng = np.random.default_rng(11)
    scenes = [draw_scene(rng, FLAT_AND_PLAIN) for _ in range(120)]
    shares = score(scenes, [render(scene, rng) for scene in scenes])
    assert set(shares) == {"colour", "background", "subject", "position", "size"}
    assert min(shares.values()) >= 0.99, shares


def test_the_checker_notices_what_is_wrong():
    rng = np.random.default_rng(3)
    scene = Scene("star", "red", "blue")
    reading = read(render(scene, rng))
    assert (reading.subject, reading.colour, reading.background) == ("star", "red", "blue")
    swapped = [replace(scene, colour="green"), replace(scene, subject="heart"), replace(scene, background="white")]
    for other in swapped:
        assert min(score([other], [render(scene, rng)]).values()) == 0
    empty = read(np.full((SIDE, SIDE, 3), 200, np.uint8))
    assert empty.subject is None and empty.colour is None


def test_stripes_are_told_from_plain():
    rng = np.random.default_rng(4)

    def striped(colour):
        wave = np.clip(0.5 + np.sin((X + Y) / 0.28 * 2 * np.pi / 1.4142) * 3, 0, 1)[..., None]
        return colour * wave + 0.03 * (1 - wave)

    scene = Scene("circle", "red", "white", size="large")
    assert stripes(render(scene, rng)) < 0.3
    assert stripes(render(scene, rng, fill=striped)) > 0.6


def test_a_tenth_of_the_pairs_is_kept_from_training():
    pairs = [(subject, colour) for subject in SUBJECT_NAMES for colour in COLOUR_NAMES]
    held = [pair for pair in pairs if Scene(pair[0], pair[1], "white").is_held_out]
    assert 0.08 <= len(held) / len(pairs) <= 0.12
    rng = np.random.default_rng(0)
    assert not any(draw_scene(rng).is_held_out for _ in range(300))
    assert all(draw_scene(rng, held_out=True).is_held_out for _ in range(20))


def test_pictures_and_captions_repeat_with_their_seed():
    scene = draw_scene(np.random.default_rng(8))
    first, second = (render(scene, np.random.default_rng(9)) for _ in range(2))
    assert first.shape == (SIDE, SIDE, 3) and first.dtype == np.uint8 and (first == second).all()
    assert caption(scene, Random(1)) == caption(scene, Random(1))


def test_a_plain_caption_says_all_that_is_checked():
    text = plain_caption(Scene("cat", "orange", "purple", size="small", position="left"))
    assert text == "a small orange cat on a purple background, on the left"
    assert plain_caption(Scene("moon", "yellow", "night sky")) == "a yellow moon in the night sky"


@pytest.fixture(scope="module")
def tokenizer():
    from generation.pocket.tokenizer import load_tokenizer

    return load_tokenizer(WEIGHTS / "tokenizer")


def test_every_known_word_is_one_token(tokenizer):
    letters_only = [word for word in known_words() if word.isalpha()]
    assert [word for word in letters_only if len(tokenizer(word).input_ids) != 3] == []


@pytest.mark.parametrize("text", ["", "zbrstyle", "héllo wörld 漢字", "a" * 5000, "((red:1.3))", "\x00\n\t"])
def test_any_text_becomes_tokens(tokenizer, text):
    ids = tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids
    assert len(ids) == 77 and max(ids) < len(tokenizer)
