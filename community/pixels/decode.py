"""`python -m community.pixels.decode FILE FOLDER`: measures a picture and writes its derivatives into FOLDER.

A stranger's file meets the decoders here and nowhere else, in a process that may be lost: its memory, its time and
what it may write are bounded before Pillow is loaded. Prints one line of JSON: either the figures, or
{"refused": code} for a file that is no picture we take. Any other end (a signal, no line) is the decoder's.
"""

import hashlib
import json
import resource
import sys
import warnings
from pathlib import Path

LADDER = (96, 320, 450, 800, 1200, 1600)
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF")
MAX_SIDE = 8192
MAX_PIXELS = 64 * 1024 * 1024
MEMORY_BYTES = 3 * 1024**3  # 64 Mpx are 256 MiB in Pillow; a conversion or a turn needs two or three of them
CPU_S = 90
WRITES_BYTES = 400 * 1024**2
QUALITY = 84


class NotTaken(Exception):
    """args[0] is the code that the site has a sentence for."""


def bound():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITES_BYTES, WRITES_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path, folder):
    bound()
    try:
        answer = measure(path, Path(folder))
    except NotTaken as refusal:
        answer = {"refused": refusal.args[0]}
    except MemoryError:
        answer = {"refused": "heavy"}
    print(json.dumps(answer))


def measure(path, folder):
    """The figures of a picture file, after writing `<width>.webp` for each width (and `lossless.png` of an AVIF)."""
    image, kind = _opened(path)
    image = _upright(_plain(image))
    image.info.clear()
    widths = widths_for(image.width)
    for width in widths:
        _derivative(image, width).save(folder / f"{width}.webp", "WEBP", quality=QUALITY, method=4)
    if kind == "AVIF":
        image.save(folder / "lossless.png", "PNG")
    thumbhash, tone = _impression(image)
    return {
        "format": kind,
        "width": image.width,
        "height": image.height,
        "widths": widths,
        "pixels_sha256": _pixels_hash(image),
        "thumbhash": thumbhash,
        "tone": tone,
    }


def widths_for(width):
    """The ladder below `width`, and `width` itself up to the ladder's top: never larger than the original."""
    return [step for step in LADDER if step < width] + ([width] if width <= LADDER[-1] else [])


def _opened(path):
    from PIL import Image, UnidentifiedImageError

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        image = Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        raise NotTaken("kind") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise NotTaken("large") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise NotTaken("broken") from None
    if image.width > MAX_SIDE or image.height > MAX_SIDE or image.width * image.height > MAX_PIXELS:
        raise NotTaken("large")
    # Phones hang a second, smaller picture behind a JPEG ("MPO"); the first one is the photograph.
    kind = "JPEG" if image.format == "MPO" else image.format
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise NotTaken("animated")
    try:
        image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise NotTaken("large") from None
    except MemoryError:
        raise
    except Exception:
        # Decoders raise whatever they like at a broken stream; the file is at fault, and only this process saw it.
        raise NotTaken("broken") from None
    return image, kind


def _plain(image):
    """8-bit sRGB, with alpha only where there is some."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    exif = image.getexif()
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        image = image.convert("F").point(lambda value: value / 257).convert("L")
        profile = None
    has_alpha = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    wanted = "RGBA" if has_alpha else "RGB"
    if profile:
        try:
            image = _in_srgb(image, profile, wanted, has_alpha)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile is as good as none
    if image.mode != wanted:
        image = image.convert(wanted)
    if wanted == "RGBA" and image.getextrema()[3][0] == 255:
        image = image.convert("RGB")
    image.info["orientation"] = exif.get(0x0112, 1)
    return image


def _in_srgb(image, profile, wanted, has_alpha):
    import io

    from PIL import ImageCms

    theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = theirs.profile.xcolor_space.strip()
    fitting = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space)
    if fitting is None:
        return image
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    if image.mode != fitting:
        image = image.convert(fitting)
    image = ImageCms.profileToProfile(image, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def _upright(image):
    from PIL.Image import Transpose

    turn = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }.get(image.info.get("orientation"))  # fmt: skip
    return image.transpose(turn) if turn is not None else image


def _derivative(image, width):
    from PIL.Image import Resampling

    if width == image.width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Resampling.LANCZOS, reducing_gap=3.0)


def _impression(image):
    """(thumbhash, mean colour as #rrggbb)."""
    from PIL.Image import Resampling

    from community.pixels import thumbhash

    # Far more than the few lowest frequencies need.
    scale = min(1, 32 / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = image.resize(size, Resampling.BOX, reducing_gap=3.0).convert("RGBA")
    raw = small.tobytes()
    weight = sum(raw[3::4]) or 1
    mean = [sum(map(int.__mul__, raw[channel::4], raw[3::4])) // weight for channel in range(3)]
    return thumbhash.encode(*size, raw), "#{:02x}{:02x}{:02x}".format(*mean)


def _pixels_hash(image):
    """SHA-256 of size and RGBA bytes as shown: equal for a picture saved anew without loss, whatever the format."""
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    band = max(1, 4_000_000 // image.width)
    for top in range(0, image.height, band):
        part = image.crop((0, top, image.width, min(top + band, image.height)))
        digest.update(part.convert("RGBA").tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:3])
