"""Joins locale/<language>/parts/*.po into django.po and compiles it, without gettext being installed.

`--check` writes nothing and fails when a text in templates or code has no translation.
"""

import ast
import re
from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.base import Lexer, TokenType
from django.template.exceptions import TemplateSyntaxError
from django.utils.text import smart_split

CALLS = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "npgettext_lazy",
}
HEADER = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n > 1);",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when a translation is missing or stale."
        )

    def handle(self, *, check, **options):
        for folder in sorted(Path(settings.BASE_DIR, "locale").glob("*/parts")):
            joined, conflicts = join(folder)
            missing = missing_from(joined, texts(Path(settings.BASE_DIR)))
            for line in conflicts:
                self.stderr.write(f"{folder.parent.name}: {line}")
            for (context, text, counts), where in sorted(missing.items(), key=lambda item: item[1]):
                more = (f" ({context})" if context else "") + (" with its plural" if counts else "")
                self.stderr.write(f"{folder.parent.name}: {where}: {text!r}{more}")
            target = folder.parent / "LC_MESSAGES" / "django.po"
            if check:
                if missing:
                    raise CommandError(f"{folder.parent.name}: {len(missing)} texts have no translation.")
                if not target.exists() or _entries(polib.pofile(str(target))) != _entries(joined):
                    raise CommandError(f"{target} is older than its parts: run manage.py translations.")
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                joined.save(str(target))
                joined.save_as_mofile(str(target.with_suffix(".mo")))
                self.stdout.write(f"{folder.parent.name}: {len(joined)} texts, {len(missing)} missing")


def _entries(catalogue):
    return {
        (entry.msgctxt, entry.msgid): (entry.msgstr, tuple(sorted(entry.msgstr_plural.items()))) for entry in catalogue
    }


def join(folder):
    """One catalogue of all parts, and a line for each text that two parts translate differently (the first one counts)."""
    joined, conflicts, seen = polib.POFile(wrapwidth=0), [], {}
    joined.metadata = {**HEADER, "Language": folder.parent.name}
    for part in sorted(folder.glob("*.po")):
        for entry in polib.pofile(str(part), wrapwidth=0):
            if entry.obsolete or not entry.translated():
                continue
            key = (entry.msgctxt, entry.msgid)
            if key in seen:
                known, where = seen[key]
                if (known.msgstr, known.msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                    conflicts.append(f"{part.name} and {where} differ on {entry.msgid!r}")
                if entry.msgid_plural and not known.msgid_plural:
                    conflicts.append(f"{part.name} has a plural of {entry.msgid!r}, {where} has none")
                continue
            seen[key] = (entry, part.name)
            joined.append(
                polib.POEntry(
                    msgctxt=entry.msgctxt,
                    msgid=entry.msgid,
                    msgid_plural=entry.msgid_plural,
                    msgstr=entry.msgstr,
                    msgstr_plural=entry.msgstr_plural,
                    flags=entry.flags,
                )
            )
    joined.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    return joined, conflicts


def missing_from(catalogue, wanted):
    """{(context, text): where} of what is wanted and not in the catalogue, nor in Django's or allauth's own."""
    there = {
        (entry.msgctxt, entry.msgid, counts)
        for entry in catalogue
        for counts in ((False, True) if entry.msgid_plural else (False,))
    }
    return {key: where for key, where in wanted.items() if key not in there}


def texts(base):
    """{(context, msgid, counts): "file:line"} of every text to translate in the project's own templates and Python
    files; one that `counts` needs a plural too.
    """
    found = {}
    for path in sorted((base / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"} and "styleguide" not in path.parts:
            for *key, line in in_template(path.read_text(encoding="utf-8"), str(path.relative_to(base))):
                found.setdefault(tuple(key), f"{path.relative_to(base)}:{line}")
    for folder in settings.LOCAL_APPS:
        for path in sorted((base / folder).rglob("*.py")):
            if "migrations" not in path.parts and path.name != "styleguide.py":
                for *key, line in in_code(path.read_text(encoding="utf-8")):
                    found.setdefault(tuple(key), f"{path.relative_to(base)}:{line}")
    return found


def in_template(source, name=""):
    """(context, text, counts, line) of translate, blocktranslate and _("…") in a template."""
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        for text in re.findall(
            r"""_\(("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)""",
            token.contents if token.token_type != TokenType.TEXT else "",
        ):
            yield None, ast.literal_eval(text).replace("%", "%%"), False, token.lineno
        if token.token_type != TokenType.BLOCK:
            continue
        bits = list(smart_split(token.contents))
        if bits[0] == "comment":
            while next(tokens).contents != "endcomment":
                pass
        elif bits[0] in {"translate", "trans"}:
            if bits[1][:1] in "\"'":
                # Django doubles percent signs of texts in templates before it looks them up
                yield _context(bits), bits[1][1:-1].replace("%", "%%"), False, token.lineno
        elif bits[0] in {"blocktranslate", "blocktrans"}:
            yield from _block(bits, tokens, token.lineno, name)


def _context(bits):
    return bits[bits.index("context") + 1][1:-1] if "context" in bits else None


def _block(bits, tokens, line, name):
    written, counts = "", False
    for token in tokens:
        if token.token_type == TokenType.VAR:
            written += f"%({token.contents})s"
        elif token.token_type == TokenType.BLOCK:
            # only the first form is the msgid; "plural" ends it
            while token.contents.strip() not in {"endblocktranslate", "endblocktrans"}:
                counts = True
                token = next(tokens, None)
                if token is None:
                    raise TemplateSyntaxError(f"{name}:{line}: blocktranslate without an end")
            break
        else:
            written += token.contents.replace("%", "%%")
    if "trimmed" in bits:
        written = " ".join(part.strip() for part in written.strip().splitlines())
    yield _context(bits), written, counts, line


def in_code(source):
    """(context, text, counts, line) of gettext calls with literal texts in Python."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in CALLS or not node.args:
            continue
        literals = [
            arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else None for arg in node.args
        ]
        if name.startswith(("pgettext", "npgettext")):
            if len(literals) > 1 and literals[1] is not None:
                yield literals[0], literals[1], name.startswith("n"), node.lineno
        elif literals[0]:
            yield None, literals[0], name.startswith("n"), node.lineno
