"""The prompt dialect, and what needs no torch."""

import subprocess
import sys
import time

import pytest

from generation.pocket import WEIGHTS
from generation.sampler import prompts
from generation.sampler.prompts import Piece, count_tokens, parse_attention, prompt_chunks, strip_network_tags


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("", []),
        ("a cat", [("a cat", 1)]),
        ("a (red) cat", [("a ", 1), ("red", 1.1), (" cat", 1)]),
        ("((red))", [("red", 1.21)]),
        ("[red]", [("red", 1 / 1.1)]),
        ("(red:1.5)", [("red", 1.5)]),
        ("(red:.5)", [("red", 0.5)]),
        ("(red : 2 )", [("red ", 2)]),
        ("(red:-1)", [("red", -1)]),
        ("((red:1.5) cat)", [("red", 1.65), (" cat", 1.1)]),
        ("(a (b:2):0.5)", [("a ", 0.5), ("b", 1.0)]),
        (r"\(red\) \[x\] \\", [(r"(red) [x] " + "\\", 1)]),
        ("(red", [("red", 1.1)]),
        ("red)", [("red)", 1)]),
        ("[red", [("red", 1 / 1.1)]),
        ("time 12:30", [("time 12:30", 1)]),
        ("(ratio 16:9)", [("ratio 16", 9)]),
        ("(red:1.5.2)", [("red:1.5.2", 1.1)]),
        ("(red:99999)", [("red", 10)]),
        ("a BREAK b", [("a", 1), (None, 1), ("b", 1)]),
        ("BREAKFAST", [("BREAKFAST", 1)]),
        ("(red)(blue)", [("redblue", 1.1)]),
    ],
)
def test_weights_are_read_as_people_write_them(prompt, pieces):
    found = parse_attention(prompt)
    assert [piece.text for piece in found] == [text for text, _ in pieces]
    assert [piece.weight for piece in found] == pytest.approx([weight for _, weight in pieces])


def test_tags_are_no_words():
    assert strip_network_tags("a <lora:one:0.5> b <lyco:two> <lora:x:y:z>") == (
        "a  b  ",
        [("one", 0.5), ("two", 1.0), ("x", 1.0)],
    )
    assert strip_network_tags("1 < 2 > <b>") == ("1 < 2 > <b>", [])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(a" * 5_000 + ")" * 10_000,
        "[(" * 5_000,
        "(a:1.1)" * 1_400,
        "\\" * 10_000,
        "<lora:" * 2_000,
        "BREAK " * 1_600,
        "(:" * 5_000,
    ],
)
def test_hostile_brackets_cost_little(text):
    start = time.perf_counter()
    parse_attention(strip_network_tags(text)[0])
    assert time.perf_counter() - start < 1


def words(text):
    return [ord(letter) for letter in text if letter != " "]


def test_chunks_hold_75_and_break_at_commas():
    chunks = prompts.chunk_tokens([Piece("x" * 70 + "," + "y" * 10)], words)
    assert [len(chunk) for chunk in chunks] == [71, 10]
    assert [len(c) for c in prompts.chunk_tokens([Piece("x" * 200)], words)] == [75, 75, 50]
    assert [len(c) for c in prompts.chunk_tokens([Piece("x" * 75)], words)] == [75]
    assert [len(c) for c in prompts.chunk_tokens([Piece("x" * 10 + "," + "y" * 100)], words)] == [75, 36]
    assert [len(c) for c in prompts.chunk_tokens([], words)] == [0]
    assert [len(c) for c in prompts.chunk_tokens([Piece("a"), Piece(None), Piece("b")], words)] == [1, 1]


def test_no_token_is_lost_or_doubled_between_chunks():
    text = ("ab," * 9 + "c" * 17) * 20
    chunks = prompts.chunk_tokens([Piece(text)], words)
    assert [token for chunk in chunks for token, _ in chunk] == words(text)
    assert max(len(chunk) for chunk in chunks) <= 75


def test_tokens_are_counted_as_the_model_counts_them():
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(WEIGHTS / "tokenizer")
    for text in ("a red star on a blue background", "Ação!! 12 <|endoftext|> zebra's", "", "word, " * 100):
        expected = len(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)
        assert count_tokens(WEIGHTS, text) == expected
        assert count_tokens(WEIGHTS / "tokenizer", text) == expected
    assert count_tokens(WEIGHTS, "a (red:1.5) <lora:x:1> [star]") == count_tokens(WEIGHTS, "a red star")
    assert prompt_chunks(WEIGHTS, "a red star BREAK blue") == [3, 1]


def test_a_tokenizer_of_two_files_counts_the_same(tmp_path):
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((WEIGHTS / "tokenizer" / name).read_bytes())
    for text in ("a red star on a blue background", "zebra's Ação 12", ""):
        assert count_tokens(tmp_path, text) == count_tokens(WEIGHTS, text)


def test_the_web_may_use_it_without_torch():
    code = (
        "import sys\n"
        "from generation.sampler import errors, files, prompts, request, samplers\n"
        f"prompts.count_tokens({str(WEIGHTS)!r}, 'a red star')\n"
        "request.DrawRequest(base='x', prompt='y').validate()\n"
        "bad = {'torch', 'diffusers', 'transformers', 'django', 'celery', 'PIL'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
