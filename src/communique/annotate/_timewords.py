"""The vocabulary of time expressions: patterns of months, weekdays, numbers, units and clock times, and what they mean."""

from __future__ import annotations

import re

NUMBERS = {
    word: n
    for n, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    )
} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
     "hundred": 100, "a": 1, "an": 1, "another": 1, "dozen": 12, "couple": 2}  # fmt: skip
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
CENTURY_WORDS = {
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21,
}  # fmt: skip
DECADE_WORDS = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
                 "eighties": 80, "nineties": 90}  # fmt: skip
UNIT_CODES = {"second": "S", "minute": "M", "hour": "H", "day": "D", "night": "D", "week": "W", "fortnight": "W",
               "weekend": "WE", "month": "M", "quarter": "M", "year": "Y", "decade": "Y", "century": "Y",
               "centurie": "Y"}  # fmt: skip

TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
MONTH = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)\b|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|SEPT)\b\.?)"
)
DAYNAME = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY"
DAYABBR = rf"(?:{DAYNAME}|(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?)"
DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d|[.,]\d{1,2}\b|:\d|\s?%)"
YEAR = r"(?:1[0-9]|20)\d\d"
NUM1 = (
    r"(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|"
    r"seven|eight|nine))?|(?:a|one)\s+hundred|(?:a\s+)?dozen|(?:a\s+)?couple(?:\s+of)?)"
)
NUM = rf"(?:\d{{1,3}}(?:,\d{{3}})*(?:\.\d+)?(?:\s?1/2)?|{NUM1})"
VAGUE = r"(?i:several|(?:a\s+)?few|some|many|a\s+number\s+of|dozens\s+of|scores\s+of|a\s+matter\s+of)"
UNIT = r"(?i:second|minute|hour|day|night|week|fortnight|weekend|month|quarter|year|decade|centur(?:y|ie))"
BIG = r"(?i:day|week|month|quarter|year|decade|century)"
PARTS = {"morning": "MO", "afternoon": "AF", "evening": "EV", "night": "NI", "nights": "NI", "dawn": "MO",
          "noon": "12:00", "midday": "12:00", "midnight": "24:00"}  # fmt: skip
PART = r"(?i:morning|afternoon|evening|night|noon|midday|midnight|dawn)"
EARLY = r"(?i:early|late|mid|mid-to-late|late\s+in|early\s+in|middle\s+of|(?:the\s+)?(?:beginning|start|middle|end|close)\s+of)"
CLOCK = (
    r"(?:(?:[01]?\d|2[0-4])(?::[0-5]\d){0,2}\s?(?i:a\.?m\.?|p\.?m\.?)(?![a-z])|(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\d|\s?%)|"
    r"(?:[01]\d|2[0-4])[0-5]\d(?=\s?(?:GMT|UTC|hrs|hours|local|Z\b))|(?i:noon|midday|midnight)\b)"
    r"(?:\s?\(?(?:GMT|UTC|EST|EDT|CST|CDT|MST|MDT|PST|PDT|ET|CET|CEST|BST|KST|JST|IST|(?i:local\s+time)|Z\b)\)?)?"
)
MODS = (
    r"(?i:at\s+least|less\s+than|more\s+than|no\s+more\s+than|no\s+less\s+than|fewer\s+than|nearly|almost|up\s+to|"
    r"over|about|around|roughly|approximately|some|only)"
)


def number(words: str) -> float | None:
    """The number that digits or words give; `None` when they give no exact one ("several")."""
    text = words.lower().replace(",", "").strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    total = 0
    for part in re.split(r"[-\s]+", text.removesuffix(" of")):
        if part not in NUMBERS:
            return None
        total = (
            total * 100 if part == "hundred" and total else total + (NUMBERS[part] if part != "a" or total == 0 else 0)
        )
        if part == "a" and text != "a":
            total = 0
        if part == "hundred" and total == 0:
            total = 100
    return float(total)


def duration(count: str, unit: str) -> str:
    """The TIMEX3 duration: ("two", "week") is P2W; an inexact count is X."""
    name = unit.lower().rstrip("s")
    size = number(count)
    factor = {"decade": 10, "century": 100, "centurie": 100, "fortnight": 2, "quarter": 3}.get(name, 1)
    shown = "X" if size is None else f"{size * factor:g}"
    if size is None and factor > 1:
        return f"PX{'C' if factor == 100 else 'Q' if factor == 3 else UNIT_CODES[name]}"
    clock = "T" if name in ("second", "minute", "hour") else ""
    return f"P{clock}{shown}{UNIT_CODES[name]}"


def modifier(words: str | None) -> str | None:
    """The TIMEX3 mod that a hedge stands for."""
    text = " ".join((words or "").lower().split())
    if text in ("at least", "no less than"):
        return "EQUAL_OR_MORE"
    if text in ("less than", "fewer than", "nearly", "almost"):
        return "LESS_THAN" if "than" in text else "APPROX"
    if text in ("more than", "over"):
        return "MORE_THAN"
    if text in ("no more than", "up to"):
        return "EQUAL_OR_LESS"
    if text in ("about", "around", "roughly", "approximately", "some"):
        return "APPROX"
    return _third(text)


def _third(text: str) -> str | None:
    if "early" in text or "beginning" in text or "start" in text:
        return "START"
    if "mid" in text:
        return "MID"
    if "late" in text or "end" in text or "close" in text:
        return "END"
    return None
