"""What the documentation's pages print, evaluated here."""

import pytest

from tests.iot_sql.conformance.report import report
from tests.iot_sql.conformance.rows import Row, pages

ROWS = [pytest.param(row, id=row.name[:120]) for rows in pages().values() for row in rows if not row.explanation]
EXPLAINED = [pytest.param(row, id=row.name[:120]) for rows in pages().values() for row in rows if row.explanation]


@pytest.mark.parametrize("row", ROWS)
def test_an_example_of_the_documentation_gives_what_its_page_says(row: Row) -> None:
    assert row.disagreement() is None


@pytest.mark.parametrize("row", EXPLAINED)
def test_an_example_that_is_said_to_disagree_still_does(row: Row) -> None:
    assert row.disagreement() is not None


def test_the_report_counts_what_is_not_explained_and_what_needs_no_explanation() -> None:
    contents = [
        {"expr": "1 + 1", "expected": 2},
        {"expr": "1 + 2", "expected": 2},
        {"expr": "1 + 3", "expected": 2, "disagrees": "a slip of the page"},
        {"expr": "2 + 0", "expected": 2, "disagrees": "no more"},
    ]
    lines, unexplained = report({"sums": [Row("sums", line, content) for line, content in enumerate(contents, 1)]})
    assert unexplained == 2
    assert [line.strip() for line in lines] == [
        "sums                        2 of 4 agree",
        "sums:2: 1 + 2",
        "3 instead of 2",
        "NOT EXPLAINED",
        "sums:3: 1 + 3",
        "4 instead of 2",
        "a slip of the page",
        "sums:4: 2 + 0",
        "agrees, but is explained as not: no more",
    ]


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("1", True),
        ("true", 1),
        ("'1'", 1),
        ("missing", None),
        ("NULL", {"$undefined": True}),
        ("1", {"$no_match": True}),
        ("1", {"$sql_error": ""}),
        ("1 !", {"$sql_error": "something else"}),
        ("get_secret('a', 'b', 'c')", {"$needs_aws": "get_dynamodb"}),
        ("'x'", {"$base64": "eA=="}),
        ("1", {"$from": 0, "$below": 1}),
        ("[1, 2]", [2, 1]),
        ("{'a': 1}", {"a": 1, "b": 2}),
        ("0.1 + 0.2", 0.30000000000000004),
    ],
)
def test_what_is_not_the_same_disagrees(expr: str, expected: object) -> None:
    assert Row("page", 1, {"expr": expr, "expected": expected}).disagreement() is not None


def test_a_number_that_comes_out_with_other_digits_disagrees() -> None:
    assert Row("page", 1, {"expr": "10.0", "expected": 10, "text": "10.0"}).disagreement() == "10 instead of 10.0"
