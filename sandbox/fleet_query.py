"""The query language of AWS IoT fleet indexing, the part of it that the sandbox knows: parsed to a condition.

    thingName:pump*   attributes.site:north   thingGroupNames:(a OR b)   shadow.name.lock.reported.battery<20
    attributes.size:[75 TO 80}   shadow.hasDelta:true   NOT x:1   -x:1   x:1 AND (y:2 OR z:3)   *

Two conditions side by side mean AND. Outside the subset are terms without a field other than `*`, and the fields of
connectivity and Device Defender. https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from sandbox import fleet_query_terms as terms
from sandbox.fleet_fields import Field, QueryError, field

LONGEST_QUERY = 1_000
LONGEST_WITH_LEADING_WILDCARD = 100
MOST_TERMS = 12

_GRAMMAR = r"""
start: disjunction
?disjunction: conjunction (_OR conjunction)*
?conjunction: negation (_AND? negation)*
?negation: (_NOT | _MINUS) negation -> negated
         | "(" disjunction ")"
         | clause
?clause: FIELD ":" operand -> about
       | FIELD SIGN (TERM | NEGATIVE) -> compared
       | operand_term
?operand: operand_term | range | "(" disjunction ")"
operand_term: TERM -> term
            | NEGATIVE -> term
            | QUOTED -> quoted
range: OPENING bound "TO" bound CLOSING
bound: TERM | NEGATIVE | QUOTED

_OR.3: /OR(?![^\s()])/
_AND.3: /AND(?![^\s()])/
_NOT.3: /NOT(?![^\s()])/
_MINUS: "-"
SIGN: "<=" | ">=" | "<" | ">"
OPENING: "[" | "{"
CLOSING: "]" | "}"
FIELD.2: /[a-zA-Z](?:[^\s:<>=()\[\]{}"'\\`@#%\/;,^~!&|+]|\\.)*(?=\s*[:<>])/
TERM: /(?:[^\s:<>=()\[\]{}"'\\`@#%\/;,^~!&|+-]|\\.)(?:[^\s:<>=()\[\]{}"'\\`@#%\/;,^~!&|+]|\\.)*/
NEGATIVE: /-[0-9]+(?:\.[0-9]+)?(?![^\s()\[\]{}])/
QUOTED: /"(?:[^"\\]|\\.)*"/

%import common.WS
%ignore WS
"""


@dataclass(frozen=True, slots=True)
class Match:
    """One value of the field passes the test. Without a field it is about whatever field is named before it."""

    field: Field | None
    test: terms.Test
    leading_wildcard: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    every: bool
    parts: tuple[Condition, ...]


Condition = Match | Not | Junction


def parse(query: str) -> Condition:
    """QueryError if the query is not of this subset, or beyond AWS's limits on it."""
    if len(query.encode(errors="surrogatepass")) > LONGEST_QUERY:
        raise QueryError(f"the query is longer than {LONGEST_QUERY} bytes")
    try:
        condition: Condition = _PARSER.parse(query)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise QueryError(f"it cannot be read from character {(error.pos_in_stream or 0) + 1} on") from None
    except VisitError as error:
        raise error.orig_exc from None
    matches = _matches(condition)
    if len(matches) > MOST_TERMS:
        raise QueryError(f"the query has more than {MOST_TERMS} terms")
    leading = sum(match.leading_wildcard for match in matches)
    if leading > 1 or (leading and len(query) > LONGEST_WITH_LEADING_WILDCARD):
        raise QueryError("one leading wildcard may be in a query, of 100 characters at most")
    if any(match.field is None and match.test is not terms.exists for match in matches):
        raise QueryError("a term needs the field that it is about, such as thingName:lamp")
    return condition


def _matches(condition: Condition) -> list[Match]:
    if isinstance(condition, Match):
        return [condition]
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return [match for part in parts for match in _matches(part)]


def _about(condition: Condition, named: Field) -> Condition:
    if isinstance(condition, Match):
        if condition.field is not None:
            raise QueryError("the parentheses after a field hold only terms")
        return Match(named, condition.test, condition.leading_wildcard)
    if isinstance(condition, Not):
        return Not(_about(condition.part, named))
    return Junction(condition.every, tuple(_about(part, named) for part in condition.parts))


class _Reader(Transformer[Token, Condition]):
    """Runs while the parser parses, so that no nesting is too deep for it."""

    def start(self, parts: list[Condition]) -> Condition:
        return parts[0]

    def disjunction(self, parts: list[Condition]) -> Condition:
        return Junction(False, tuple(parts))

    def conjunction(self, parts: list[Condition]) -> Condition:
        return Junction(True, tuple(parts))

    def negated(self, parts: list[Condition]) -> Condition:
        return parts[0].part if isinstance(parts[0], Not) else Not(parts[0])

    def about(self, parts: list[Any]) -> Condition:
        return _about(parts[1], field(terms.unescaped(parts[0])))

    def compared(self, parts: list[Token]) -> Condition:
        name, sign, bound = parts
        if terms.has_wildcard(bound):
            raise QueryError("a comparison takes no wildcard")
        return Match(field(terms.unescaped(name)), terms.compares(sign, terms.unescaped(bound)))

    def term(self, parts: list[Token]) -> Condition:
        text = str(parts[0])
        if text == "*":
            return Match(None, terms.exists)
        if terms.has_wildcard(text):
            return Match(None, terms.like(text), text[0] in "*?")
        return Match(None, terms.equals(terms.unescaped(text)))

    def quoted(self, parts: list[Token]) -> Condition:
        return Match(None, terms.equals(terms.unescaped(parts[0][1:-1])))

    def bound(self, parts: list[Token]) -> str | None:
        text = parts[0]
        if text == "*":
            return None
        return terms.unescaped(text[1:-1] if text.type == "QUOTED" else text)

    def range(self, parts: list[Any]) -> Condition:
        opening, low, high, closing = parts
        above = terms.exists if low is None else terms.compares(">=" if opening == "[" else ">", low)
        below = terms.exists if high is None else terms.compares("<=" if closing == "]" else "<", high)
        return Match(None, terms.within(above, below))


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Reader())
