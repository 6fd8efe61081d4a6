"""Names of time zones that the time zone database does not hold.

https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/ZoneId.html#SHORT_IDS
https://cldr.unicode.org/translation/time-zones-and-city-names
"""

SHORT_IDS = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}

NAMES = (
    ("UTC", "Coordinated Universal Time", "UTC"),
    ("GMT", "Greenwich Mean Time", "GMT"),
    ("EST", "Eastern Standard Time", "America/New_York"),
    ("EDT", "Eastern Daylight Time", "America/New_York"),
    ("CST", "Central Standard Time", "America/Chicago"),
    ("CDT", "Central Daylight Time", "America/Chicago"),
    ("MST", "Mountain Standard Time", "America/Denver"),
    ("MDT", "Mountain Daylight Time", "America/Denver"),
    ("PST", "Pacific Standard Time", "America/Los_Angeles"),
    ("PDT", "Pacific Daylight Time", "America/Los_Angeles"),
    ("AKST", "Alaska Standard Time", "America/Anchorage"),
    ("AKDT", "Alaska Daylight Time", "America/Anchorage"),
    ("HST", "Hawaii-Aleutian Standard Time", "Pacific/Honolulu"),
    ("AST", "Atlantic Standard Time", "America/Halifax"),
    ("ADT", "Atlantic Daylight Time", "America/Halifax"),
    ("NST", "Newfoundland Standard Time", "America/St_Johns"),
    ("NDT", "Newfoundland Daylight Time", "America/St_Johns"),
    ("BST", "British Summer Time", "Europe/London"),
    ("WET", "Western European Standard Time", "Europe/Lisbon"),
    ("WEST", "Western European Summer Time", "Europe/Lisbon"),
    ("CET", "Central European Standard Time", "Europe/Paris"),
    ("CEST", "Central European Summer Time", "Europe/Paris"),
    ("EET", "Eastern European Standard Time", "Europe/Helsinki"),
    ("EEST", "Eastern European Summer Time", "Europe/Helsinki"),
    ("MSK", "Moscow Standard Time", "Europe/Moscow"),
    ("IST", "India Standard Time", "Asia/Kolkata"),
    ("PKT", "Pakistan Standard Time", "Asia/Karachi"),
    ("HKT", "Hong Kong Standard Time", "Asia/Hong_Kong"),
    ("JST", "Japan Standard Time", "Asia/Tokyo"),
    ("KST", "Korean Standard Time", "Asia/Seoul"),
    ("AWST", "Australian Western Standard Time", "Australia/Perth"),
    ("ACST", "Australian Central Standard Time", "Australia/Adelaide"),
    ("ACDT", "Australian Central Daylight Time", "Australia/Adelaide"),
    ("AEST", "Australian Eastern Standard Time", "Australia/Sydney"),
    ("AEDT", "Australian Eastern Daylight Time", "Australia/Sydney"),
    ("NZST", "New Zealand Standard Time", "Pacific/Auckland"),
    ("NZDT", "New Zealand Daylight Time", "Pacific/Auckland"),
    ("SAST", "South Africa Standard Time", "Africa/Johannesburg"),
    ("EAT", "East Africa Time", "Africa/Nairobi"),
    ("CAT", "Central Africa Time", "Africa/Harare"),
    ("WAT", "West Africa Standard Time", "Africa/Lagos"),
)
"""Short name, long name, and the region that is meant where only the name is given."""

LONG_NAMES = {short: long for short, long, _ in NAMES} | {
    "Asia/CST": "China Standard Time",
    "Europe/IST": "Irish Standard Time",
}
"""By short name; where it means something else in another part of the world, by that part and short name."""
