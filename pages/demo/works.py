"""What the demo's people have published: models, and pictures with the recipes that go with them.

A series is one model and the pictures made with it. The pictures are drawn by pages.demo.art; see there for `how`.
"""

import math
from dataclasses import dataclass, field

UPRIGHT, WIDE, EVEN, TALL = (384, 512), (512, 384), (448, 448), (352, 528)
POCKET, SDXL, SD15, ILLUSTRIOUS = "Pocket", "SDXL 1.0", "SD 1.5", "Illustrious"
FREE = {"allow_commercial_use": ["Image", "RentCivit", "Rent", "Sell"]}
CREDIT = {"allow_no_credit": False, "allow_commercial_use": ["Image", "RentCivit"]}
LOOK_ONLY = {"allow_no_credit": False, "allow_derivatives": False, "allow_commercial_use": []}


@dataclass(frozen=True)
class Shot:
    title: str
    prompt: str
    size: tuple = UPRIGHT
    how: dict = field(default_factory=dict)
    by: str = ""
    family: str = ""


@dataclass(frozen=True)
class Series:
    owner: str
    name: str
    base: str
    family: str
    words: tuple
    tags: tuple
    about: str
    shots: tuple
    licence: dict = field(default_factory=dict)
    version: str = "v1"
    change: str = ""
    weight: float = 0.8
    rank: int = 4
    negative: str = "blurry, text, watermark"


