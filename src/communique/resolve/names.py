"""Whether two written names are one person's: spelling, order, initials and romanisation.

`same_person` aligns tokens; no similarity of whole strings tells Lee Jae-myung / Lee Jae-yong from a change of spelling.
- Chinese and Korean names are compared by syllable, each name read in the schemes it can be (pinyin; Wade-Giles and its
  relatives; the Korean romanisations): all syllables must agree, in order, the surname first or last.
- Other names are compared by consonant skeleton per token, with the letters that romanisations exchange (q ~ k ~ g,
  kh ~ h, dh ~ z, w ~ v) and the vowels only checked for short tokens. Every token of the shorter name must find its
  own in the longer, the surname among them; at most one more may follow at the end. Initials stand for a token;
  two different initials or generation marks (Jr., III) refuse.
Rejected: edit distance and phonetic codes made for English; both merge the pairs that matter here.
"""

from __future__ import annotations

import functools
import itertools
import re

from anyascii import anyascii

_TITLES = frozenset(
    ["mr", "mrs", "ms", "dr", "gen", "lt", "col", "adm", "maj", "president", "minister", "prime", "king", "queen", "prince",
     "crown", "sheikh", "shaikh", "ayatollah", "imam", "daw", "u", "sir", "lord", "lady", "general", "pope", "emir", "sultan", "hajji"]
)  # fmt: skip
_SHORT_TITLES = frozenset(["gen", "col", "maj", "u", "adm"])  # also given names: titles only before two more words
_PARTICLES = frozenset(
    ["al", "el", "ul", "de", "da", "do", "dos", "der", "van", "von", "den", "la", "le", "ad", "as", "ash", "the", "of"]
)
_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "ii": "2", "iii": "3", "iv": "4", "vi": "6", "xiv": "14"}
_HOUSES = frozenset(["saud", "nahyan", "thani", "khalifa", "sabah", "maktoum", "said"])
_SHORT_FORMS = (
    ("mike", "michael", "mikhail", "michail", "miguel"), ("bill", "william"), ("jim", "james"), ("joe", "joseph"),
    ("tony", "anthony", "antony", "antonio"), ("bob", "robert"), ("ben", "benny", "benjamin", "binyamin"), ("ted", "edward"),
    ("tom", "thomas"), ("dan", "daniel"), ("dave", "david"), ("steve", "stephen", "steven"), ("chris", "christopher"),
    ("pete", "peter", "pyotr", "petro"), ("alex", "alexander", "alexandr", "aleksandr", "aliaksandr", "oleksandr", "aleksandar"),
    ("vladimir", "volodymyr", "uladzimir"), ("nick", "nicholas"), ("sasha", "alexander"), ("liz", "elizabeth"),
    ("george", "georgy", "heorhii"), ("andrew", "andrei", "andrey", "andriy", "andrii"), ("nikolai", "mykola"),
    ("yevgeny", "evgeny", "yevhen", "eugene"), ("john", "ivan"), ("ron", "ronald"), ("don", "donald"), ("rob", "robert"),
    ("jeff", "jeffrey"), ("greg", "gregory"), ("chuck", "charles"), ("sergei", "sergey", "serhiy", "serhii"), ("ed", "edward"),
    ("dmitry", "dmytro", "dmitri"), ("radek", "radoslaw"), ("alexei", "oleksiy", "oleksii", "aleksey"), ("ash", "ashton"),
)  # fmt: skip
_NONE: frozenset[int] = frozenset()
_GROUPS = {name: frozenset(n for n, forms in enumerate(_SHORT_FORMS) if name in forms) for forms in _SHORT_FORMS for name in forms}


def same_person(a: str, b: str) -> float:
    """How well two names fit one person, 0..1: 1 the same, .9 romanised or shortened, .6 a bare surname, 0 different.

    .5 and above means they may be one person; a bare surname is only evidence within one document.
    """
    if a == b:
        return 1.0
    left, right = _parts(a), _parts(b)
    if not left[0] or not right[0] or left[1] != right[1]:
        return 0.0
    one, two = left[0], right[0]
    if one == two:
        return 1.0
    if min(len(one), len(two)) == 1 and max(len(one), len(two)) > 1:
        return _bare(one, two)
    eastern = _eastern(a, b)
    if eastern is not None:
        return eastern
    return _western(one, two)


