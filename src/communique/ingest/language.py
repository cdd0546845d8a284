"""Which language a text is in: the script first, then py3langid; undecided is `None`.

The script check costs nothing and is certain for scripts that one language owns; py3langid (offline, its
model ships with it) decides the rest, over at most 3,000 characters.
"""

from __future__ import annotations

import re

_SCRIPTS = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u10a0-\u10ff]"), "ka"),
    (re.compile("[\u0530-\u058f]"), "hy"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
)
_SCRIPT = re.compile("[" + "".join(pattern.pattern[1:-1] for pattern, _ in _SCRIPTS) + "]")
_ENGLISH = frozenset(["the", "of", "to", "and", "in", "a", "that", "for", "on", "is", "was", "with", "as", "by", "said", "at", "from", "he", "his", "has", "it", "are", "be", "its", "have", "an", "not", "were", "who", "will"])
MOST = 3000  # characters looked at


def detect(text: str) -> str | None:
    """ISO 639-1 code, or `None` for fewer than three letters. English is told by its function words first,
    which is right on any prose of ten words and costs a hundredth of the model's time."""
    sample = text[:MOST]
    words = sample.lower().split()
    english = len(words) >= 10 and len([w for w in words if w in _ENGLISH]) > 0.2 * len(words)
    scripted = not sample.isascii() and _SCRIPT.search(sample) is not None
    if english and not scripted:
        return "en"
    letters = sum(map(str.isalpha, sample))
    if letters < 3:
        return None
    if scripted:
        for pattern, code in _SCRIPTS:
            if len(pattern.findall(sample)) > letters * 0.2:
                return code
    if english:
        return "en"
    import py3langid

    code, _ = py3langid.classify(sample)
    return str(code)
