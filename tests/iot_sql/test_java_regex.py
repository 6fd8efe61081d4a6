"""What Java makes of a regular expression. Every row was run through java.util.regex of OpenJDK 17.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

import time

import pytest
import regex

from iot_sql.errors import LimitError
from iot_sql.java_regex import compiled

FOUND = [
    # characters
    (r"\x41\u0042\0103\x{44}", "ABCD", "ABCD"),
    (r"\uD83D\uDE00", "a😀", "😀"),
    (r"\t\n\cA\e", "\t\n\x01\x1b", "\t\n\x01\x1b"),
    (r"\N{DIGIT ONE}", "01", "1"),
    (r"\Q.*\E+", "a.**", ".**"),
    (r"\Qa", "ba", "a"),
    (r"}]", "}]", "}]"),
    (".😀", "x😀", "x😀"),
    # classes
    ("[a-c]+", "xabcd", "abc"),
    ("[^a-c]+", "abxyc", "xy"),
    ("[a-d[m-p]]+", "xamz", "am"),
    ("[a-z&&[^bc]]+", "bcad", "ad"),
    ("[a-z&&[def]]+", "abdef", "def"),
    ("[^a&&b]+", "ab", "ab"),
    ("[]a]+", "x]a", "]a"),
    ("[a-]+", "b-a", "-a"),
    ("[&a]+", "b&a", "&a"),
    (r"[\w&&\D]+", "12ab3", "ab"),
    (r"\d+", "٣4", "4"),
    (r"(?U)\d+", "٣4", "٣4"),
    (r"\w+", "é_a1", "_a1"),
    (r"(?U)\w+", "é_a1", "é_a1"),
    (r"\s+", "a\u00a0 \tb", " \t"),
    (r"\h+", "a\u00a0 \tb", "\u00a0 \t"),
    (r"\v+", "a\r\n\u2028b", "\r\n\u2028"),
    (r"\R", "a\r\nb", "\r\n"),
    (r"\p{Lu}+", "aÉB", "ÉB"),
    (r"\p{Upper}+", "ÉB", "B"),
    (r"\P{Alpha}+", "ab12c", "12"),
    (r"\pL+", "1éa", "éa"),
    (r"\p{IsGreek}+", "aωβ", "ωβ"),
    (r"\p{InGreek}+", "aωβ", "ωβ"),
    (r"\p{sc=Latin}+", "ωab", "ab"),
    (r"\p{javaLowerCase}+", "Aéa", "éa"),
    (r"\p{Punct}+", "a!_-b", "!_-"),
    # flags
    ("(?i)aB", "Ab", "Ab"),
    ("(?i)é", "É", None),
    ("(?iu)é", "É", "É"),
    ("(?iu)ß", "SS", None),
    ("(?i)[a-c]+", "xBC", "BC"),
    ("(?i)[^a]", "A", None),
    ("a(?i)b|C", "c", "c"),
    ("a(?i:b)c", "aBC", None),
    ("(?x) a b # c", "ab", "ab"),
    (r"(?x)a\ b", "a b", "a b"),
    ("(?x)[ a b ]+", "a b", "a"),
    ("a.b", "a\u2028b", None),
    ("(?s)a.b", "a\nb", "a\nb"),
    ("(?d)a.b", "a\u2028b", "a\u2028b"),
    # positions
    ("a$", "a\r\n", "a"),
    ("a$", "a\n\n", None),
    ("(?d)a$", "a\r\n", None),
    ("(?m)^b", "a\rb", "b"),
    ("(?m)^b", "a\r\nb", "b"),
    ("^b", "a\nb", None),
    (r"\Ab|\Gb", "ab", None),
    (r"b\z", "b\n", None),
    (r"b\Z", "b\n", "b"),
    (r"\bé", "aé é", "é"),
    # repetitions
    ("a{2,3}", "aaaa", "aaa"),
    ("a{2,3}?", "aaaa", "aa"),
    ("a*+a", "aaaa", None),
    ("a{2}{3}", "aaaa", "aa"),
    ("(?>a*)a", "aaaa", None),
    # groups
    (r"(a)(b)\2", "abb", "abb"),
    (r"(a)\11", "aa1", "aa1"),
    (r"(a)|\1b", "b", None),
    (r"(?<n>a)\k<n>", "aa", "aa"),
    (r"(a\1)", "aa", None),
    ("(?<=a+)b", "aab", "b"),
    ("(?<!a)b", "abb", "b"),
    ("a(?=b)", "acab", "a"),
]
REFUSED = [
    *("(", ")", "[", "[a", "[]", "*", "+a", "a**", "{a", "a{,3}", "a{3,2}", "a{2147483648}", "a{1"),
    *(r"\y", "\\", r"\x4", r"\x{110000}", r"\08", r"\u00", r"\c", r"\N{NO SUCH NAME}", r"\p{Foo}", r"\p{IsFoo}"),
    *("[z-a]", r"[a-\d]", r"[\b]", r"[\1]", "[a&&", "(?z)", "(?P<n>a)", "(?<1n>a)", "(?<n>a)(?<n>b)", r"\k<n>"),
    *("(?<=(ab)*)c", r"(?<=(a)\1)b", r"\p{Greek}", "(?#a)"),
]
REPLACED = [
    ("a", "banana", "<$0>", "b<a>n<a>n<a>"),
    ("(a)(n)", "banana", "$2$1", "bnanaa"),
    ("(a)", "a", "$12", "a2"),
    ("(?<n>a)", "a", "[${n}]", "[a]"),
    ("a", "a", r"\$1\\", "$1\\"),
    ("(a)|b", "b", "<$1>", "<>"),
    ("x*", "abc", "-", "-a-b-c-"),
    ("a*", "baac", "-", "-b--c-"),
    ("|a", "ba", "-", "-b-a-"),
]


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_it_finds_what_java_finds(pattern: str, text: str, found: str | None) -> None:
    expression = compiled(pattern)
    assert expression
    assert expression.find(text) == found


@pytest.mark.parametrize("pattern", REFUSED)
def test_it_refuses_what_java_refuses(pattern: str) -> None:
    assert compiled(pattern) is None


@pytest.mark.parametrize(("pattern", "text", "replacement", "result"), REPLACED)
def test_it_replaces_as_java_does(pattern: str, text: str, replacement: str, result: str) -> None:
    expression = compiled(pattern)
    assert expression
    parts = expression.read_replacement(replacement)
    assert parts is not None
    assert expression.replace(text, parts) == result


@pytest.mark.parametrize("pattern", ["a(?e)b", "(?:abc){e<=1}", "(?r)a", "(?|a)", r"\L<x>", r"\m", r"\K", "(?&a)"])
def test_the_inventions_of_the_regex_package_are_not_known(pattern: str) -> None:
    assert compiled(pattern) is None


@pytest.mark.parametrize("pattern", ["a" * 4096, "ab" * 2048, "[a]" * 1365, "(?iu)" + "é" * 2000, "(?:a)" * 800])
def test_long_patterns_of_few_characters_take_no_time_to_search_for(pattern: str) -> None:
    started = time.process_time()
    expression = compiled(pattern)
    assert expression
    expression.find("a" * 5000 + "é" * 5000)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("pattern", [r"\b" * 2000, r"(?m)^$" * 600])
def test_what_would_take_long_to_compile_is_refused(pattern: str) -> None:
    with pytest.raises(LimitError):
        compiled(pattern)


def test_a_pattern_is_compiled_once() -> None:
    first, again = compiled("compiled (once)"), compiled("compiled (once)")
    assert first
    assert first is again
    assert isinstance(first.pattern, regex.Pattern)