# --- tokens -------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8192)
def _parts(name: str) -> tuple[tuple[str, ...], str | None]:
    """Plain lower-case tokens without titles and particles, and the generation mark."""
    plain = re.sub(r"['\u2018\u2019\u02bb\u02bc`]", "", anyascii(name)).lower()
    tokens = re.findall(r"[a-z]+", re.sub(r"\b([a-z])\.\s?(?=[a-z]\.)", r"\1. ", plain))
    if re.fullmatch(r"[a-z]{2}", tokens[0] if tokens else "") and name[:2].isupper() and len(tokens) > 1:
        tokens = [*tokens[0], *tokens[1:]]
    mark = None
    out: list[str] = []
    for token in tokens:
        if token in _SUFFIXES and out:
            mark = _SUFFIXES[token]
        elif (token in _TITLES and not out and (len(tokens) > 2 or token not in _SHORT_TITLES)) or token in _PARTICLES:
            continue
        else:
            out.append(token)
    return tuple(_family(_joined(out))), mark


def _joined(tokens: list[str]) -> list[str]:
    """ "Abdel Fattah" and "Abu Bakr" as one token each; "ibn" as "bin"."""
    out: list[str] = []
    for token in tokens:
        if out and out[-1] in ("abdel", "abdul", "abd", "abdal"):
            out[-1] = "abdul" + token
        elif out and out[-1] == "abu":
            out[-1] = "abu" + token
        else:
            out.append("bin" if token in ("ibn", "ben") and out else token)
    return [re.sub(r"^abd(el|al|ol)", "abdul", t) for t in out]


def _family(tokens: list[str]) -> list[str]:
    """Without the house ("Al Saud") and further fathers ("bin Salman bin Abdulaziz")."""
    if len(tokens) > 2 and tokens[-1] in _HOUSES:
        tokens = tokens[:-1]
    fathers = [i for i, t in enumerate(tokens) if t in ("bin", "bint")]
    if len(fathers) > 1:
        tokens = tokens[: fathers[1]]
    return [t for t in tokens if t not in ("bin", "bint")]


def _bare(one: tuple[str, ...], two: tuple[str, ...]) -> float:
    single, full = (one, two) if len(one) == 1 else (two, one)
    if _token(single[0], full[-1]) or (full[0] in _SURNAMES and single[0] == full[0]):
        return 0.6
    joined = "".join(full)
    return 0.9 if _token(single[0], joined) and len(joined) > 6 else 0.0


# --- names by consonants ------------------------------------------------------------------------------

_FOLDS = (
    ("tsch", "C"), ("shch", "S"), ("sch", "S"), ("tch", "C"), ("dzh", "j"), ("dj", "j"), ("zh", "j"), ("sh", "S"), ("ch", "C"),
    ("kh", "X"), ("gh", "Q"), ("dh", "D"), ("th", "T"), ("ph", "f"), ("ck", "k"), ("cz", "C"), ("sz", "S"), ("q", "Q"),
    ("x", "ks"), ("w", "v"), ("c", "k"),
)  # fmt: skip
_EXCHANGED = frozenset(
    {"Qk", "Qg", "Xh", "Xk", "Dd", "Dz", "DT", "Tt", "Ts", "XQ", "XC", "jy", "sz", "XS", "QX", "fp", "jz"}
)


@functools.lru_cache(maxsize=8192)
def _skeleton(token: str) -> tuple[str, str]:
    """Consonants in one letter each, and the vowels in four classes."""
    text = re.sub(r"^y(?=e[vlkrf])", "", token)
    for seen, letter in _FOLDS:
        text = text.replace(seen, letter)
    text = re.sub(r"(.)\1+", r"\1", text)
    text = re.sub(r"(?<=[aeiouy])h$", "", text)
    body = text[0] + text[1:].replace("y", "i") if text else ""
    consonants = re.sub(r"[aeiou]", "", body)
    vowels = re.sub(r"[^aeiou]+", "", body).translate(str.maketrans("eo", "iu"))
    return consonants, re.sub(r"(.)\1+", r"\1", vowels)


