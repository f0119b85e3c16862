"""The header reader: what it reads, and every lie it refuses."""

import io
import json
import struct
import time
import tracemalloc

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from models_hub.formats import safetensors as ours
from models_hub.formats.errors import BadFile
from models_hub.formats.hashing import hash_stream
from models_hub.formats.safetensors import read_header, rewrite_metadata

from .build import entry, raw, tensors


def refusal(data, **kwargs):
    with pytest.raises(BadFile) as caught:
        read_header(data, **kwargs)
    assert str(caught.value.sentence)
    return caught.value.code


def saved(**metadata):
    arrays = {
        "b": np.arange(6, dtype=np.float16).reshape(2, 3),
        "a": np.ones((4,), np.float32),
        "s": np.full((), 3, np.float32),
    }
    return safetensors.numpy.save(arrays, metadata=metadata or None)


def test_it_reads_what_the_library_wrote():
    header = read_header(saved(format="pt", note="ação"))
    assert header.metadata == {"format": "pt", "note": "ação"}
    assert {name: (tensor.dtype, tensor.shape) for name, tensor in header.tensors.items()} == {
        "a": ("F32", (4,)),
        "b": ("F16", (2, 3)),
        "s": ("F32", ()),
    }
    assert header.n_parameters == 11


def test_offsets_lead_to_the_values():
    data = saved()
    header = read_header(data)
    tensor = header.tensors["b"]
    found = np.frombuffer(data[header.tensors_start + tensor.start : header.tensors_start + tensor.end], np.float16)
    assert found.tolist() == [0, 1, 2, 3, 4, 5]


def test_it_reads_files_bytes_and_callables_alike():
    data = saved(format="pt")

    class Short(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 3))

    expected = read_header(data)
    assert read_header(io.BytesIO(data)) == read_header(Short(data)) == expected
    assert read_header(lambda start, length: data[start : start + length], size_bytes=len(data)) == expected


def test_it_asks_for_the_header_alone():
    data = tensors({"w": (1000, 1000)})
    asked = []

    def read(start, length):
        asked.append(start + length)
        return data[start : start + length]

    header = read_header(read, size_bytes=len(data))
    assert max(asked) == header.tensors_start


def test_it_accepts_every_dtype_the_library_writes():
    for name, bits in ours.BITS.items():
        assert read_header(raw({"w": entry(0, bits, dtype=name, shape=[8])}, bytes(bits))).tensors["w"].dtype == name


def test_it_accepts_padding_and_empty_tensors_among_others():
    text = json.dumps({"e": entry(0, 0, shape=[0, 5]), "w": entry(0, 4)}) + "    "
    assert read_header(raw(text, bytes(4))).tensors["e"].n_elements == 0


# Length of the header


def test_it_refuses_an_empty_file():
    assert refusal(b"") == "empty"


@pytest.mark.parametrize("kept", range(1, 8))
def test_it_refuses_a_file_cut_in_its_length(kept):
    assert refusal(saved()[:kept]) == "too_short"


