"""What the page of the API says about queries that a room reads by itself: their names, kinds and words."""

_KINDS = {
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    list: {"type": "array", "items": {"type": "string"}},
}


def query(**asked):
    """`openapi_extra` of an operation: name=(kind, words), name=[choices] or name=kind."""
    return {"parameters": [_parameter(name, value) for name, value in asked.items()]}


def _parameter(name, value):
    kind, words = value if isinstance(value, tuple) else (value, "")
    schema = {"type": "string", "enum": kind} if isinstance(kind, list) else _KINDS[kind]
    found = {"name": name, "in": "query", "required": False, "schema": schema}
    return {**found, "description": words} if words else found


def body(words, example):
    """`openapi_extra` of an operation that takes JSON."""
    content = {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}, "example": example}}
    return {"requestBody": {"required": True, "description": words, "content": content}}
