import math

import pytest

from civitai.errors import Refused
from wallet import money
from wallet.forms import AmountField


@pytest.mark.parametrize(
    "text, units",
    [("25", 25_000), ("2.5", 2_500), ("0,001", 1), (" 7 ", 7_000), ("1.", None), (".5", None), ("", None)],
)
def test_an_amount_is_digits_and_one_point(text, units):
    if units is None:
        with pytest.raises(Refused):
            money.parsed(text)
    else:
        assert money.parsed(text) == units


@pytest.mark.parametrize(
    "text",
    [
        "-5",
        "+5",
        "0",
        "0.0001",
        "1e309",
        "1e3",
        "NaN",
        "inf",
        "१०",
        "٣",
        str(2**63),
        "0x10",
        "1_000",
        "5 5",
        "\x005",
        "½",
    ],
)
def test_badinput_58_amounts_that_are_none_are_refused_with_a_sentence(text):
    with pytest.raises(Refused) as refused:
        money.parsed(text, field="amount")
    assert str(refused.value) and refused.value.field == "amount"
    form_field = AmountField(label="Credits")
    with pytest.raises(Exception, match="credits|amount|characters|Null"):
        form_field.clean(text)


@pytest.mark.parametrize("value", [True, False, 0.1, 1e309, math.nan, None, "5", -1, 0])
def test_badinput_58_units_are_whole_numbers_and_never_truth_values(value):
    with pytest.raises(Refused):
        money.checked(value)


def test_a_split_loses_nothing_and_ties_go_to_the_first():
    assert money.split(1, {"artist": 7000, "uploader": 2000, "house": 1000}) == {"artist": 1, "uploader": 0, "house": 0}
    assert money.split(1, {"artist": 5000, "uploader": 5000}) == {"artist": 1, "uploader": 0}
    for units in range(0, 200):
        assert sum(money.split(units, {"a": 3333, "b": 3333, "c": 3334}).values()) == units
    with pytest.raises(ValueError, match="10,000"):
        money.split(5, {"a": 9999})
    with pytest.raises(ValueError, match="10,000"):
        money.split(5, {"a": 10_001, "b": -1})