def _letters_agree(one: str, two: str) -> bool:
    return one == two or one + two in _EXCHANGED or two + one in _EXCHANGED


@functools.lru_cache(maxsize=8192)
def _token(one: str, two: str) -> bool:
    """Whether two tokens spell one name."""
    if one == two or not _GROUPS.get(one, _NONE).isdisjoint(_GROUPS.get(two, _NONE)):
        return True
    (a, va), (b, vb) = _skeleton(one), _skeleton(two)
    if not a or not b or len(a) != len(b) or not all(map(_letters_agree, a, b)):
        return False
    if (one[0] in "aeiou" and two[0] not in "aeiouy") or (two[0] in "aeiou" and one[0] not in "aeiouy"):
        return False
    if len(a) >= 3 and a == b:
        return True
    return _vowels_close(va, vb)


def _vowels_close(one: str, two: str) -> bool:
    """Short names lean on their vowels: one may be missing or exchanged, the rest must agree."""
    if one == two or one.rstrip("ai") == two.rstrip("ai"):
        return True
    short, long = sorted((one, two), key=len)
    if len(long) - len(short) > 1:
        return False
    if len(long) == len(short):
        return sum(x != y for x, y in zip(short, long, strict=True)) <= (1 if len(long) > 1 else 0)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _fits(one: str, two: str) -> bool:
    if len(one) == 1 or len(two) == 1:
        return one[0] == two[0]
    return _token(one, two)


def _western(one: tuple[str, ...], two: tuple[str, ...]) -> float:
    if (
        len(one) > 1
        and len(two) > 1
        and _token("".join(one), "".join(two))
        and len("".join(one)) > 7
        and len(one) != len(two)
    ):
        return 0.9
    short, long = (one, two) if len(one) <= len(two) else (two, one)
    initials = [[t for t in name[1:] if len(t) == 1] for name in (one, two)]
    if initials[0] and initials[1] and initials[0] != initials[1]:
        return 0.0
    best = 0.0
    for order in {short, (*short[1:], short[0]), (short[-1], *short[:-1])}:
        best = max(best, _aligned(order, long, turned=order != short))
    return best


def _aligned(short: tuple[str, ...], long: tuple[str, ...], *, turned: bool) -> float:
    """Tokens of `short` in order within `long`; its last must be the last of `long` or the one before."""
    at = 0
    places: list[int] = []
    for token in short:
        found = next((i for i in range(at, len(long)) if _fits(token, long[i])), None)
        if found is None:
            return 0.0
        places.append(found)
        at = found + 1
    after = len(long) - 1 - places[-1]
    if after > 1 or (turned and len(short) != len(long)) or (after and places[0] != 0):
        return 0.0
    if after and len(long) > 3:
        return 0.0
    if len(short[-1]) == 1 or len(long[places[-1]]) == 1:
        return 0.0
    return 0.9


# --- Chinese and Korean by syllable -------------------------------------------------------------------