@pytest.mark.parametrize("claimed", [2**62, 2**63 - 1, 2**64 - 1, 100_000_001, 100_000_000])
def test_it_refuses_a_header_length_beyond_reason_without_allocating(claimed):
    asked = []

    def read(start, length):
        asked.append(length)
        return (struct.pack("<Q", claimed) + b'{"a":1}')[start : start + length]

    tracemalloc.start()
    code = refusal(read, size_bytes=200_000_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == "header_too_large"
    assert max(asked) == 8 and peak < 1 << 20


def test_it_refuses_a_header_longer_than_the_file():
    assert refusal(struct.pack("<Q", 1000) + b'{"a":1}') == "header_past_end"


def test_it_refuses_a_pickle_renamed():
    assert refusal(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + bytes(100)) == "not_safetensors"


def test_it_refuses_a_header_that_is_not_an_object():
    assert refusal(raw("[1, 2]")) == "not_safetensors"
    assert refusal(raw(' {"w": 1}')) == "not_safetensors"
    assert refusal(raw("")) == "not_safetensors"


def test_it_refuses_a_store_that_answers_short():
    data = saved()
    assert refusal(lambda start, length: data[start : start + length][:20], size_bytes=len(data)) == "too_short"


# The JSON


def test_it_refuses_text_that_is_not_utf8():
    assert refusal(raw(b'{"\xff\xfe": 1}')) == "header_not_utf8"


@pytest.mark.parametrize(
    "text", ['{"w": }', '{"w": 1} x', '{"w": NaN}', '{"w": Infinity}', '{"w"', '{"w": ' + "9" * 5000 + "}", "{'w': 1}"]
)
def test_it_refuses_text_that_is_not_json(text):
    assert refusal(raw(text)) == "header_not_json"


def test_it_refuses_json_nested_200_000_deep():
    assert refusal(raw('{"w": ' + "[" * 200_000 + "]" * 200_000 + "}")) == "header_nested"
    assert refusal(raw('{"a":' * 200_000 + "1" + "}" * 200_000)) == "header_nested"


def test_it_refuses_duplicate_tensor_names():
    text = f'{{"w": {json.dumps(entry(0, 4))}, "w": {json.dumps(entry(4, 8))}}}'
    assert refusal(raw(text, bytes(8))) == "duplicate_key"


def test_it_refuses_duplicate_keys_inside_an_entry():
    text = '{"w": {"dtype": "U8", "shape": [4], "shape": [2], "data_offsets": [0, 4]}}'
    assert refusal(raw(text, bytes(4))) == "duplicate_key"


def test_it_refuses_duplicate_metadata_keys():
    assert (
        refusal(raw('{"__metadata__": {"a": "1", "a": "2"}, "w": ' + json.dumps(entry(0, 4)) + "}", bytes(4)))
        == "duplicate_key"
    )


def test_it_refuses_duplicates_written_differently():
    text = '{"w": ' + json.dumps(entry(0, 4)) + ', "\\u0077": ' + json.dumps(entry(4, 8)) + "}"
    assert refusal(raw(text, bytes(8))) == "duplicate_key"


@pytest.mark.parametrize("made", [[], "x", 1, None, {}, {"dtype": "U8"}, entry(0, 4) | {"more": 1}])
def test_it_refuses_entries_of_another_shape(made):
    assert refusal(raw({"w": made}, bytes(4))) == "header_shape"


@pytest.mark.parametrize("metadata", [{"a": 1}, {"a": None}, {"a": {"b": "c"}}, {"a": ["b"]}])
def test_it_refuses_metadata_that_is_not_text(metadata):
    assert refusal(raw({"__metadata__": metadata, "w": entry(0, 4)}, bytes(4))) == "metadata_not_text"


def test_it_refuses_metadata_that_is_not_an_object():
    assert refusal(raw({"__metadata__": "x", "w": entry(0, 4)}, bytes(4))) == "header_shape"


def test_it_refuses_a_lone_surrogate_in_metadata():
    assert (
        refusal(raw('{"__metadata__": {"a": "\\ud800"}, "w": ' + json.dumps(entry(0, 4)) + "}", bytes(4)))
        == "metadata_not_text"
    )


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/../b",
        "..\\windows",
        "a\x00b",
        "a\nb",
        "\x1b[31m",
        "abc\u202egpj",
        "a\u200bb",
        "x" * 10_000,
        "",
        "\ud800",
    ],
    ids=[
        "parent",
        "inner parent",
        "backslash",
        "NUL",
        "line break",
        "escape",
        "right to left",
        "invisible",
        "10,000 long",
        "none",
        "surrogate",
    ],
)
def test_it_refuses_names_that_could_hurt(name):
    assert refusal(raw({name: entry(0, 4)}, bytes(4))) == "bad_name"
    assert refusal(raw({"__metadata__": {name: "x"}, "w": entry(0, 4)}, bytes(4))) == "bad_name"


def test_markup_in_names_and_metadata_is_data():
    header = read_header(raw({"__metadata__": {"a": "<script>alert(1)</script>"}, "<b>": entry(0, 4)}, bytes(4)))
    assert header.metadata["a"] == "<script>alert(1)</script>"


def test_it_refuses_metadata_of_90_mb():
    assert refusal(raw({"__metadata__": {"a": "x" * 90_000_000}, "w": entry(0, 4)}, bytes(4))) == "header_too_large"


