"""The words that dates are written with."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HALVES = ("AM", "PM")
ERAS = ("BC", "AD")
LONG_ERAS = ("Before Christ", "Anno Domini")
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
LONG_QUARTERS = ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")


def short(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[:3] for name in names)
