"""Words of captions, counted as other trainers count them. No torch: pages show them too."""

from collections import Counter


def tag_frequency(captions):
    """{part of a caption: how many captions have it}, most frequent first; parts are what commas separate."""
    counted = Counter(part for caption in captions for part in dict.fromkeys(parts_of(caption)))
    return dict(counted.most_common(500))


def parts_of(caption):
    """What commas separate, without blanks around."""
    return [part for part in (" ".join(piece.split()) for piece in caption.split(",")) if part]