_KOREAN = {
    "lee": "I", "yi": "I", "ri": "I", "rhee": "I", "i": "I", "rhie": "I", "kim": "KIM", "gim": "KIM", "park": "PAK", "pak": "PAK", "bak": "PAK",
    "choi": "CHOE", "choe": "CHOE", "chung": "CHUNG", "jung": "CHUNG", "jeong": "CHUNG", "chong": "CHUNG", "cho": "CHO", "jo": "CHO",
    "shin": "SIN", "sin": "SIN", "ahn": "AN", "an": "AN", "kang": "KANG", "gang": "KANG", "moon": "MUN", "mun": "MUN", "yoon": "YUN",
    "yun": "YUN", "roh": "NO", "noh": "NO", "no": "NO", "ro": "NO", "han": "HAN", "ban": "PAN", "pan": "PAN", "hong": "HONG", "song": "SONG",
    "suh": "SEO", "seo": "SEO", "hwang": "HWANG", "kwon": "KWON", "gwon": "KWON", "yoo": "YU", "yu": "YU", "ryu": "YU", "you": "YU", "lim": "IM",
    "im": "IM", "rim": "IM", "oh": "O", "chang": "CHANG", "jang": "CHANG", "paek": "PAEK", "baek": "PAEK", "nam": "NAM", "hyon": "HYON",
    "hyun": "HYON", "hyeon": "HYON", "jon": "CHON", "jeon": "CHON", "chun": "CHON", "ko": "KO", "koh": "KO", "goh": "KO", "go": "KO",
    "pyo": "PYO", "cha": "CHA", "joo": "CHU", "ju": "CHU", "chu": "CHU", "min": "MIN", "bae": "PAE", "pae": "PAE", "heo": "HO", "huh": "HO", "ho": "HO",
    "ha": "HA", "kwak": "KWAK", "gwak": "KWAK", "sim": "SIM", "shim": "SIM", "wi": "WI", "thae": "TAE", "tae": "TAE", "son": "SON", "sohn": "SON",
}  # fmt: skip
_KOREAN_SYLLABLE = re.compile(
    r"^(kk|tt|pp|ss|jj|ch|sh|[gkdtbpjszhmnrl])?(?:w|wh|y|h)?([aeiou]{1,3}w?)(ng|ck|rk|rn|[kgnmlrtbpsh])?$"
)
_PINYIN_INITIALS = (
    "zh",
    "ch",
    "sh",
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
    "",
)
_PINYIN_FINALS = frozenset(
    ["a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "ong", "er", "i", "ia", "ie", "iao", "iu", "ian", "in", "iang", "ing", "iong",
     "u", "ua", "uo", "uai", "ui", "uan", "un", "uang", "ue", "v", "ve"]
)  # fmt: skip
_WADE_INITIALS = (
    ("hs", ("x",)), ("tsch", ("c",)), ("ts", ("z", "c")), ("tz", ("z", "c")), ("ch", ("j", "q", "zh", "ch")), ("sh", ("sh",)), ("p", ("b", "p")),
    ("t", ("d", "t")), ("k", ("g", "k")), ("j", ("r", "j", "zh")), ("m", ("m",)), ("f", ("f",)), ("n", ("n",)), ("l", ("l",)), ("h", ("h",)),
    ("s", ("s",)), ("y", ("y",)), ("w", ("w",)), ("", ("", "y")),
)  # fmt: skip
_WADE_FINALS = {
    "ien": "ian", "ieh": "ie", "ueh": "ue", "uei": "ui", "ung": "ong", "iung": "iong", "ih": "i", "eh": "e", "o": "e", "u": "u", "jeou": "iu",
    "eou": "iu", "au": "ao", "aw": "ao", "en": "en", "se": "e", "zu": "i", "e": "e",
}  # fmt: skip
_PALATAL = frozenset(["j", "q", "x"])
_SURNAMES = frozenset(_KOREAN) | frozenset(
    ["xi", "li", "wang", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu", "xu", "sun", "hu", "zhu", "gao", "lin", "he", "guo", "ma",
     "luo", "liang", "song", "zheng", "xie", "tang", "deng", "jiang", "mao", "qin", "dong", "wei", "tsai", "lai", "cai", "teng", "chou", "chiang",
     "hsi", "hsu", "chu", "su", "jaw", "chao", "shen", "han", "feng", "cheng", "yuan", "peng", "pan", "tian", "du", "dai", "xia", "zhong", "tan",
     "lu", "fan", "jin", "shi", "wen", "xiao", "qian", "cao", "bo", "ling", "koo", "ku", "gu", "hou", "lien", "soong", "kung", "yao", "meng", "qiao",
     "nguyen", "tran", "pham", "to", "vo", "le", "truong"]
)  # fmt: skip


@functools.lru_cache(maxsize=8192)
def _syllabic(name: str) -> tuple[tuple[str, str], ...]:
    """(surname, given) readings of a name that could be Chinese or Korean: surname first, or last."""
    plain = re.sub(r"['\u2018\u2019\u02bb\u02bc`]", "", anyascii(name)).lower().replace("-", " ")
    tokens = [t for t in re.findall(r"[a-z]+", plain) if t not in _TITLES - {"u"}]
    if not 2 <= len(tokens) <= 3:
        return ()
    out = []
    if tokens[0] in _SURNAMES:
        out.append((tokens[0], " ".join(tokens[1:])))
    if tokens[-1] in _SURNAMES:
        out.append((tokens[-1], " ".join(tokens[:-1])))
    return tuple(out)


