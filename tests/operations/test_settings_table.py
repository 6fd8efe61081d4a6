"""The README's table of settings says what the code does: every variable is there, with its default."""

import re
from collections.abc import Iterator

from pydantic_core import PydanticUndefined

from api.settings import ApiSettings
from tests.operations.deployment import ROOT
from worker.settings import PREFIX

ROW = re.compile(r"^\| *`?(SHADOW_SYNC_\w+)`? *\| *(.*?) *\| *(.*?) *\|$", re.MULTILINE)
# The command-line client's, which the service does not read.
OF_THE_CLIENT = {f"{PREFIX}{name}" for name in ("URL", "API_KEY", "TOKEN")}


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    table = {name: (meaning, default.strip("`")) for name, meaning, default in ROW.findall(readme())}
    expected = dict(defaults())
    missing = "\n".join(
        f"| `{name}` | {table.get(name, ('…', ''))[0]} | {f'`{default}`' if is_value(default) else default} |"
        for name, default in expected.items()
        if table.get(name, ("", None))[1] != default
    )

    assert not missing, f"the README's table of settings needs these rows:\n{missing}"
    assert all(meaning for meaning, _ in table.values()), "a row without a meaning"
    assert table.keys() <= expected.keys() | OF_THE_CLIENT, "a row for a variable that nothing reads"


def readme() -> str:
    return (ROOT / "README.md").read_text()


def is_value(default: str) -> bool:
    return default not in ("required", "unset")


def defaults() -> Iterator[tuple[str, str]]:
    """Each variable with its default as the table writes it."""
    for name, field in ApiSettings.model_fields.items():
        default = field.default
        if default is PydanticUndefined:
            written = "required"
        elif default is None or default == ():
            written = "unset"
        elif isinstance(default, tuple):
            written = ",".join(default)
        elif isinstance(default, float):
            written = f"{default:g}"
        else:
            written = str(default)
        yield f"{PREFIX}{name.upper()}", written
