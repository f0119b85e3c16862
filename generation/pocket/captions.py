"""What people would write above a scene: templates with synonyms, dropped words, and the noise of real prompts.

The generator of randomness is Python's, because a caption is drawn for every picture many times.
"""

from random import Random

from .scenes import COLOUR_NAMES, PLACES, SUBJECT_NAMES, Scene

QUALITY = (
    "masterpiece,best quality,high quality,highly detailed,ultra detailed,sharp focus,8k,4k,absurdres,beautiful,"
    "intricate,cinematic lighting,trending on artstation,professional,vivid colors,simple,cute,aesthetic"
).split(",")
UNWANTED = (
    "worst quality,low quality,lowres,bad anatomy,bad hands,ugly,deformed,extra fingers,missing fingers,text,watermark,"
    "signature,jpeg artifacts,cropped,error,nsfw,monochrome,duplicate,mutated,out of frame,disfigured"
).split(",")
STYLE_WORDS = {
    "flat": ("flat style", "flat", "vector art", "flat colors", "minimalist"),
    "anime": ("anime style", "anime", "cel shading", "cartoon", "lineart"),
    "realistic": ("realistic style", "realistic", "photorealistic", "3d render", "photo"),
}
BLURRED = ("blurry", "out of focus", "blurry, low quality", "blurry, worst quality")
PLACE_WORDS = {
    "night sky": ("in the night sky", "at night", "night sky background"),
    "sunset": ("at sunset", "in a sunset", "sunset background"),
    "meadow": ("on a meadow", "in a meadow", "meadow background"),
    "beach": ("on the beach", "at the beach", "beach background"),
}
SIZE_WORDS = {
    "small": ("small", "small", "tiny", "little"),
    "medium": ("",),
    "large": ("large", "large", "big", "huge"),
}
POSITION_WORDS = {
    "center": ("",),
    "left": ("on the left", "left side", "on the left side"),
    "right": ("on the right", "right side", "on the right side"),
    "top": ("at the top", "top", "on top"),
    "bottom": ("at the bottom", "bottom"),
}
# Words that people write and that mean nothing here: the model learns to pass over them.
IDLE_WORDS = (
    "the of and with in at to my drawing picture image illustration painting sketch photograph portrait landscape scene "
    "view shape object wearing standing sitting looking smiling girl boy 1girl 1boy solo woman man dog bird car dragon "
    "knight robot forest mountain city castle river ocean water fire light dark bright soft warm cold hair eyes face dress "
    "hat long short magic fantasy detailed style background color colour very middle two three one lora model"
).split()
GLUE = "a an on in at with the of one picture background gradient side center middle centered".split()
# A plain style is what comes without a word for it; the others must be asked for.
SILENT_STYLE = {"flat": 0.55, "anime": 0.04, "realistic": 0.04}


def known_words() -> set[str]:
    """Every word that a caption of ours may hold; the tokenizer makes each one token."""
    phrases = [*COLOUR_NAMES, *SUBJECT_NAMES, *PLACES, *QUALITY, *UNWANTED, *BLURRED, *IDLE_WORDS, *GLUE]
    for table in (STYLE_WORDS, PLACE_WORDS, SIZE_WORDS, POSITION_WORDS):
        phrases += [phrase for options in table.values() for phrase in options]
    return set(" ".join(phrases).replace(",", " ").split())


def caption(scene: Scene, rng: Random, *, silent_style: float | None = None) -> str:
    """One of very many captions of a scene. ``silent_style``: how often its style is not named."""
    subject = " ".join(word for word in (rng.choice(SIZE_WORDS[scene.size]), scene.colour, scene.subject) if word)
    parts = _sentence(scene, subject, rng) if rng.random() < 0.62 else _list(scene, subject, rng)
    if rng.random() >= (SILENT_STYLE[scene.style] if silent_style is None else silent_style):
        _put(parts, rng.choice(STYLE_WORDS[scene.style]), rng, first=0.3)
    if scene.is_blurred:
        _put(parts, rng.choice(BLURRED), rng, first=0.4)
    for _ in range(rng.choices((0, 1, 2, 4), (0.55, 0.2, 0.15, 0.1))[0]):
        _put(parts, _noise(rng), rng, first=0.4)
    return ", ".join(parts)


def plain_caption(scene: Scene) -> str:
    """The one caption that a person would write; for reports and tests."""
    size = "" if scene.size == "medium" else f"{scene.size} "
    where = POSITION_WORDS[scene.position][0]
    ground = (
        PLACE_WORDS[scene.background][0]
        if scene.is_place
        else f"on {_article(_ground(scene))} {_ground(scene)} background"
    )
    text = f"{_article(size + scene.colour)} {size}{scene.colour} {scene.subject} {ground}"
    return f"{text}, {where}" if where else text


def empty_caption(rng: Random) -> str:
    """What guidance is measured against: nothing, or a list of what nobody wants."""
    return "" if rng.random() < 0.6 else ", ".join(rng.sample(UNWANTED, rng.randint(1, 9)))


def unknown_word(rng: Random) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(2, 9)))


def _article(text):
    return "an" if text[0] in "aeiou" else "a"


def _ground(scene):
    return scene.background + (" gradient" if scene.is_gradient else "")


def _place_words(scene, rng):
    if scene.is_place:
        return rng.choice(PLACE_WORDS[scene.background])
    ground = _ground(scene)
    article = _article(ground)
    forms = (
        f"on {article} {ground} background",
        f"{ground} background",
        f"with {article} {ground} background",
        f"on {ground} background",
    )
    return rng.choice((forms[0], *forms))


def _position_words(scene, rng):
    if scene.position == "center":
        return rng.choice(("in the center", "in the middle", "centered")) if rng.random() < 0.15 else ""
    return rng.choice(POSITION_WORDS[scene.position])


def _sentence(scene, subject, rng):
    ground, where = _place_words(scene, rng), _position_words(scene, rng)
    start = rng.choice((f"{_article(subject)} ", "", f"a picture of {_article(subject)} ", "one "))
    joint = " " if not ground.endswith("background") or ground.startswith(("on", "with")) else ", "
    text = f"{start}{subject}{joint}{ground}"
    return [text + rng.choice((", ", " ")) + where if where else text]


def _list(scene, subject, rng):
    parts = [part for part in (subject, _place_words(scene, rng), _position_words(scene, rng)) if part]
    if rng.random() < 0.5:
        rng.shuffle(parts)
    return parts


def _noise(rng):
    if rng.random() < 0.6:
        return rng.choice(QUALITY)
    return rng.choice(IDLE_WORDS) if rng.random() < 0.5 else unknown_word(rng)


def _put(parts, word, rng, *, first):
    parts.insert(0 if rng.random() < first else len(parts), word)