def _eastern(a: str, b: str) -> float | None:
    """1 or 0 when both names read as Chinese or Korean; None when they do not."""
    readings = list(itertools.product(_syllabic(a), _syllabic(b)))
    decided = False
    for (sa, ga), (sb, gb) in readings:
        for scheme in (_korean, _chinese):
            one, two = scheme(sa, ga), scheme(sb, gb)
            if one and two:
                decided = True
                if one & two:
                    return 0.95
    return 0.0 if decided else None


@functools.lru_cache(maxsize=4096)
def _korean(surname: str, given: str) -> frozenset[tuple[str, ...]]:
    if surname not in _KOREAN:
        return frozenset()
    syllables = given.split()
    if len(syllables) == 1 and len(given) > 4:
        cuts = [(given[:i], given[i:]) for i in range(2, len(given) - 1)]
    else:
        cuts = [tuple(syllables)]  # type: ignore[list-item]
    found = set()
    for cut in cuts:
        folded = [_korean_syllable(s) for s in cut]
        if all(folded):
            found.add((_KOREAN[surname], *(f for f in folded if f)))
    return frozenset(found)


def _korean_syllable(text: str) -> str | None:
    text = text.replace("wh", "hw")
    if _KOREAN_SYLLABLE.match(text) is None:
        return None
    for seen, letter in (
        ("sh", "s"), ("ch", "j"), ("kk", "k"), ("tt", "t"), ("pp", "p"), ("ck", "k"), ("rk", "k"), ("g", "k"), ("d", "t"), ("b", "p"),
        ("nk", "NG"), ("l", "r"),
    ):  # fmt: skip
        text = text.replace(seen, letter)
    text = re.sub(r"(?:eui|ui|wi|ee|ei)", "i", text)
    text = re.sub(r"(?:ae|ai|ay|ah)", "a", text)
    text = re.sub(r"(?:yeo|you|yoo)", "yo", text)
    return re.sub(r"(?:eo|eu|oo|ou|u|o)+", "o", text)


@functools.lru_cache(maxsize=4096)
def _chinese(surname: str, given: str) -> frozenset[tuple[str, ...]]:
    """Every pinyin reading of the name in one scheme throughout."""
    out: set[tuple[str, ...]] = set()
    for read in (_pinyin, _wade):
        first = read(surname)
        rest = _segments(given, read)
        out |= {(s, *r) for s in first for r in rest}
    return frozenset(out)


def _segments(given: str, read: object) -> set[tuple[str, ...]]:
    assert callable(read)
    parts = given.split()
    if len(parts) == 2:
        cuts = [tuple(parts)]
    else:
        cuts = [(given,)] + [(given[:i], given[i:]) for i in range(1, len(given))]
    found: set[tuple[str, ...]] = set()
    for cut in cuts:
        options = [read(piece) for piece in cut]
        if all(options):
            found |= set(itertools.product(*options))
    return found


@functools.lru_cache(maxsize=4096)
def _pinyin(text: str) -> frozenset[str]:
    for initial in _PINYIN_INITIALS:
        if text.startswith(initial) and text[len(initial) :] in _PINYIN_FINALS:
            return frozenset({text})
    return frozenset()


@functools.lru_cache(maxsize=4096)
def _wade(text: str) -> frozenset[str]:
    if re.match(r"zh|x|q|z|b|d|g|r|c(?!h)", text):
        return frozenset()
    out: set[str] = set()
    for initial, readings in _WADE_INITIALS:
        if not text.startswith(initial):
            continue
        rest = text[len(initial) :]
        final = _WADE_FINALS.get(rest, rest)
        for reading in readings:
            tail = final
            if reading in _PALATAL and tail and tail[0] not in "iu":
                continue
            if reading in ("zh", "ch", "sh", "z", "c", "s") and tail.startswith("i") and tail != "i":
                continue
            if reading + tail and _pinyin(reading + tail):
                out.add(reading + tail)
        if initial:
            break
    if text == "yu":
        out.add("you")
    if text == "jaw":
        out.add("zhao")
    if text == "kong":
        out |= {"kang", "gang"}
    if text == "ching":
        out |= {"jing", "qing", "zheng"}
    return frozenset(out)
