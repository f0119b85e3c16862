"""The real-people policy: the whole table, tricked spellings, and what must not be caught."""

import itertools
import random

import pytest

from civitai.errors import Refused
from civitai.levels import Level
from moderation.naming import Names
from moderation.policy import people

LISTED = people.policy()["names"]["listed"]
SURFACES = people.policy()["surfaces"]
SAMPLES = {
    "named": "a portrait of Emma Watson in a garden",
    "undress": "a tool to undress her in one click",
    "minor": "a naked child on a beach",
    "profile": "make her, see https://instagram.com/some.body",
}


@pytest.mark.parametrize("surface, kind", itertools.product(SURFACES, SAMPLES))
def test_the_whole_table(surface, kind):
    verdict = people.check(surface, SAMPLES[kind])
    assert verdict.action == SURFACES[surface][kind]
    assert bool(verdict.clause and str(verdict.sentence)) == (verdict.action != "allow")


@pytest.mark.parametrize("surface", SURFACES)
def test_who_says_so_himself_is_refused_everywhere(surface):
    assert people.check(surface, "a portrait", person=True).action == "refuse"
    assert people.check(surface, "a portrait", person=False).action == "allow"


def test_every_surface_says_something_of_every_kind_and_every_sentence_is_translated():
    for rules in SURFACES.values():
        assert set(rules) == set(people.KINDS) and set(rules.values()) <= {"allow", "hold", "refuse"}
    assert {clause["sentence"] for clause in people.policy()["clauses"].values()} == set(people.WORDS)
    assert SURFACES["bounty"]["named"] == SURFACES["prompt"]["named"] == "refuse", "never, also not with consent"


def test_require_raises_with_the_field_and_the_clause():
    with pytest.raises(Refused) as refused:
        people.require("prompt", ["a cat", "Taylor  Swift"], field="prompt")
    assert refused.value.field == "prompt" and refused.value.code == "RP1" and "Taylor" not in str(refused.value)
    assert people.require("model", "Emma Stone in oil").action == "hold"


# Tricks.

LEET = str.maketrans("aeiost", "431057")
CYRILLIC = str.maketrans("aceopxy", "асеорху")


def tricks(name):
    """Spellings that people try, each still readable."""
    yield name.upper()
    yield name.lower().translate(LEET)
    yield name.lower().translate(CYRILLIC)
    yield " ".join(name)
    yield "\u200b".join(name)
    yield "\u0301".join(name) + "\u0301"
    yield name.replace(" ", "_")
    yield name.replace(" ", "")
    yield f"({name.split()[0]}:1.3) [{name.split()[-1]}]" if len(name.split()) == 2 else f"({name}:1.3)"
    yield "".join(f"&#{ord(letter)};" for letter in name)
    yield "".join(chr(0xFF01 + ord(letter) - 0x21) if "!" <= letter <= "~" else letter for letter in name)
    yield " ".join(reversed(name.split())) if len(name.split()) == 2 else name
    yield ".".join(name.split())
    yield name.replace("a", "@").replace("i", "!")


def test_badinput_32_tricked_spellings_of_listed_names_are_found():
    tried = [(name, spelling) for name in LISTED for spelling in tricks(name)]
    missed = [pair for pair in tried if people.check("prompt", f"portrait, {pair[1]}, film grain").action != "refuse"]
    assert len(tried) >= 500
    assert len(missed) / len(tried) <= 0.05, missed[:20]


def benign():
    """A thousand prompts as people write them, without anybody in them."""
    rng = random.Random(5)
    subjects = (
        "a cat, an old lighthouse, a queen on her throne, a king and his fool, a jackson pollock style splash, a watson lake, "
        "a young woman, a knight, a robot, a lady with a fan, a holland windmill, a stone bridge, a swift bird, a river cruise, "
        "an astronaut, an old fisherman, a dancer, a portrait of a girl, a warrior princess, the pope of owls, emma, taylor, "
        "a ford truck, a bill of sale, a gate in the fog, a martin perched on a wire, a luther rose, a marvel statue"
    ).split(", ")
    places = "in the rain, at dusk, on a hill, in a forest, under neon, by the sea, in a cathedral, on mars".split(", ")
    looks = (
        "oil painting, 35mm film, watercolor, anime, pixel art, ukiyo-e, charcoal, isometric, (masterpiece:1.2)".split(
            ", "
        )
    )
    seen = set()
    while len(seen) < 1000:
        seen.add(
            f"{rng.choice(subjects)} {rng.choice(places)}, {rng.choice(looks)}, {rng.choice(looks)}, seed {rng.random():.3f}"
        )
    return sorted(seen)


def test_benign_prompts_pass():
    caught = [(prompt, people.check("prompt", prompt).matched) for prompt in benign()]
    caught = [pair for pair in caught if pair[1]]
    assert len(caught) <= 10, caught[:20]


@pytest.mark.parametrize(
    "text", ["emma stonework on a wall", "a king penguin", "child of the sea", "a sexton's bell", "nudibranch"]
)
def test_words_that_only_look_like_it(text):
    assert people.check("prompt", text).action == "allow"


def test_badinput_31_a_long_prompt_is_refused_whole_and_never_cut():
    for text in ("a" * 20_001, "word " * 3_999 + "Emma Watson", "x" * 1_000_000):
        assert people.check("prompt", text).action == "refuse"
    assert people.check("prompt", "word " * 3_999).action == "allow"


def test_badinput_32_what_is_left_of_names_is_found_with_the_registrys_names():
    held = Names(["Helena Prado"])
    assert people.check("prompt", "in the style of h3lena_PRADO", names=held).action == "refuse"
    assert people.check("prompt", "in the style of nobody", names=held).action == "allow"


@pytest.mark.parametrize(
    "hostile",
    ["<lora:" * 4_000, "(" * 20_000, "((a:1.1" * 2_800, "\u0301" * 20_000, "[[[" * 6_000 + "]]]", "a," * 10_000],
)
def test_badinput_30_hostile_prompts_cost_no_more_than_plain_ones(hostile):
    """Work is counted in steps of the interpreter, which no machine makes faster."""
    import sys

    def work(text):
        steps = 0

        def count(frame, event, arg):
            nonlocal steps
            steps += 1
            return count

        sys.settrace(count)
        try:
            people.check("prompt", text)
        finally:
            sys.settrace(None)
        return steps

    people.check("prompt", "warm")
    text = hostile[:19_998]
    half, whole = work(text[: len(text) // 2]), work(text)
    assert whole < 3 * half + 10_000, "linear"


@pytest.mark.parametrize(
    "prompt, level",
    [
        ("a cat", Level.PG),
        ("a woman in a bikini", Level.PG13),
        ("nude, on a beach", Level.R),
        ("(explicit:1.3) sex", Level.X),
    ],
)
def test_what_a_prompt_says_of_its_level(prompt, level):
    assert people.level_said(prompt) == level


def test_what_a_picture_was_asked_not_to_show_does_not_rate_it(monkeypatch):
    from moderation.domain import rating

    monkeypatch.setattr(rating, "score_of", lambda path: None)
    settings = "\nSteps: 20, Sampler: Euler"
    assert rating.rate("", f"a quiet cat\nNegative prompt: nsfw, nude, explicit\nmore of it{settings}").least == 1
    assert rating.rate("", f"a nude woman\nNegative prompt: blurry{settings}").least > 1
    assert rating.rate("", "a quiet cat\nNegative prompt: nude").least == 1
