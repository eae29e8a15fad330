"""Rendering: nothing missing passes, nothing is escaped or cut."""

import json
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

from binder_singlenode.base import render


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A template folder of the test's own, in the same environment otherwise."""
    loader = jinja2.FileSystemLoader(tmp_path)
    monkeypatch.setattr(render.environment(), "loader", loader)
    yield tmp_path / "host" / "x.j2"
    render.environment.cache_clear()


def rendered(template: Path, text: str, **values: object) -> str:
    template.parent.mkdir(exist_ok=True)
    template.write_text(text)
    return render.render("host/x.j2", **values)


def test_values_and_the_last_newline_stay_as_they_are(template: Path) -> None:
    assert rendered(template, "a: {{ b }}\n", b="<&'\">") == "a: <&'\">\n"


def test_a_name_that_was_not_given_is_an_error(template: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="missing"):
        rendered(template, "{{ missing }}")


def test_a_line_with_a_block_leaves_no_line(template: Path) -> None:
    assert rendered(template, "a\n  {% if yes %}\nb\n  {% endif %}\nc\n", yes=True) == "a\nb\nc\n"


@pytest.mark.parametrize("text", ["no", "0755", 'a"b', "a\\b", "tab\t", "ünï", "# not a comment", ""])
def test_quoted_text_is_read_back_as_the_same_text(template: Path, text: str) -> None:
    assert json.loads(rendered(template, "{{ value | quoted }}", value=text)) == text


def test_an_unknown_template() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        render.render("host/nothing.j2")


def test_every_template_of_the_package_parses() -> None:
    environment = render.environment()
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)
