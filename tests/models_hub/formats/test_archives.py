"""Archives: what passes, and one test for every trick."""

import io
import random
import stat
import struct
import zipfile

import pytest

from models_hub.formats import archives
from models_hub.formats.archives import check_diffusers_folder, check_training_data
from models_hub.formats.errors import BadFile
from models_hub.formats.ranged import ranged

from .build import diffusers_folder, tensors, zipped


def model(data):
    return check_diffusers_folder(ranged(data), len(data))


def training(data):
    return check_training_data(ranged(data), len(data))


def refusal(check, data):
    with pytest.raises(BadFile) as caught:
        check(data)
    assert str(caught.value.sentence)
    return caught.value.code


def named(name, **attributes):
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.compress_type = zipfile.ZIP_DEFLATED
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def pictures(**more):
    return {"1.png": b"x" * 50, "1.txt": b"a cat"} | more


# What passes


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("root", ["", "my-model/"])
def test_a_diffusers_folder_passes(method, root):
    assert f"{root}unet/diffusion_pytorch_model.safetensors" in model(zipped(diffusers_folder(root), method=method))


def test_an_archive_with_folder_entries_and_a_comment_passes():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.comment = b"made by hand"
        archive.mkdir("unet")
        for name, data in diffusers_folder().items():
            archive.writestr(name, data)
    assert "unet/" not in model(made.getvalue())


