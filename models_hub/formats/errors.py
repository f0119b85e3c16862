"""Why a file is refused, in one place: a stable code for programs, a sentence for the owner.

The code and its values can be stored and the sentence made again later, in the reader's own
language: a worker that refuses a file does not know who will read why.
"""

from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused

_filesize = lazy(filesizeformat, str)


class BadFile(Refused):
    """The file itself is the problem; another attempt with the same bytes ends the same way.

    `code` is a key of SENTENCES, `values` are what its sentence mentions (strings and numbers).
    """

    def __init__(self, sentence, code="bad_file", *, field=None, values=None):
        super().__init__(sentence, field=field, code=code)
        self.values = values or {}


SENTENCES = {
    "registry": _("This file is in the registry of what was taken down. You can object to that."),
    # What it is
    "empty": _("This file is empty. Choose it again; if it stays empty, export it anew."),
    "pickle": _(
        "This is a pickle file: opening it could run a program on the reader’s machine, so we never publish one. "
        "Save it as safetensors and upload that."
    ),
    "web_page": _(
        "This is a web page, not a model. A download probably ended at a sign-in or error page; download it again and upload that."
    ),
    "lfs_pointer": _(
        "This is a pointer of three lines, not the file it points to. Run “git lfs pull”, then upload the large file."
    ),
    "executable": _("This is a program. We publish model files only, never programs."),
    "picture": _("This is a picture. Add it in the Pictures step."),
    "onnx": _("We do not take ONNX files. Upload the safetensors file it was made from."),
    "other_archive": _(
        "We open .zip archives only. Unpack this one and pack it again as .zip, or upload its safetensors file by itself."
    ),
    "other_tensors": _("This is a Keras or TensorFlow file. Save it as safetensors and upload that."),
    "document": _("This is a document, not a model. Put its text into the description."),
    "unknown": _("We do not know this kind of file. We take safetensors, GGUF and a .zip of a diffusers folder."),
    "not_training_data": _("Training data is a .zip of pictures, each with an optional .txt caption of the same name."),
    # safetensors
    "too_short": _("The file ends before its header is complete. The upload or export broke off; export it again."),
    "not_safetensors": _("The name says safetensors, but the bytes say otherwise. Export it again as safetensors."),
    "header_too_large": _(
        "The header claims {claimed_bytes}; the limit is {limit_bytes}. No honest model needs that much."
    ),
    "header_past_end": _(
        "The header claims more bytes than the file has. The upload broke off, or the file is damaged; export it again."
    ),
    "header_not_utf8": _("The header is not readable text (UTF-8). The file is damaged; export it again."),
    "header_not_json": _("The header is not valid JSON. The file is damaged; export it again."),
    "header_nested": _("The header is nested far deeper than any tensor list. The file is not what it claims to be."),
    "header_shape": _(
        "The header does not list tensors the way safetensors does. Export it again with the safetensors library."
    ),
    "duplicate_key": _(
        "The header names “{name}” twice, so two programs could read two different models. Export it again."
    ),
    "bad_name": _(
        "A name in the header is too long, or has characters or path parts that no tensor name needs: {name}"
    ),
    "too_many_tensors": _("The header lists {count} tensors; the limit is {limit}."),
    "no_tensors": _("The file holds no weights at all. Export it again; the save may have been interrupted."),
    "bad_dtype": _("The tensor “{name}” has a number type that safetensors does not know."),
    "bad_shape": _("The tensor “{name}” has an impossible shape."),
    "size_mismatch": _(
        "The tensor “{name}” claims more or fewer bytes than its shape needs. The file is damaged; export it again."
    ),
    "out_of_range": _("The tensor “{name}” lies outside the file. The file is damaged; export it again."),
    "overlap": _("The tensor “{name}” overlaps another one. The file is damaged, or made to mislead; export it again."),
    "hole": _(
        "There are bytes before the tensor “{name}” that belong to nothing. Export it again with the safetensors library."
    ),
    "truncated": _(
        "The end of the file is missing ({missing_bytes}). The upload or export broke off; export or download it again."
    ),
    "trailing_bytes": _(
        "Something that belongs to no tensor follows the last one ({extra_bytes}). Export it again with the safetensors library."
    ),
    "metadata_not_text": _("The metadata value “{name}” is not text. In safetensors all of them are; export it again."),
    "metadata_too_large": _(
        "The metadata holds {n_bytes} in {n_keys} entries; the limits are {limit_bytes} and {limit_keys} entries. Remove what nobody reads."
    ),
    # GGUF
    "gguf_version": _(
        "This GGUF file has version {version}; we read versions 2 and 3. Convert it with a current tool."
    ),
    "gguf_counts": _(
        "This GGUF file claims more tensors or entries than it has room for. The file is damaged; convert it again."
    ),
    # zip
    "zip_broken": _(
        "The archive cannot be read. Pack it again as a plain .zip; if it was downloaded, download it again."
    ),
    "zip_split": _("The archive is one of several parts. Pack everything into one .zip."),
    "zip_extra_bytes": _(
        "The archive has bytes before, between or after its entries that belong to nothing. Pack it again as a plain .zip."
    ),
    "zip_too_many": _("The archive holds {count} entries; the limit is {limit}."),
    "zip_encrypted": _("The archive is encrypted. Pack it again without a password."),
    "zip_method": _("“{name}” is packed with a method we do not read. Pack it again as a plain .zip."),
    "zip_path": _(
        "“{name}” points outside the archive, or has a name that not every machine can write. Rename it and pack again."
    ),
    "zip_link": _("“{name}” is a link or a device, not a file. Put the file itself into the archive."),
    "zip_duplicate": _("The archive holds “{name}” twice. Pack it again with one of them."),
    "zip_names_differ": _("“{name}” has two different names inside the archive. Pack it again as a plain .zip."),
    "zip_overlap": _(
        "Entries of the archive overlap, as in an archive made to fill a disk. Pack it again as a plain .zip."
    ),
    "zip_bomb": _("The archive unpacks to far more than it is ({ratio} times). Pack it again as a plain .zip."),
    "zip_too_large": _("The archive unpacks to more than {limit_bytes}. Pack less into it."),
    "zip_nested": _("“{name}” is an archive inside the archive. Unpack it first."),
    "zip_pickle": _(
        "“{name}” is a pickle file: opening it could run a program on the reader’s machine, so we never publish one. Save it as safetensors and pack again."
    ),
    "zip_unwanted": _("“{name}” does not belong into this archive. Take it out and pack again."),
    "zip_no_model": _(
        "The archive has no model_index.json with safetensors beside it. We take a .zip of a whole diffusers folder; a single file is better uploaded by itself."
    ),
    "zip_member": _("“{name}” in the archive is damaged: {why}"),
    "zip_deep": _("“{name}” lies in a folder inside a folder. Put pictures and captions side by side."),
    "zip_no_pictures": _(
        "The archive holds no pictures. Training data is a .zip of pictures, each with an optional .txt caption of the same name."
    ),
}


def refuse(code, **values):
    """The BadFile for `code`; raise what this returns."""
    return BadFile(sentence_for(code, **values), code, values=values)


def sentence_for(code, **values):
    """The sentence in the language of whoever reads it, from a stored code and its stored values."""
    if code not in SENTENCES:
        return SENTENCES["zip_broken"] if code.startswith("zip_") else SENTENCES["unknown"]
    if not values:
        return SENTENCES[code]
    return format_lazy(SENTENCES[code], **{name: _readable(name, value) for name, value in values.items()})


def _readable(name, value):
    if name == "n_bytes" or name.endswith("_bytes"):
        return _filesize(value)
    return f"{value:,}" if isinstance(value, int) else value


def shown(name, limit=80):
    """A name from an untrusted file, fit to stand in a sentence: printable, short, nothing invisible."""
    text = "".join(ch if ch.isprintable() else "·" for ch in str(name)[:limit])
    return text + "…" if len(str(name)) > limit else text
