"""Secrets are compared in constant time: how the code is made, since a clock would tell on an idle machine only."""

import ast
import hmac
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import api.auth
from api.auth import key_label, label_of
from api.errors import Unauthorized

ROOT = Path(api.auth.__file__).parents[1]
SECRETS = {"digest", "digests", "known", "secret", "key", "token", "password", "signature", "sent"}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))


def names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


@pytest.mark.parametrize("file", ["auth.py", "tokens.py", "failed_attempts.py", "webhook.py"])
def test_no_secret_is_compared_but_by_compare_digest(file: str) -> None:
    for node in ast.walk(ast.parse((ROOT / "api" / file).read_text())):
        if isinstance(node, ast.Compare):
            lengths = {id(name) for call in ast.walk(node) if isinstance(call, ast.Call) for name in ast.walk(call)}
            bare = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and id(one) not in lengths}
            is_none = all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
            assert is_none or not bare & SECRETS, f"{file}:{node.lineno} compares {ast.unparse(node)}"


def test_a_key_is_compared_with_every_configured_one_whichever_is_right() -> None:
    (label_of_,) = [one for one in functions(ROOT / "api" / "auth.py") if one.name == "label_of"]
    (loop,) = [node for node in ast.walk(label_of_) if isinstance(node, ast.For)]
    calls = [node for part in loop.body for node in ast.walk(part) if isinstance(node, ast.Call)]
    assert [ast.unparse(call.func) for call in calls] == ["hmac.compare_digest"]
    assert not [node for node in ast.walk(loop) if isinstance(node, ast.Return | ast.Break | ast.Continue | ast.Raise)]
    assert names(loop.iter) == {"digests"}


class Compared(bytes):
    """A digest that knows whether anybody compared it otherwise."""

    __hash__ = bytes.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared with ==")


def test_the_digests_themselves_refuse_any_other_comparison() -> None:
    digests = {name: Compared(sha256(name.encode()).digest()) for name in ("first", "second", "third")}
    assert hmac.compare_digest(digests["first"], sha256(b"first").digest())
    assert [label_of(name, digests) for name in ("first", "second", "third", "fourth")] == [
        "first",
        "second",
        "third",
        None,
    ]
    assert key_label(["second", None], digests) == "second"
    with pytest.raises(Unauthorized):
        key_label(["second", "third"], digests)
