from itertools import product

import pytest

from models_hub.catalogue.licences import (
    CommercialUse,
    LicenceFlags,
    base_note,
    granted_uses,
    licence_lines,
    published_uses,
)

IMAGE, HERE, RENT, SELL = CommercialUse.IMAGE, CommercialUse.RENT_CIVIT, CommercialUse.RENT, CommercialUse.SELL


def lines(base_model=None, **flags):
    return [(line.allowed, str(line.sentence)) for line in licence_lines(LicenceFlags(**flags), base_model)]


def test_the_drawing():
    assert lines("SDXL 1.0", allow_no_credit=False, allow_commercial_use={RENT}) == [
        (True, "Sell pictures you make with it"),
        (True, "Merge it, if you name the author"),
        (True, "Run it on a paid service"),
        (False, "Sell the file itself"),
    ]
    assert (
        str(base_note("SDXL 1.0"))
        == "The licence of SDXL 1.0 forbids some uses. They come with yours, whatever you choose."
    )


def test_defaults_allow_everything():
    assert [allowed for allowed, _sentence in lines()] == [True, True, True, True]
    assert lines()[1][1] == "Merge it, without naming the author"


@pytest.mark.parametrize(
    ("chosen", "granted"),
    [
        ((), ()),
        (("None",), ()),
        (("Image",), (IMAGE,)),
        ((HERE,), (IMAGE, HERE)),
        (("Rent",), (IMAGE, HERE, RENT)),
        (("Sell", "None"), (IMAGE, HERE, RENT, SELL)),
        (("bogus",), ()),
    ],
)
def test_uses_form_a_ladder(chosen, granted):
    assert granted_uses(chosen) == frozenset(granted)
    assert (
        published_uses(chosen) == [use.value for use in granted] or published_uses(chosen) == ["None"] and not granted
    )


def test_running_it_here_alone_has_its_own_sentence():
    assert lines(allow_commercial_use={HERE})[2] == (True, "Run it for credits here, but on no other paid service")
    assert lines(allow_commercial_use={IMAGE})[2] == (False, "Run it on a paid service, this one included")


def test_merging_has_a_sentence_for_every_combination():
    sentences = {lines(allow_no_credit=a, allow_different_license=b)[1] for a, b in product([True, False], repeat=2)}
    assert len(sentences) == 4 and all(allowed for allowed, _sentence in sentences)
    assert lines(allow_derivatives=False)[1] == (False, "Merge it or build on it")


def test_nobody_gives_what_the_base_does_not():
    for chosen in ({SELL}, {RENT}, {IMAGE}):
        made = lines("Flux.1 D", allow_commercial_use=chosen)
        assert [made[at][0] for at in (0, 2, 3)] == [False, False, False] and made[1][0]
        assert published_uses(chosen, "Flux.1 D") == ["None"]


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("Flux.1 D", "no commercial use."),
        ("SDXL Turbo", "no commercial use and no mature pictures"),
        ("SD 3.5", "forbids mature pictures"),
        ("SD 1.5", "forbids some uses"),
    ],
)
def test_notes_on_bases(base, words):
    assert base in str(base_note(base)) and words in str(base_note(base))


@pytest.mark.parametrize("base", ["Pocket", "Flux.1 S", None, "", "unknown"])
def test_free_bases_have_no_note(base):
    assert base_note(base) is None
