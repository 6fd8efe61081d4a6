"""The report, page by page."""

from collections.abc import Iterable, Iterator

from tests.iot_sql.conformance.rows import Row


def report(pages: dict[str, list[Row]]) -> tuple[list[str], int]:
    """The lines to print, and how many rows are to be explained or mended: those that disagree without an explanation,
    and those that agree in spite of one.
    """
    lines, open_ = [], 0
    for page, rows in pages.items():
        found = [(row, row.disagreement()) for row in rows]
        agreeing = sum(disagreement is None for _, disagreement in found)
        lines.append(f"{page:<24}{agreeing:>5} of {len(rows)} agree")
        lines.extend(f"  {line}" for line in _details(found))
        open_ += sum((disagreement is None) == (row.explanation is not None) for row, disagreement in found)
    return lines, open_


def _details(found: Iterable[tuple[Row, str | None]]) -> Iterator[str]:
    for row, disagreement in found:
        if disagreement is not None:
            yield from (row.name, f"  {disagreement}", f"  {row.explanation or 'NOT EXPLAINED'}")
        elif row.explanation is not None:
            yield from (row.name, f"  agrees, but is explained as not: {row.explanation}")
