"""Read the output of `nft -j list table`: one JSON document a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from binder_singlenode.preflight.ruleset.model import Chain, Rule, Table

_SIGNS = {"==": "", "in": ""}


def tables(lines: Iterable[str]) -> list[Table]:
    """The tables; what is not understood is left out."""
    found: dict[tuple[str, str], Table] = {}
    for line in lines:
        for kind, body in _objects(line):
            key = (str(body.get("family", "")), str(body.get("name" if kind == "table" else "table", "")))
            _add(found.setdefault(key, Table(*key)), kind, body)
    return list(found.values())


def _objects(line: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return
    listed = document.get("nftables") if isinstance(document, dict) else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            for kind, body in each.items():
                if kind != "metainfo" and isinstance(body, dict):
                    yield kind, body


def _add(table: Table, kind: str, body: Mapping[str, Any]) -> None:
    name = str(body.get("name", ""))
    if kind == "chain":
        chain = table.chains.setdefault(name, Chain(name))
        chain.hook = str(body.get("hook", ""))
        chain.kind = str(body.get("type", "filter"))
        chain.priority = body["prio"] if isinstance(body.get("prio"), int) else 0
        chain.policy = str(body.get("policy", "accept"))
        chain.device = str(body.get("dev", ""))
    elif kind in ("set", "map"):
        elements = body.get("elem")
        table.sets[name] = elements if isinstance(elements, list) else []
    elif kind == "rule":
        statements = body.get("expr")
        parts = (
            tuple(part for part in statements if isinstance(part, dict))
            if isinstance(statements, list)
            else ()
        )
        chain_name = str(body.get("chain", ""))
        rule = Rule(parts, f"{_words(parts)} (handle {body.get('handle', '?')})")
        table.chains.setdefault(chain_name, Chain(chain_name)).rules.append(rule)


def _words(statements: Iterable[Mapping[str, Any]]) -> str:
    """About as nft writes it; counters and logs are left out."""
    words = []
    for kind, body in ((kind, body) for each in statements for kind, body in each.items()):
        if kind == "match" and isinstance(body, dict):
            sign = _SIGNS.get(str(body.get("op")), f"{body.get('op')} ")
            words.append(f"{_value(body.get('left'))} {sign}{_value(body.get('right'))}")
        elif kind in ("jump", "goto") and isinstance(body, dict):
            words.append(f"{kind} {body.get('target')}")
        elif kind == "vmap" and isinstance(body, dict):
            words.append(f"{_value(body.get('key'))} vmap …")
        elif kind == "xt" and isinstance(body, dict):
            words.append(str(body.get("name", "xt")))
        elif kind not in ("counter", "log", "comment"):
            words.append(kind)
    return " ".join(words)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_value, value))
    if not isinstance(value, dict) or not value:
        return str(value)
    kind, body = next(iter(value.items()))
    if kind == "payload" and isinstance(body, dict):
        return f"{body.get('protocol')} {body.get('field')}"
    if kind in ("meta", "ct", "rt") and isinstance(body, dict):
        return str(body.get("key")) if kind == "meta" else f"{kind} {body.get('key')}"
    if kind == "prefix" and isinstance(body, dict):
        return f"{body.get('addr')}/{body.get('len')}"
    if kind == "range" and isinstance(body, list):
        return "-".join(map(_value, body))
    if kind == "concat" and isinstance(body, list):
        return " . ".join(map(_value, body))
    return f"{{ {_value(body)} }}" if kind == "set" else kind
