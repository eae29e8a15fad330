"""Keys and values of the charts that helm would refuse on the host, Python, networks: found before that."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from binder_singlenode.values.options import binder_keys, charts, hub_keys
from binder_singlenode.values.options.check import problems_in_part

from .values_bed import SCHEMAS, errors, host, values

PROBLEMS = [
    ({"confg": {}}, "confg: the chart has no such key, and refuses it; did you mean config?"),
    ({"jupyterhub": {"cull": {"everi": 60}}}, "jupyterhub.cull.everi: the chart has no such key"),
    ({"jupyterhub": {"singelUser": {}}}, "did you mean singleuser?"),
    ({"jupyterhub": {"hub": {"image": {"Tag": "1"}}}}, "jupyterhub.hub.image.Tag: the chart has no such key"),
    ({"jupyterhub": None}, "jupyterhub: it must be a mapping: null removes everything in it"),
    ({"jupyterhub": {"hub": None}}, "jupyterhub.hub: it must be a mapping: null"),
    ({"config": None}, "config: it must be a mapping: null"),
    ({"jupyterhub": []}, "jupyterhub: it must be a mapping"),
    ({"networkPolicy": {"enabled": True}}, "networkPolicy: the chart ignores this"),
    ({"hpa": {}}, "hpa: the chart ignores this"),
    ({"pink": {}}, "pink: the chart ignores this"),
    ({"replicas": "2"}, "replicas: it must be a whole number, not '2'"),
    ({"replicas": True}, "replicas: it must be a whole number, not True"),
    ({"imageBuilderType": "docker"}, "it must be one of host, dind, pink, not 'docker'"),
    (
        {"jupyterhub": {"hub": {"image": {"tag": 5.3}}}},
        "jupyterhub.hub.image.tag: it must be a text, not 5.3",
    ),
    (
        {"jupyterhub": {"singleuser": {"memory": {"limit": "2GB"}}}},
        "memory.limit: it must be a number of bytes",
    ),
    (
        {"jupyterhub": {"singleuser": {"cpu": {"limit": -1}}}},
        "cpu.limit: it must be a number from 0 on, not -1",
    ),
    (
        {"jupyterhub": {"cull": {"timeout": -600}}},
        "cull.timeout: it must be a whole number from 1 on, not -600",
    ),
    (
        {"jupyterhub": {"proxy": {"chp": {"resources": {"limits": {"memory": "2GB"}}}}}},
        "chp.resources: its requests",
    ),
    (
        {
            "jupyterhub": {
                "singleuser": {"networkPolicy": {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0/8"}}]}]}}
            }
        },
        "egress[0].to[0].ipBlock: it must be a network",
    ),
    (
        {"jupyterhub": {"proxy": {"service": {"loadBalancerSourceRanges": ["everyone"]}}}},
        "loadBalancerSourceRanges: it must be a network",
    ),
    (
        {"extraConfig": {"x": "a = 1\nif a\n  b"}},
        "extraConfig.x: it is no Python: line 2: expected ':': if a",
    ),
    ({"extraConfig": {"x": 1}}, "extraConfig.x: it must be a text with Python"),
    (
        {"jupyterhub": {"hub": {"extraConfig": {"x": "print 'a'"}}}},
        "jupyterhub.hub.extraConfig.x: it is no Python",
    ),
    (
        {"extraConfig": {"x": "\nc.GitHubRepoProvider.banned_spec = ['a']"}},
        "extraConfig.x: line 2: c.GitHubRepoProvider.banned_spec: there is no such option",
    ),
    ({"extraConfig": {"x": "c.BinderHub.per_repo_quota = '9'"}}, "a whole number from 0 on, not '9'"),
    ({"extraConfig": {"x": "c.GithubRepoProvider.banned_specs = []"}}, "did you mean GitHubRepoProvider?"),
    (
        {"jupyterhub": {"hub": {"extraConfig": {"x": "c.KubeSpawner.mem_limt = 1"}}}},
        "did you mean mem_limit?",
    ),
]


@pytest.mark.parametrize(("extra", "message"), PROBLEMS, ids=[message for _, message in PROBLEMS])
def test_what_the_charts_would_refuse_or_ignore_is_named(extra: dict[str, Any], message: str) -> None:
    problems = list(problems_in_part(extra))
    assert any(message in problem for problem in problems), problems


RIGHT: list[dict[str, Any]] = [
    {},
    {"replicas": 2, "imageBuilderType": "pink", "pink": {"resources": {}}},
    {
        "nodeSelector": None,
        "extraEnv": [],
        "jupyterhub": {"hub": {"extraEnv": {"A": "b"}, "resources": None}},
    },
    {"jupyterhub": {"custom": {"anything": 1}, "hub": {"services": {"mine": {"url": "http://x"}}}}},
    {"jupyterhub": {"singleuser": {"memory": {"limit": "2G", "guarantee": None}, "image": {"tag": "1"}}}},
    {"extraConfig": {"x": "import os\nc.BinderHub.banner_message = os.environ.get('A', '')\n", "y": None}},
    {"extraConfig": {"x": "c.Launcher.pre_launch_hook = lambda *given: None"}},
]


@pytest.mark.parametrize("extra", RIGHT)
def test_right_values_pass(extra: dict[str, Any]) -> None:
    assert list(problems_in_part(extra)) == []


def test_our_own_values_pass() -> None:
    assert list(problems_in_part(values(host(images={"store": "shared"})))) == []


def test_a_secret_in_python_that_is_wrong_is_not_repeated() -> None:
    extra = {"extraConfig": {"x": "c.DockerRegistry.password = 'hunter2hunter2"}}
    (problem,) = problems_in_part(extra)
    assert "line 1" in problem and "hunter2" not in problem


@pytest.mark.parametrize(
    ("schema", "text"),
    [("binderhub.schema.json", binder_keys.KEYS), ("jupyterhub-4.2.0.schema.json", hub_keys.KEYS)],
)
def test_the_short_form_names_the_keys_of_the_official_schema(schema: str, text: str) -> None:
    document = json.loads((SCHEMAS / schema).read_text())
    known = {path: set(keys) for path, keys in charts.read(text).items()}
    assert known == dict(closed_sections(document, ""))


def closed_sections(schema: dict[str, Any], path: str) -> Iterator[tuple[str, set[str]]]:
    """The sections with fixed keys, by path."""
    found = schema.get("properties", {})
    if found and schema.get("additionalProperties") is False:
        yield path, set(found)
    for key, below in found.items():
        if path or key != "jupyterhub":
            yield from closed_sections(below, f"{path}.{key}".removeprefix("."))


@pytest.mark.parametrize(
    "extra",
    [extra for extra, message in PROBLEMS if "no such key" in message or "did you mean single" in message],
)
def test_the_schemas_refuse_these_keys_too(extra: dict[str, Any]) -> None:
    hub = extra.get("jupyterhub")
    assert errors("jupyterhub-4.2.0.schema.json", hub) if hub else errors("binderhub.schema.json", extra)