SERIES = [
    Series("kirigami", "Papercut Horizons", SDXL, "paper", ("papercut", "layered paper"), ("paper", "landscape", "night"),
        "Landscapes of cut paper: six or seven layers, each with its own shadow.\n\nBest at weight **0.7–0.9**. Name the layers' colours from far to near. Weak at portraits; it makes faces into hills.",
        (Shot("Blue fjord under stars", "papercut fjord, layered paper, blue night, full moon, stars", TALL,
              dict(sky="0d2440 1c4a6e 4f8fa3 bfe0d2", layers="8dc0bd 5d9aa6 38738c 22526f 153a55 0d263c 071523", orb=(-.38, -.82, .17, "f9f4dd"), seed=31, tall=.11, rough=3.2, base=.36, stars=300)),
         Shot("The moon comes up red", "papercut hills, layered paper, violet dusk, huge low moon", UPRIGHT,
              dict(sky="14102e 2c1d55 6a3470 c85c6f f49b6c", layers="a04a6b 7c3865 582a5c 3b1f4f 241640 120d2b", orb=(.12, -.12, .42, "ffdf9e"), seed=57, tall=.13, rough=2.2, base=.52, stars=400)),
         Shot("First light", "papercut mountains, layered paper, pale dawn, peach sky", WIDE,
              dict(sky="f6d7c3 fbe6d0 ffeccb ffd9a8", layers="f0bfa3 dd9a86 b9707a 87506e 56365c 2d2145 161430", orb=(.55, -.3, .19, "fff6df"), seed=12)),
         Shot("Tea country", "papercut terraces, layered paper, green morning, mist", UPRIGHT,
              dict(sky="e8f0dc cfe3c4 b6d3b0", layers="a6c9a0 7fae86 55906f 357358 1f5544 103a31 08241f", orb=(-.3, -.5, .16, "fffbe8"), seed=88, tall=.12, rough=2.8, base=.42)),
         Shot("Nobody on the ice", "papercut arctic, layered paper, cold blue, low sun", WIDE, by="sable",
              how=dict(sky="3b5f8a 7fa6c6 cfe2ea f7e7d4", layers="d9e9ee b3d0de 86b0c9 5688ad 33648d 1c4468 0e2a46", orb=(.2, -.22, .12, "fff3df"), seed=140, tall=.09, rough=4.0, base=.45))),
        CREDIT, "v2", "Trained again on 412 sheets; shadows fall one way now."),
    Series("mvhr", "Ebru Bath", SDXL, "marble", ("ebru", "marbled paper"), ("marbling", "paper", "pattern"),
        "Suminagashi and Turkish marbling for endpapers. The drops are real drops: each pushes the others aside.\n\nKeep the weight **below 1**, above it the combs break.",
        (Shot("Ebru no. 41", "ebru, marbled paper, ink blue and vermilion on cream, swirls", UPRIGHT,
              dict(seed=6, palette="16314f 1f5c7a c9503c f0b45a f5ead6 7fb0a8 16314f", ground="f3e6cf", drops=54, big=.26, combs=[("swirl", .3, -.5, 2.4, .55), ("swirl", -.35, .45, -2.8, .6), ("wave", .4, .07, 1.1)])),
         Shot("Peacock comb", "marbled paper, peacock comb, red and teal on cream", WIDE,
              dict(seed=14, palette="0e2b2e 0f6b66 39b0a0 f2d488 e8743b 8b1e3f f7efdd", ground="f2e3c4", drops=54, big=.25, combs=[("comb", 0., .42, .5, .055, .0), ("comb", math.pi, .42, .5, .055, .5), ("comb", math.pi / 2, .16, .16, .03, .0)]))),
        LOOK_ONLY, weight=.7),
    Series("mira_k", "Silk Study", SDXL, "silk", ("silk study", "draped silk"), ("abstract", "cloth", "texture"),
        "Cloth under raking light. `silk study` alone gives folds; add a colour and a time of day.\n\n| weight | what it does |\n|---|---|\n| 0.4 | sheen |\n| 0.8 | folds |\n| 1.2 | knots |",
        (Shot("Ember", "silk study, draped silk, ember red and gold, candle light", TALL, dict(seed=11, stops="14080f 5a1030 c2303a f2803c ffd58a fff3d6")),
         Shot("Tide", "silk study, draped silk, sea green, wind", WIDE, dict(seed=47, stops="06141f 0b3c52 12818a 8fd3c0 f6eed8 e7a977", zoom=.44, fold=1.15, stretch=(.75, 1.25))),
         Shot("Iris", "silk study, draped silk, violet and rose, north window", UPRIGHT, dict(seed=83, stops="120b2e 3b1f7a 7b4fd0 d79be6 ffe2ea 8fd0ff", zoom=.40, fold=1.45)),
         Shot("Plum", "silk study, draped silk, plum and brass, lamp light", WIDE, dict(seed=201, stops="0f0612 3a1030 7a2f5a c08a5a f0d08a fff4dc", zoom=.43, fold=1.2)),
         Shot("Milk", "silk study, draped silk, ivory, overcast", UPRIGHT, dict(seed=29, stops="2b2622 6f6155 b8a58f e6d8c3 fbf5ea fffdf8", zoom=.42, fold=1.3))),
        FREE),
    Series("oluwaseun", "Truchet Loom", ILLUSTRIOUS, "weave", ("truchet loom",), ("pattern", "geometry", "textile"),
        "Tiles that always meet. Say how many: `seven by seven`, `eleven by eleven`.",
        (Shot("Seven by seven", "truchet loom, seven by seven, coral and blue bands, dark ground", EVEN, {}),
         Shot("Market cloth", "truchet loom, eleven by eleven, indigo and ochre, handwoven", EVEN, dict(seed=31, stops="1f2a6b 3f5fc0 e0a63a f7e3a8 b0562f 1f2a6b", ground="0c0f22", n=11)),
         Shot("Harmattan", "truchet loom, nine by nine, dust, rose and slate", WIDE, dict(seed=74, stops="4a4f66 8a7f90 d8a8a0 f4dccb b0707a 4a4f66", ground="17161c", n=9)),
         Shot("Palm wine", "truchet loom, five by five, green and clay", UPRIGHT, dict(seed=52, stops="0f4f3c 3fa070 d8e0a0 e08a5a a03f3a 0f4f3c", ground="0b1512", n=5)))),
    Series("linnea", "Leadlight", SDXL, "panes", ("leadlight", "stained glass"), ("glass", "light", "craft"),
        "Stained glass whose lead lines meet. The sun stands behind the window; say where.",
        (Shot("Rose window", "leadlight rose window, stained glass, jewel colours, sun in the middle", EVEN, {}, family="rose"),
         Shot("Harbour window", "leadlight harbour, stained glass, blue above amber, low sun", TALL, dict(seed=17))),
        CREDIT, weight=.9),
    Series("tadeu.luz", "Fim de Tarde", SD15, "sea", ("fim de tarde", "calm sea"), ("sea", "sunset", "landscape"),
        "O mar às seis da tarde, em todas as praias que eu conheço.\n\nThe sea at six in the evening. Works from weight **0.5**.",
        (Shot("Barra da Lagoa", "calm sea at sunset, fim de tarde, low sun, glitter", UPRIGHT, {}),
         Shot("Antes da chuva", "calm sea, fim de tarde, grey green light before rain", WIDE, dict(seed=31, sky="1b2a33 3d5a60 7f9a94 c9c7ac efe0bd", water="b9b79c 6f8a86 3a5a60 1c3640 0d1e28", glow="f2e6c0", at=-.3)),
         Shot("Noite clara", "calm sea, moonlight, fim de tarde, deep blue", TALL, dict(seed=63, sky="050a1e 0d1a3e 1d3566 3f65a0 86a8cf", water="5f86b8 2c4f86 14305c 0a1c3c 050f22", glow="dce9ff", at=.18)),
         Shot("Mar de leite", "calm sea, white morning, fim de tarde, pale gold", UPRIGHT, dict(seed=140, sky="8fa6b8 b8c8d0 dcdcd4 f2e6d4 fff4e0", water="e6dccc b0bcc0 7f98a4 567886 38586a", glow="fff2d8", at=-.1)),
         Shot("Cor de manga", "calm sea, mango coloured sunset, fim de tarde", WIDE, by="vo_dalva", how=dict(seed=90, sky="5a1f3a a83a3a e8702f ffb040 ffe08a", water="ffb050 d0603a 8a3340 4a1f3c 24102a", glow="ffe08a", at=.1))),
        FREE, weight=.75),
    Series("petrichor", "Firs, Waiting", SDXL, "forest", ("firs waiting", "misty forest"), ("forest", "mist", "landscape"),
        "Six layers of firs and the air between them. It knows no other tree.",
        (Shot("Before rain", "misty forest, firs waiting, soft green light", UPRIGHT, {}),
         Shot("Colder", "misty forest, firs waiting, blue morning", UPRIGHT, dict(seed=71, sky="d5e0e4 bcd2d6 92b4bd 5f8a98 355a6c"))),
        CREDIT),
    Series("noor", "Gas Giant Weather", SDXL, "nebula", ("gas weather", "nebula"), ("space", "stars", "abstract"),
        "Clouds of gas, stars in three sizes. Not to scale, not to be navigated by.",
        (Shot("Ember nursery", "nebula, gas weather, rose and amber, star cluster", WIDE, {}),
         Shot("Green drift", "nebula, gas weather, teal and gold, sparse stars", WIDE, dict(seed=220, gas="020807 05221f 0c5a4c 2fa07a b8d98a fff0c0", veil="000000 0a0612 2a1440 6a3a8a d0a0e0")),
         Shot("Long exposure", "nebula, gas weather, blue and white, long exposure", UPRIGHT, dict(seed=340, gas="02030a 07143a 123a7a 3f7fc0 a0d0f0 ffffff", veil="000000 10060a 40141f 8a2f3a e08a70")),
         Shot("Rust", "nebula, gas weather, rust and bone, dust lanes", UPRIGHT, dict(seed=460, gas="070302 220a08 5a1d14 a84a2a e8a060 fff0d8", veil="000000 040a10 0c2a3c 2f6f86 a0d0d8"))),
        FREE),
    Series("ines", "Último Bonde", SDXL, "city", ("último bonde", "city at dusk"), ("city", "dusk", "fog"),
        "A cidade depois do último bonde: janelas acesas, neblina, a lua na hora errada.\n\nThe city after the last tram.",
        (Shot("Window seat", "city at dusk, último bonde, pink fog, lit windows, low moon", TALL, {}),
         Shot("Greve", "city at night, último bonde, green fog, lit windows", TALL, dict(seed=77, sky="04140f 0a2a24 1f5a4a 5a9a7a c8d8a0 f0f0c8", fog="7fb09a 3f7a68 1f4f48 0f302e 061a1a", mist="8ac0a0", moon=(-.3, -.2))),
         Shot("Blackout", "city at night, último bonde, deep blue, few windows", UPRIGHT, dict(seed=13, sky="02040e 07102a 122452 2f4f8a 7f9ac8 c8d8f0", fog="5f7aa8 34507f 1f345c 101f3e 080f22", mist="7f9ac8", moon=(.1, -.35))),
         Shot("Hora do rush", "city at dusk, último bonde, orange haze", WIDE, by="joaquin", how=dict(seed=101, sky="2a0f1c 5a1f2f a03f3a e0763a ffb85a ffe6a0", fog="d08a5a 8a4a4a 54303f 301f30 1a1020", mist="f0a060", moon=(-.5, .05)))),
        CREDIT),
    Series("ines", "Pétalas", ILLUSTRIOUS, "bloom", ("pétalas",), ("flower", "pattern"),
        "Flor nenhuma se repete. Duzentas e dez pétalas no ângulo de ouro.",
        (Shot("Dália de fogo", "pétalas, dahlia, fire colours, golden angle, dark ground", (400, 400), {}),), FREE, weight=.85),
    Series("oluwaseun", "Night Threads", POCKET, "flow", ("night threads",), ("abstract", "lines", "light"),
        "Threads carried by a slow current. For the pocket base: quick to try, `night threads` at weight 0.6.",
        (Shot("Noctiluca", "night threads, blue green light in black water", UPRIGHT, dict(seed=5, palette="0a3f6b 0f8fa8 49e0c0 e8ffd0 2f6fd8", ground="03070f", n=6000, steps=220)),
         Shot("Rivers of one sheet", "night threads, ink on paper, river deltas", WIDE, dict(seed=29, palette="16233f 1d3c66 b8402e d98a3a 16233f", ground="f3ead9", n=4500, steps=200, paper=True, swirl=1.9, zoom=1.1)),
         Shot("Copper", "night threads, copper wire, dark", UPRIGHT, dict(seed=61, palette="5a2410 b05a20 f0a850 fff0c8 8a3a2a", ground="0a0503", n=6000, steps=220)),
         Shot("Lantern river", "night threads, lanterns on a river, red and gold", WIDE, by="kirigami", how=dict(seed=97, palette="5a0f14 c03020 ff9a3a ffe9a0 7a1f30", ground="08030a", n=6000, steps=200)),
         Shot("Seedlings", "night threads, green ink on cream paper", UPRIGHT, by="petrichor", how=dict(seed=43, palette="0f3a24 2f7a4a 8ab04a 1f5a3a 0f3a24", ground="f2efdf", n=4500, steps=200, paper=True, swirl=1.4, zoom=1.5)))),
    Series("mira_k", "Walled Garden", POCKET, "julia", ("walled garden",), ("fractal", "abstract"),
        "Gardens behind walls behind gardens. Zoom in; there is always another gate.",
        (Shot("Walled garden", "walled garden, spirals, amber and crimson", WIDE, dict(c=-.7269 + .1889j, zoom=1.02, stops="fff0cf f6b26b d2533f 7b1e52 2a1147 0c0a24", seed=3)),
         Shot("Coral gate", "walled garden, spirals, mint and deep blue", UPRIGHT, dict(c=.285 + .013j, zoom=.92, stops="eafff5 8fe3cf 2f9fae 1e4f86 231a52 0b0820", seed=4, turn=.6, trap=(.2, .1)))),
        FREE),
    Series("vo_dalva", "Bordado", POCKET, "turing", ("bordado",), ("texture", "embroidery", "pattern"),
        "Parece bordado, mas é química. A neta explicou; eu não entendi e gostei.",
        (Shot("Coral bordado", "bordado, coral relief, teal and rose", UPRIGHT, dict(seed=8, feed=.0545, kill=.062, steps=3200, stops="0b1d33 114b5f 1a936f f3e9d2 ff8966 e5446d")),
         Shot("Onça", "bordado, leopard relief, amber and plum", WIDE, dict(seed=21, feed=.034, kill=.0618, steps=2600, stops="1b0f2b 45204c a23e48 ff8c42 ffcf70 fff4d8", pits=60))),
        CREDIT),
    Series("noor", "Moth Orbit", POCKET, "attractor", ("moth orbit",), ("abstract", "lines", "space"),
        "A strange attractor has no picture, only a habit. This is the habit.",
        (Shot("Moth", "moth orbit, wings of dust, amber on black", EVEN, dict(kind="clifford", n=130_000, p=(-1.4, 1.6, 1.0, .7), stops="07070d 1a1530 4a2a6a a8456f f08a5d ffe2a8 fffbee", turn=math.pi / 2)),
         Shot("Veil", "moth orbit, veil, sea green on black", UPRIGHT, dict(kind="dejong", n=130_000, p=(1.4, -2.3, 2.4, -2.1), stops="050a12 0b2440 14607a 3fb3a0 d8f3c4 fffdf0")),
         Shot("Ribbon", "moth orbit, ribbon, violet on black", WIDE, dict(kind="clifford", n=130_000, p=(1.7, 1.7, .6, 1.2), stops="08040f 24103f 5a2a8a a860c8 f0b0e0 fff0fa")),
         Shot("Lantern", "moth orbit, lantern, gold on ink", UPRIGHT, dict(kind="dejong", n=130_000, p=(-2.0, -2.0, -1.2, 2.0), stops="0a0805 2f1f0a 7a4a14 d08a2a ffd880 fff8e0")))),
    Series("joaquin", "Still Lifes, Five O'Clock", SD15, "pebbles", ("five o'clock",), ("still life", "light", "render"),
        "Piedra, sombra larga, aire quieto. One light, one shadow, nothing moves.",
        (Shot("Five stones", "five o'clock, balanced pebbles, raked sand, long shadow", (300, 400), {}),), LOOK_ONLY),
    Series("kirigami", "Four Inks", POCKET, "riso", ("four inks", "riso print"), ("print", "landscape"),
        "A print of four inks with their screens, each a little off. 版ズレも味のうち。",
        (Shot("Red sun", "riso print, four inks, red sun over green hills", UPRIGHT, {}),
         Shot("Blue sun", "riso print, four inks, blue sun, pink hills", UPRIGHT, dict(seed=23, inks="2f6fd0 f08ab0 b03a6a ffd060", sun=(.25, -.5, .42)))),
        FREE),
    Series("sable", "Flame Orchid", POCKET, "flame", ("flame orchid",), ("fractal", "flower", "light"),
        "My first LoRA. It does one thing.",
        (Shot("Orchid", "flame orchid, rose and blue light, dark", EVEN, dict(seed=2, maps=[(1, (.6, .5, .3, -.5, .6, .1), "julia", "ff5a7a"), (1, (.4, -.7, -.4, .7, .4, .2), "spherical", "ffd07a"), (.8, (-.5, .2, .5, .1, -.6, -.5), "swirl", "5a7bff")], zoom=1.5, centre=(0, 0), n=70_000, steps=70)),
         Shot("Plume", "flame orchid, plume, teal and cream, dark", TALL, dict(seed=9, maps=[(1, (.9, .2, .1, -.3, .8, .25), "julia", "39d0c0"), (.7, (.3, -.6, .7, .6, .4, -.4), "disc", "f7f0c0"), (.9, (-.6, .4, .2, -.3, -.7, .6), "sinusoidal", "3a5bd9")], zoom=.86, centre=(-.05, .05), turn=.8, n=70_000, steps=70)))),
    Series("joaquin", "Crestas", POCKET, "dunes", ("crestas", "dunes"), ("landscape", "desert"),
        "Dunas al mediodía y a las cuatro. Sin camellos.",
        (Shot("Dunes at four in the afternoon", "dunes, crestas, low sun, long shadows, ripples", (480, 270), {}),), CREDIT),
    Series("linnea", "Kallt Siden", POCKET, "silk", ("kallt siden",), ("cloth", "texture", "abstract"),
        "Cold silk. A quieter cousin of Silk Study for the small base.",
        (Shot("Norrsken", "kallt siden, northern lights, green and violet", UPRIGHT, dict(seed=121, stops="050b18 0c3a4a 1f9a7a a8f0b0 b08ae0 3a1f6a", zoom=.5, fold=1.1)),
         Shot("Is", "kallt siden, ice, pale blue", WIDE, dict(seed=152, stops="0f2233 3a6a8a 8fc0d8 d8eef4 ffffff", zoom=.45, fold=1.35))),
        FREE, weight=.6),
]  # fmt: skip

