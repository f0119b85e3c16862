"""The house rules as a program: `python -m tests.house`. Each finding names what to do instead.

A rule is a function from (path, source, tree) to findings; tests/civitai/test_house.py tests the rules
themselves on code that breaks them.
"""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "civitai",
    "accounts",
    "wallet",
    "moderation",
    "community",
    "models_hub",
    "gallery",
    "generation",
    "training",
    "bounties",
    "pages",
}
ASKERS = {"views", "forms", "tasks", "admin", "api"}
WRITERS = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update"}
# Slow to import, and not needed to answer a page.
SLOW = {"torch", "diffusers", "transformers", "peft", "PIL", "boto3", "botocore"}
PURE = ("generation/sampler/", "generation/pocket/", "training/trainer/", "gallery/metadata/")
NAMES = re.compile(r"(Manager|Helper|Service|Util|Utils)$")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    says: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.says}"


def _room_part(path):
    """("gallery", "views") of gallery/views/feed.py or gallery/views.py."""
    parts = path.removesuffix(".py").split("/")
    return (parts[0], parts[1]) if len(parts) > 1 else (parts[0], "")


def only_domain_and_models_write(path, source, tree):
    room, part = _room_part(path)
    if room not in ROOMS or part not in ASKERS:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS:
            yield Finding(
                path, node.lineno, f".{node.func.attr}() in {part}: call a function of domain/ or a verb of the model"
            )


def state_has_one_door(path, source, tree):
    if path == "civitai/states.py":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            if any(keyword.arg == "state" for keyword in node.keywords):
                yield Finding(path, node.lineno, "update(state=…): use row.move(to, by=…)")
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == "state" and not _is_self(target):
                    yield Finding(path, node.lineno, "state is assigned: use row.move(to, by=…)")


def _is_self(target):
    return isinstance(target.value, ast.Name) and target.value.id == "self"


def slow_modules_where_they_are_used(path, source, tree):
    room, part = _room_part(path)
    if room not in ROOMS or path.startswith(PURE):
        return
    for node in tree.body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [(node.module or "").split(".")[0]]
        for name in set(names) & SLOW:
            yield Finding(path, node.lineno, f"{name} at module top: import it in the function that uses it")


def domain_imports_no_task_and_no_view(path, source, tree):
    room, part = _room_part(path)
    if room not in ROOMS or part not in {"domain", "queries", "models", "states"}:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{room}."):
            if node.module.split(".")[1] in {"tasks", "views", "api", "forms", "urls"}:
                yield Finding(
                    path, node.lineno, f"{part} imports {node.module}: enqueue by name, or move the code down"
                )


def no_pickle(path, source, tree):
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.split(".")[0] in {"pickle", "cPickle", "dill", "shelve", "marshal"} for name in names):
            yield Finding(path, node.lineno, "pickle runs what it reads: use JSON or safetensors")
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            if not any(k.arg == "weights_only" and getattr(k.value, "value", None) is True for k in node.keywords):
                yield Finding(path, node.lineno, "torch.load without weights_only=True")


def names_from_the_field(path, source, tree):
    room, _ = _room_part(path)
    if room not in ROOMS:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and NAMES.search(node.name):
            yield Finding(path, node.lineno, f"class {node.name}: say what it is in a word of the field")


def no_signals(path, source, tree):
    room, part = _room_part(path)
    if room in ROOMS and re.search(r"^from django\.db\.models\.signals|^from django\.dispatch", source, re.M):
        yield Finding(path, 1, "signals hide what happens: call it, or use civitai.adapters")


def nothing_after_the_commit_fails_the_request(path, source, tree):
    if path == "civitai/jobs.py":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "on_commit":
            yield Finding(
                path, node.lineno, "on_commit: an error in it is a 500 for what is done; use jobs.after_commit"
            )


PYTHON_RULES = [
    only_domain_and_models_write,
    state_has_one_door,
    slow_modules_where_they_are_used,
    domain_imports_no_task_and_no_view,
    no_pickle,
    names_from_the_field,
    no_signals,
    nothing_after_the_commit_fails_the_request,
]


def templates_have_no_script_of_their_own(path, source):
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", line):
            yield Finding(path, number, "inline script: make a module in static/js and name it by data-module")
        if re.search(r"\son[a-z]+\s*=\s*[\"']", line) or "hx-on" in line:
            yield Finding(path, number, "inline handler: make a module in static/js")
        if "<style" in line:
            yield Finding(path, number, "inline style sheet: put it into static/css")
        if "|safe" in line:
            yield Finding(path, number, "|safe trusts its text: use |prose, or escape")


def check_python(path, source):
    tree = ast.parse(source)
    return [finding for rule in PYTHON_RULES for finding in rule(path, source, tree) or ()]


def check_template(path, source):
    return list(templates_have_no_script_of_their_own(path, source))


def check_tree():
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "templates/**.html"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    found = []
    for path in listed:
        if not (ROOT / path).exists() or "/migrations/" in path:
            continue
        source = (ROOT / path).read_text()
        if path.endswith(".html"):
            found += check_template(path, source)
        elif not path.startswith("tests/"):
            found += check_python(path, source)
    return found


if __name__ == "__main__":
    findings = check_tree()
    print("\n".join(map(str, findings)) or "The house is in order.")
    sys.exit(bool(findings))
