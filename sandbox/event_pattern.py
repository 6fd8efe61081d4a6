"""EventBridge's event patterns: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html

Of its matchers there are values, prefix, suffix, anything-but (values, prefix or suffix) and exists, at any depth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Pattern = dict[str, Any]
Test = Callable[[list[Any]], bool]
"""Takes the values that an event has in one place: none where the field is missing, several where it is an array."""


class PatternError(ValueError):
    """Names the place in the pattern."""


class EventPattern:
    def __init__(self, pattern: Pattern) -> None:
        """PatternError for what AWS refuses, or the sandbox does not know."""
        self._tests = list(_compiled(pattern, ()))

    def matches(self, event: dict[str, Any]) -> bool:
        """Every field of the pattern must match; what the pattern does not name is of no account."""
        return all(test(_values(event, path)) for path, test in self._tests)


def _compiled(pattern: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Test]]:
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError(f"{_shown(path)} must be an object with at least one field")
    tests: list[tuple[tuple[str, ...], Test]] = []
    for field, rule in pattern.items():
        here = (*path, field)
        if isinstance(rule, dict):
            tests += _compiled(rule, here)
        elif isinstance(rule, list) and rule:
            tests.append((here, _any_of([_matcher(one, here) for one in rule])))
        else:
            raise PatternError(f"{_shown(here)} must be an object or a non-empty array")
    return tests


def _any_of(tests: list[Test]) -> Test:
    return lambda values: any(test(values) for test in tests)


def _matcher(rule: Any, path: tuple[str, ...]) -> Test:
    if not isinstance(rule, dict | list):
        return lambda values: any(_equal(value, rule) for value in values)
    if isinstance(rule, dict) and len(rule) == 1:
        ((name, argument),) = rule.items()
        if name == "exists" and isinstance(argument, bool):
            return lambda values: bool(values) is argument
        if name == "anything-but":
            unwanted = argument if isinstance(argument, list) else [argument]
            tests = [_text(*next(iter(one.items()))) if _is_text(one) else _exactly(one, path) for one in unwanted]
            return lambda values: any(not any(test(value) for test in tests) for value in values)
        if _is_text(rule):
            test = _text(name, argument)
            return lambda values: any(test(value) for value in values)
    raise PatternError(f"{_shown(path)}: the sandbox knows values, prefix, suffix, anything-but and exists only")


def _exactly(wanted: Any, path: tuple[str, ...]) -> Callable[[Any], bool]:
    if isinstance(wanted, dict | list):
        raise PatternError(f"{_shown(path)}: anything-but takes values, or a prefix or suffix")
    return lambda value: _equal(value, wanted)


def _is_text(rule: Any) -> bool:
    return (
        isinstance(rule, dict)
        and len(rule) == 1
        and all(name in ("prefix", "suffix") and isinstance(text, str) and text for name, text in rule.items())
    )


def _text(name: str, text: str) -> Callable[[Any], bool]:
    if name == "prefix":
        return lambda value: isinstance(value, str) and value.startswith(text)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _equal(value: Any, wanted: Any) -> bool:
    # 300 and 300.0 are different to EventBridge, and so are true and 1 to JSON.
    return type(value) is type(wanted) and bool(value == wanted)


def _values(event: Any, path: tuple[str, ...]) -> list[Any]:
    found = [event]
    for field in path:
        found = [one[field] for one in _flat(found) if isinstance(one, dict) and field in one]
    return [one for one in _flat(found) if not isinstance(one, dict)]


def _flat(values: list[Any]) -> list[Any]:
    return [inner for value in values for inner in (value if isinstance(value, list) else [value])]


def _shown(path: tuple[str, ...]) -> str:
    return ".".join(path) or "the pattern"