def test_it_refuses_metadata_of_more_than_the_limit():
    assert refusal(raw({"__metadata__": {"a": "x" * (4 << 20)}, "w": entry(0, 4)}, bytes(4))) == "metadata_too_large"


def test_it_refuses_a_million_metadata_keys():
    data = raw({"__metadata__": {f"{n:x}": "" for n in range(1_000_000)}, "w": entry(0, 4)}, bytes(4))
    assert refusal(data) == "metadata_too_large"


def test_it_refuses_too_many_tensors(monkeypatch):
    monkeypatch.setattr(ours, "MOST_TENSORS", 3)
    assert refusal(tensors({f"t{n}": (2,) for n in range(4)})) == "too_many_tensors"


# The tensors


@pytest.mark.parametrize("dtype", ["F17", "f16", "", None, 3, ["F16"]])
def test_it_refuses_unknown_number_types(dtype):
    assert refusal(raw({"w": entry(0, 4, dtype=dtype)}, bytes(4))) == "bad_dtype"


@pytest.mark.parametrize("shape", [[-4], [2.0, 2], [True, 4], ["4"], 4, None, {"0": 4}, [2**63], [1] * 17])
def test_it_refuses_impossible_shapes(shape):
    assert refusal(raw({"w": {"dtype": "U8", "shape": shape, "data_offsets": [0, 4]}}, bytes(4))) == "bad_shape"


def test_it_refuses_a_shape_whose_product_overflows():
    shape = [2**32, 2**32]  # 2**64 elements: 0 to a reader that counts in 64 bits
    assert refusal(raw({"w": entry(0, 0, shape=shape), "v": entry(0, 4)}, bytes(4))) == "size_mismatch"


def test_it_refuses_a_shape_that_needs_other_bytes():
    assert refusal(raw({"w": entry(0, 4, dtype="F16", shape=[4])}, bytes(4))) == "size_mismatch"


def test_it_refuses_four_bit_numbers_that_end_in_half_a_byte():
    assert refusal(raw({"w": entry(0, 2, dtype="F4", shape=[3])}, bytes(2))) == "size_mismatch"


@pytest.mark.parametrize(
    "offsets", [[4, 0], [-4, 0], [0], [0, 4, 8], [0.0, 4.0], ["0", "4"], None, [0, 2**64], [False, 4]]
)
def test_it_refuses_impossible_offsets(offsets):
    assert refusal(raw({"w": {"dtype": "U8", "shape": [4], "data_offsets": offsets}}, bytes(8))) == "out_of_range"


def test_it_refuses_tensors_past_the_end():
    assert refusal(raw({"w": entry(0, 4), "v": entry(4, 2**40)}, bytes(8))) == "truncated"


def test_it_refuses_overlapping_tensors():
    assert refusal(raw({"w": entry(0, 4), "v": entry(2, 6)}, bytes(6))) == "overlap"
    assert refusal(raw({"w": entry(0, 4), "v": entry(0, 4)}, bytes(4))) == "overlap"


def test_it_refuses_holes_between_tensors():
    assert refusal(raw({"w": entry(0, 4), "v": entry(6, 8)}, bytes(8))) == "hole"
    assert refusal(raw({"w": entry(2, 4)}, bytes(4))) == "hole"


def test_it_refuses_bytes_after_the_last_tensor():
    assert refusal(saved() + b"PK\x03\x04 a zip hides here") == "trailing_bytes"


def test_it_refuses_no_tensors():
    assert refusal(raw("{}")) == "no_tensors"
    assert refusal(raw({"__metadata__": {"format": "pt"}})) == "no_tensors"


def test_it_refuses_tensors_that_are_all_empty():
    assert refusal(raw({"w": entry(0, 0, shape=[0])})) == "no_tensors"


def test_it_refuses_a_file_cut_anywhere():
    data = saved(format="pt")
    for kept in range(len(data)):
        assert refusal(data[:kept]) in {"empty", "too_short", "header_past_end", "truncated"}, kept


def test_it_says_how_many_bytes_are_missing():
    with pytest.raises(BadFile) as caught:
        read_header(saved()[:-7])
    assert caught.value.values == {"missing_bytes": 7}
    assert str(caught.value.sentence).startswith("The end of the file is missing (7\u00a0bytes)")