def test_an_archive_written_to_a_pipe_passes():
    """Then sizes stand behind each entry."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, part):
            self.data += bytes(part)
            return len(part)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pictures().items():
            archive.writestr(name, data)
    assert training(pipe.data) == ("1.png", "1.txt")


def test_a_64_bit_archive_passes():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in pictures().items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    assert training(made.getvalue()) == ("1.png", "1.txt")


def test_what_operating_systems_add_is_left_out():
    data = zipped({"set/1.png": b"x", "__MACOSX/set/._1.png": b"x", "set/.DS_Store": b"x", "set/Thumbs.db": b"x"})
    assert training(data) == ("set/1.png",)


def test_names_in_other_scripts_pass():
    assert training(zipped({"猫.png": b"x", "ação.txt": b"y"})) == ("猫.png", "ação.txt")


# Paths


@pytest.mark.parametrize(
    "name",
    ["../1.png", "a/../../1.png", "/1.png", "//host/1.png", "C:/1.png", "C:1.png", "a\\1.png", "..\\1.png", "./1.png", "a//1.png",
     "con.png", "nul", "COM1.txt", "a/LPT9.png", "a\n.png", "a\u202egnp.png", "a\x1b.png", "1.png ", "1.png.", "a?.png", "a" * 201 + ".png", "b/" * 250 + "1.png"],
)  # fmt: skip
def test_it_refuses_paths_that_lead_elsewhere_or_cannot_be_written(name):
    assert refusal(training, zipped({**pictures(), named(name): b"x"})) == "zip_path"


def test_it_refuses_a_name_cut_by_nul():
    data = zipped(pictures(**{"evil.shXpng": b"x"})).replace(b"evil.shXpng", b"evil.sh\0png")
    assert refusal(training, data) == "zip_path"


def test_it_refuses_two_entries_of_one_name():
    with pytest.warns(UserWarning):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("1.png", b"x")
            archive.writestr("1.png", b"y")
    assert refusal(training, made.getvalue()) == "zip_duplicate"


@pytest.mark.parametrize("other", ["1.PNG", "e\u0301.png"])
def test_it_refuses_names_that_are_one_on_some_machines(other):
    assert refusal(training, zipped({"1.png": b"x", "\u00e9.png": b"x", other: b"x"})) == "zip_duplicate"


def test_it_refuses_two_names_for_one_entry():
    data = zipped({"1.png": b"x", "a.txt": b"y"})
    first = data.index(b"a.txt")
    assert refusal(training, data[:first] + b"b.txt" + data[first + 5 :]) == "zip_names_differ"


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o666, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK]
)
def test_it_refuses_links_and_devices(mode):
    assert (
        refusal(
            training, zipped({**pictures(), named("2.png", external_attr=mode << 16, create_system=3): b"/etc/passwd"})
        )
        == "zip_link"
    )


# Size


def test_it_refuses_a_bomb():
    assert refusal(training, zipped(pictures(**{"2.png": bytes(40 << 20)}))) == "zip_bomb"


def test_it_refuses_a_bomb_of_many_small_entries():
    data = zipped(pictures() | {f"{n}.txt": bytes(900_000) for n in range(2, 10)})
    assert refusal(training, data) == "zip_bomb"


def test_it_refuses_entries_that_share_their_bytes():
    """Many directory entries pointing at one: the non-recursive bomb."""
    data = zipped({"1.png": b"x" * 50, "2.png": b"x" * 50})
    end = data.rindex(b"PK\x05\x06")
    second = data.rindex(b"PK\x01\x02", 0, end)
    sharing = data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]
    assert refusal(training, sharing) in {"zip_overlap", "zip_names_differ"}


def test_it_refuses_a_directory_that_claims_more_than_the_file():
    data = bytearray(zipped(pictures()))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, at + 20, 2**30, 2**30)
    assert refusal(training, bytes(data)) in {"zip_overlap", "zip_broken"}


def test_it_refuses_too_many_entries():
    data = zipped({f"{n}.png": b"" for n in range(archives.MOST_ENTRIES_TRAINING + 1)}, method=zipfile.ZIP_STORED)
    assert refusal(training, data) == "zip_too_many"


def test_it_refuses_a_million_claimed_entries_before_reading_them(monkeypatch):
    data = bytearray(zipped(pictures()))
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, 65_534, 65_534)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_args: pytest.fail("parsed"))
    assert refusal(training, bytes(data)) == "zip_too_many"


def test_it_refuses_more_entries_than_the_end_record_claims(monkeypatch):
    data = bytearray(zipped({f"{n}.png": b"" for n in range(30)}, method=zipfile.ZIP_STORED))
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, 2, 2)
    monkeypatch.setattr(archives, "MOST_ENTRIES_TRAINING", 20)
    assert refusal(training, bytes(data)) == "zip_too_many"


def test_it_refuses_a_large_directory(monkeypatch):
    monkeypatch.setattr(archives, "MOST_DIRECTORY_BYTES", 50)
    assert refusal(training, zipped(pictures())) == "zip_too_many"


def test_it_refuses_more_than_can_be_unpacked(monkeypatch):
    monkeypatch.setattr(archives, "MOST_UNPACKED_TRAINING_BYTES", 54)
    assert refusal(training, zipped(pictures())) == "zip_too_large"


# Odd archives


def test_it_refuses_an_encrypted_archive():
    data = bytearray(zipped(pictures()))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    assert refusal(training, bytes(data)) == "zip_encrypted"


def test_it_refuses_flags_that_differ():
    data = bytearray(zipped(pictures()))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    assert refusal(training, bytes(data)) == "zip_names_differ"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_it_refuses_other_methods(method):
    assert refusal(training, zipped({named("1.png", compress_type=method): b"x" * 50})) == "zip_method"


@pytest.mark.parametrize("extra", [b"MZ", b"\n", b"<script>", bytes(100)])
def test_it_refuses_bytes_before_or_after(extra):
    data = zipped(pictures())
    assert refusal(training, extra + data) == "zip_extra_bytes"
    assert refusal(training, data + extra) in {"zip_extra_bytes", "zip_broken"}


def test_it_refuses_a_gap_between_entries():
    data = zipped(pictures())
    directory, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    moved = bytearray(data[:directory] + b"a program hides in here, in a gap" + data[directory:])
    struct.pack_into("<I", moved, end + 33 + 16, directory + 33)
    assert refusal(training, bytes(moved)) == "zip_extra_bytes"


def test_it_refuses_a_second_directory_for_64_bit_readers():
    """Some programs believe the 64-bit record only when the old one overflows, zipfile always does."""
    data = zipped(pictures())
    end = data.rindex(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 900_000, 900_000, 10, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    assert refusal(training, data[:end] + record + locator + data[end:]) == "zip_too_many"


def test_it_refuses_a_part_of_a_split_archive():
    data = bytearray(zipped(pictures()))
    data[data.rindex(b"PK\x05\x06") + 4] = 1
    assert refusal(training, bytes(data)) == "zip_split"
    assert refusal(training, b"PK\x07\x08" + zipped(pictures())) == "zip_split"


def test_it_refuses_an_empty_archive():
    assert refusal(training, zipped({})) == "zip_broken"
    assert refusal(model, zipped({})) == "zip_broken"


@pytest.mark.parametrize("check", [model, training])
def test_it_refuses_an_archive_cut_anywhere(check):
    data = zipped(diffusers_folder() if check is model else pictures())
    for kept in range(len(data)):
        refusal(check, data[:kept])


def test_it_survives_any_changed_byte():
    """Either refused with a sentence or read; never another error."""
    data = zipped(pictures())
    for at in range(len(data)):
        for bits in (0x01, 0x80, 0xFF):
            try:
                training(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
            except BadFile:
                pass


# What is inside


@pytest.mark.parametrize("name", ["unet/model.ckpt", "unet/model.bin", "x.pt", "x.PTH", "data/x.pkl", "x.npz"])
def test_it_refuses_pickles_inside(name):
    assert refusal(model, zipped(diffusers_folder(**{name: b"x"}))) == "zip_pickle"


def test_it_refuses_a_pickle_renamed_inside():
    assert (
        refusal(model, zipped(diffusers_folder(**{"vae/model.safetensors": b"\x80\x04\x95" + bytes(60)})))
        == "zip_member"
    )


def test_it_refuses_a_truncated_safetensors_inside():
    data = zipped(diffusers_folder(**{"vae/model.safetensors": tensors({"w": (40,)})[:-1]}))
    with pytest.raises(BadFile) as caught:
        model(data)
    assert "vae/model.safetensors" in str(caught.value.sentence) and "is missing (1\u00a0byte)" in str(
        caught.value.sentence
    )


@pytest.mark.parametrize("name", ["pipeline.py", "run.sh", "a.exe", "a.html", "a.svg", ".gitattributes", "noextension"])
def test_it_refuses_what_no_model_needs(name):
    assert refusal(model, zipped(diffusers_folder(**{name: b"x"}))) == "zip_unwanted"


@pytest.mark.parametrize("name", ["inner.zip", "a.tar.gz", "a.7z", "x.jar"])
def test_it_refuses_archives_inside(name):
    assert refusal(model, zipped(diffusers_folder(**{name: b"x"}))) == "zip_nested"
    assert refusal(training, zipped(pictures(**{name: b"x"}))) == "zip_nested"


def test_it_refuses_a_zip_that_is_no_pipeline():
    assert refusal(model, zipped({"model.safetensors": tensors({"w": (4,)})})) == "zip_no_model"
    assert refusal(model, zipped({"model_index.json": b"{}"})) == "zip_no_model"
    assert refusal(model, zipped(diffusers_folder("a/b/"))) == "zip_no_model"
    assert refusal(model, zipped(diffusers_folder("a/") | diffusers_folder("b/"))) == "zip_no_model"


def test_it_refuses_other_files_in_training_data():
    assert refusal(training, zipped(pictures(**{"readme.html": b"x"}))) == "zip_unwanted"
    assert refusal(training, zipped(pictures(**{"a.pt": b"x"}))) == "zip_pickle"
    assert refusal(training, zipped(pictures(**{"a/b/2.png": b"x"}))) == "zip_deep"
    assert refusal(training, zipped({"1.txt": b"a cat"})) == "zip_no_pictures"


def test_it_refuses_a_bomb_hidden_behind_large_honest_entries():
    noise = random.Random(3).randbytes(2 << 20)
    assert refusal(training, zipped(pictures(**{"2.png": noise, "3.png": bytes(3 << 20)}))) == "zip_bomb"


def test_it_refuses_a_stored_entry_of_two_sizes():
    data = bytearray(zipped(pictures(), method=zipfile.ZIP_STORED))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 60)
    assert refusal(training, bytes(data)) == "zip_broken"


def test_it_refuses_a_gap_inside_the_entries():
    """The second entry moved back by the bytes that hide before it."""
    data = zipped(pictures(), method=zipfile.ZIP_STORED)
    second, directory, end = data.rindex(b"PK\x03\x04"), data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    hidden = b"a program hides in here, in a gap"
    moved = bytearray(data[:second] + hidden + data[second:])
    struct.pack_into("<I", moved, moved.rindex(b"PK\x01\x02") + 42, second + len(hidden))
    struct.pack_into("<I", moved, end + len(hidden) + 16, directory + len(hidden))
    assert refusal(training, bytes(moved)) == "zip_extra_bytes"


def test_it_refuses_an_entry_that_runs_into_the_directory():
    data = bytearray(zipped(pictures(), method=zipfile.ZIP_STORED))
    struct.pack_into("<II", data, data.rindex(b"PK\x01\x02") + 20, 26, 26)
    assert refusal(training, bytes(data)) == "zip_overlap"


def test_it_refuses_a_directory_that_leads_to_no_entry():
    data = bytearray(zipped(pictures()))
    data[:4] = b"PK\x03\x04"
    data[data.rindex(b"PK\x03\x04") + 3] = 9
    assert refusal(training, bytes(data)) == "zip_broken"


def test_it_refuses_packed_bytes_that_cannot_be_unpacked():
    data = bytearray(zipped(diffusers_folder()))
    name = b"unet/diffusion_pytorch_model.safetensors"
    packed = data.index(name) + len(name)
    data[packed : packed + 8] = b"\xff" * 8
    assert refusal(model, bytes(data)) in {"zip_broken", "zip_member"}


@pytest.mark.parametrize("at", [0, 2**40])
def test_it_refuses_a_64_bit_record_that_is_not_there(at):
    data = zipped(pictures())
    end = data.rindex(b"PK\x05\x06")
    assert refusal(training, data[:end] + b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1) + data[end:]) == "zip_broken"


def test_it_refuses_an_end_record_that_asks_for_a_64_bit_one():
    data = bytearray(zipped(pictures()))
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, 0xFFFF, 0xFFFF)
    assert refusal(training, bytes(data)) == "zip_broken"