# Slow to draw; they come with the larger scales.
SLOW = [
    Series("joaquin", "Patio", SD15, "arches", ("patio",), ("architecture", "light", "render"),
        "Arcos de adobe, uno detrás de otro, y una cosa redonda que no debería estar ahí.",
        (Shot("Four arches", "patio, adobe arches in a row, teal sphere", UPRIGHT, {}),
         Shot("Marbles at the edge of town", "patio, glossy marbles on the ground, pink evening", WIDE, {}, family="orbs")), CREDIT),
]  # fmt: skip

# Drawn by the pocket model itself, by way of a generation: who, prompt, name of a LoRA or "".
DRAWN = [
    ("sable", "a yellow star in the night sky", ""),
    ("vo_dalva", "a large red flower on a meadow", ""),
    ("ines", "a white cat on a pink background, anime style", ""),
    ("kirigami", "a blue fish on the beach, realistic style", ""),
    ("oluwaseun", "a purple moon at sunset", "Night Threads"),
    ("petrichor", "a large green tree on a meadow", "Kallt Siden"),
]


def works(scale):
    """The series of a scale: "xs" three with one picture each, "s" all, "m" and "l" with more of each picture."""
    if scale == "xs":
        small = [one for one in SERIES if one.name in ("Silk Study", "Night Threads", "Fim de Tarde")]
        return [_with(one, [_sized(one.shots[0], (96, 128))]) for one in small]
    rounds = {"s": 1, "m": 3, "l": 8}[scale]
    series = SERIES if rounds == 1 else SERIES + SLOW
    return [
        _with(one, [again for n in range(rounds) for shot in one.shots for again in _again(shot, n)]) for one in series
    ]


def _with(series, shots):
    from dataclasses import replace

    return replace(series, shots=tuple(shots))


def _sized(shot, size):
    from dataclasses import replace

    return replace(shot, size=size)


def _again(shot, number):
    """The same subject from another seed; pictures without a seed of their own are not repeated."""
    from dataclasses import replace

    if not number:
        return [shot]
    if "seed" not in shot.how:
        return []
    how = {**shot.how, "seed": shot.how["seed"] + 1000 * number}
    return [replace(shot, title=f"{shot.title}, {number + 1}", how=how)]