def test_it_is_no_laxer_than_the_library():
    """Every file with one byte of its header changed that the library refuses is refused here too."""
    data = saved(format="pt")
    header_end = read_header(data).tensors_start
    laxer = []
    for at in range(header_end):
        changed = data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :]
        try:
            read_header(changed)
        except BadFile:
            continue
        try:
            safetensors.deserialize(changed)
        except Exception:
            laxer.append((at, changed[at : at + 1]))
    assert not laxer


def test_a_large_honest_header_is_read_quickly():
    data = tensors(
        {f"model.diffusion_model.block.{n}.weight": (2,) for n in range(20_000)}, metadata={"t": "x" * 1_000_000}
    )
    start = time.process_time()
    assert len(read_header(data).tensors) == 20_000
    assert time.process_time() - start < 5


# Rewriting


def rewritten(data, changes):
    target = io.BytesIO()
    header = rewrite_metadata(io.BytesIO(data), target, changes)
    assert read_header(target.getvalue()) == header
    return target.getvalue()


def test_rewriting_changes_metadata_and_no_weight():
    before = saved(format="pt", ss_output_name="a name", ss_steps="10")
    after = rewritten(before, {"ss_output_name": None, "ss_steps": "11", "new": "ação"})
    assert read_header(after).metadata == {"format": "pt", "ss_steps": "11", "new": "ação"}
    assert hash_stream(io.BytesIO(before)).autov3 == hash_stream(io.BytesIO(after)).autov3
    assert hash_stream(io.BytesIO(before)).sha256 != hash_stream(io.BytesIO(after)).sha256
    arrays, expected = safetensors.numpy.load(after), safetensors.numpy.load(before)
    assert arrays.keys() == expected.keys()
    assert all(np.array_equal(arrays[name], expected[name]) for name in expected)


def test_rewriting_leaves_no_trace_of_what_was_removed():
    after = rewritten(saved(format="pt", ss_output_name="Jane Doe"), {"ss_output_name": None})
    assert b"Jane" not in after and b"ss_output_name" not in after


def test_rewriting_may_remove_all_metadata():
    after = rewritten(saved(format="pt"), {"format": None})
    assert read_header(after).metadata == {} and b"__metadata__" not in after


def test_rewritten_tensors_stay_aligned():
    for length in range(9):
        assert read_header(rewritten(saved(format="pt"), {"n": "x" * length})).n_bytes % 8 == 0


def test_rewriting_streams(monkeypatch):
    monkeypatch.setattr(ours, "COPY_BYTES", 1000)
    data = tensors({"w": (10_000,)}, metadata={"a": "b"})
    lengths = []

    class Target(io.BytesIO):
        def write(self, part):
            lengths.append(len(part))
            return super().write(part)

    rewrite_metadata(io.BytesIO(data), Target(), {"a": None})
    assert max(lengths) == 1000 and len(lengths) == 22


def test_rewriting_refuses_a_bad_file_and_writes_nothing():
    target = io.BytesIO()
    with pytest.raises(BadFile):
        rewrite_metadata(io.BytesIO(saved()[:-1]), target, {})
    assert target.getvalue() == b""


def test_rewriting_refuses_a_source_that_ends_early():
    data = saved()
    with pytest.raises(BadFile) as caught:
        rewrite_metadata(
            lambda start, length: data[: len(data) - 4][start : start + length], io.BytesIO(), {}, size_bytes=len(data)
        )
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("changes", [{"a": 3}, {"": "x"}, {"a": "\ud800"}, {"a": "x" * (5 << 20)}])
def test_rewriting_refuses_changes_that_make_a_bad_file(changes):
    target = io.BytesIO()
    with pytest.raises(BadFile):
        rewrite_metadata(io.BytesIO(saved()), target, changes)
    assert target.getvalue() == b""


def test_rewriting_refuses_a_header_that_outgrows_the_limit(monkeypatch):
    data, target = saved(format="pt"), io.BytesIO()
    monkeypatch.setattr(ours, "LARGEST_HEADER_BYTES", read_header(data).n_bytes + 50)
    with pytest.raises(BadFile) as caught:
        rewrite_metadata(io.BytesIO(data), target, {"note": "x" * 100})
    assert caught.value.code == "header_too_large" and target.getvalue() == b""
