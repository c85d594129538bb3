"""Guess the character encoding of the names in a zip archive.

A zip archive marks a name as UTF-8 or leaves its encoding open. By the standard such a
name is in code page 437; in practice it is in the code page of the computer that packed
the archive. Python decodes it as code page 437, which turns "Łukasz" into "¥ukasz".

Each name is decoded in all known code pages. The best reading consists of letters of
one alphabet, in common combinations; without a clear winner the name stays in doubt.
"""

# ruff: noqa: E501, RUF001 (names and letters of many scripts)

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075  # Info-ZIP's extra field: the same name again, in UTF-8
TOLERABLE = 0.12  # the largest fraction of unusual characters in a reading
CLEARLY = 0.25  # by how much the bonus of the best reading must exceed the next one

# The letters beyond a to z of each alphabet, and its weight.
LANGUAGES = {
    "äöüß": 1.0,  # German
    "àâçéèêëîïôùûüÿœæ": 1.0,  # French
    "áéíóúüñ": 1.0,  # Spanish
    "áâãàçéêíóôõú": 1.0,  # Portuguese
    "ąćęłńóśźż": 1.0,  # Polish
    "çğıöşüâî": 1.0,  # Turkish; its capital I with a dot is added below
    "áčďéěíňóřšťúůýž": 1.0,  # Czech
    "áäčďéíĺľňóôŕšťúýž": 1.0,  # Slovak
    "áéíóöőúüű": 1.0,  # Hungarian
    "ăâîșțşţ": 1.0,  # Romanian
    "čćđšž": 1.0,  # Croatian, Slovene, Serbian
    "àèéìíòóùú": 1.0,  # Italian
    "åäöé": 1.0,  # Swedish, Finnish
    "æøåéóòô": 1.0,  # Danish, Norwegian
    "éèëïöüáóí": 1.0,  # Dutch
    "àçèéíïòóúü": 1.0,  # Catalan
    "áðéíóúýþæö": 0.2,  # Icelandic
    "āčēģīķļņšūž": 0.2,  # Latvian
    "ąčęėįšųūž": 0.2,  # Lithuanian
    "äõöüšž": 0.2,  # Estonian
}
COMMON = {  # by script: its letters, the most frequent first
    "cyrillic": "оаеинтрсвлкмдпуяьыгзбчйхжшюцщэфъёіїєґўљњџјћђ",
    "greek": "αοιετσνηυρπκμλςωάόίέήύώθδγχφβξζψϊϋΐΰ",
    "hebrew": "יוהלארמבנשתדקחפעגזכטסצםןךףץ",
    "arabic": "اليمنروتبدحعسفكهقشجصطخذئضظثغزةىءأإآؤپچژگکی",
    "thai": "านรกอเงมทวยลสตดปพคบหชจถขผโไธใแฉซญณฐศษฟภฏฎฮฆฬะาิีึืุู็่้๊๋์ํัำ",
}
RANGES = {"hebrew": "\u05d0-\u05ea", "arabic": "\u0621-\u06d5", "thai": "\u0e01-\u0e4e"}
SURNAMES = {
    "gbk": "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾"
    "彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江"
    "史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧阳",
    "big5": "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡"
    "施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜傅侯曹薛丁卓馬董溫唐藍石古紀姚馮歐",
    "cp949": "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구"
    "민진엄채원천방공현함변염여추도소석선설마길위표명기",
    "cp932": "佐鈴高田渡伊山中小加吉松井木林清斎石前藤後岡長村近原青福西太三橋本野上森池"
    "内大東今河阿丸島岩水川土金新武平",
}
PRIOR = {  # bonus of common code pages, penalty of rare ones
    **dict.fromkeys(("cp437", "cp850", "cp1252"), 0.35),
    **dict.fromkeys(("cp775", "cp1257", "cp720"), -0.35),
}
KNOWN = frozenset(  # common names
    "jürgen müller günther björn jörg köhler schäfer krüger böhm könig größe weiß groß "
    "rené renée andré andrée josé jesús maría garcía lópez pérez sánchez gómez martínez "
    "fernández rodríguez hernández gonzález ramírez núñez muñoz peña íñigo álvaro sofía "
    "françois françoise zoë noël chloë chloé hélène jérôme éric étienne émile élodie "
    "joão conceição gonçalves simões araújo assunção magalhães antónio "
    "łukasz paweł michał rafał żak żaneta świątek wójcik wiśniewski zieliński kowalczyk "
    "kamiński szymański woźniak kozłowski dąbrowski jabłoński bartłomiej małgorzata "
    "jiří dvořák novák černý procházka kučera veselý horák růžička tomáš lukáš matěj "
    "ondřej václav františek kateřina žofie šárka štěpán řehoř ľubomír "
    "lászló györgy jános józsef zoltán gergő kovács szabó tóth nagy horváth ágnes "
    "ștefan ţepeș ionuț mihăiță şerban țuțu ioniţă bălan "
    "ayşe yılmaz erdoğan şahin çelik öztürk aydın doğan gülşen ışık yıldız kılıç özgür "
    "åsa björk åke østergård øystein sørensen jørgensen nielsen bjørn kjær håkon mårten "
    "đorđe petrović jovanović marković nikolić ivić babić čović živković đurić".split()
)
VOWELS = "аеёиоуыэюяіїє"
SCRIPTS = {
    **dict.fromkeys(("cp437", "cp850", "cp1252", "cp852", "cp1250"), "latin"),
    **dict.fromkeys(("cp857", "cp1254", "cp775", "cp1257"), "latin"),
    **dict.fromkeys(("cp866", "cp1251"), "cyrillic"),
    **dict.fromkeys(("cp737", "cp1253"), "greek"),
    **dict.fromkeys(("cp862", "cp1255"), "hebrew"),
    **dict.fromkeys(("cp720", "cp1256"), "arabic"),
    "cp874": "thai",
    "gbk": "han",
    "big5": "han",
    "cp932": "japanese",
    "cp949": "hangul",
}
_WORD = re.compile(r"[^\W\d_]+")
_ALPHABETS = [
    (frozenset(letters + letters.upper() + "İ" * ("ğ" in letters)), weight)
    for letters, weight in LANGUAGES.items()
]


class Name(NamedTuple):
    """A name in an archive, with a remark on its encoding, or ""."""

    text: str
    remark: str = ""


class Reading(NamedTuple):
    """Names decoded in one code page.

    ``odd`` is the fraction of unusual characters; ``bonus`` is larger for more common
    words.
    """

    page: str
    texts: tuple[str, ...]
    odd: float
    bonus: float


def names_of(members: Sequence[zipfile.ZipInfo]) -> list[Name]:
    """The names of an archive's members, in order."""
    known = [_stated(member) for member in members]
    raw = [_raw(m) for m, name in zip(members, known, strict=True) if name is None]
    guessed = iter(_guessed(raw))
    return [next(guessed) if name is None else name for name in known]


def _stated(member: zipfile.ZipInfo) -> Name | None:
    """The name if its encoding is stated or it is valid UTF-8; None otherwise."""
    if member.flag_bits & UTF8_FLAG:
        return Name(member.orig_filename.partition("\0")[0])
    raw = _raw(member)
    try:
        return Name(_unicode_path(member.extra, raw) or raw.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _raw(member: zipfile.ZipInfo) -> bytes:
    """The bytes of a name that Python decoded as code page 437."""
    return member.orig_filename.partition("\0")[0].encode("cp437", "replace")


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in Info-ZIP's extra field, if its checksum fits this name; else ""."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(content) == size > 5 and content[0] == 1:
            if struct.unpack("<I", content[1:5])[0] == zlib.crc32(raw):
                return content[5:].decode("utf-8", "replace")
    return ""


def _guessed(raw: Sequence[bytes]) -> list[Name]:
    """Names in an unknown code page: first one page for all, then each by itself."""
    if not raw:
        return []
    best = _best(raw)
    if best is not None:
        return [Name(text, f"its name was read as {best.page}") for text in best.texts]
    if len(raw) > 1:
        return [_guessed([name])[0] for name in raw]
    escaped = "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in raw[0])
    remark = f"the code page of its name is unknown; its bytes are {escaped}"
    return [Name(raw[0].decode("cp437"), remark)]


def _best(raw: Sequence[bytes]) -> Reading | None:
    """The best reading; None if there is no acceptable one, or no clear winner."""
    found = sorted(_readings(raw), key=lambda reading: (reading.odd, -reading.bonus))
    found = [reading for reading in found if reading.odd <= TOLERABLE]
    if not found:
        return None
    best = found[0]
    for other in found[1:]:
        as_good = other.odd <= best.odd + 0.02 and other.bonus > best.bonus - CLEARLY
        if other.texts != best.texts and as_good:
            return None
    return best


def _readings(raw: Sequence[bytes]) -> Iterator[Reading]:
    for page, script in SCRIPTS.items():
        try:
            texts = tuple(name.decode(page) for name in raw)
        except UnicodeDecodeError:
            continue
        strange = sum(not c.isascii() for text in texts for c in text)
        odd = bonus = words = 0.0
        for text in texts:
            for c in text:
                odd += not c.isascii() and not _expected(c, page, script)
            if script != "latin":  # letters of two scripts next to each other
                odd += len(re.findall(r"[a-zA-Z](?=[^\x00-\x7f])", text))
                odd += len(re.findall(r"[^\x00-\x7f](?=[a-zA-Z])", text))
            for word in _WORD.findall(text):
                if not word.isascii():
                    odd += _odd_case(word)
                    odd += _odd_letters(word) if script == "latin" else 0
                    bonus += _bonus(word, page, script)
                    words += 1
        yield Reading(page, texts, odd / max(1, strange), bonus / max(1.0, words))


def _expected(c: str, page: str, script: str) -> bool:
    """Whether a character is usual in names of this script."""
    if script == "latin":
        return any(c in letters for letters, _ in _ALPHABETS) or c in "’–"
    if script in RANGES:
        return bool(re.match(f"[{RANGES[script]}]", c))
    if script in COMMON:
        return c.lower() in COMMON[script] or c == "№"
    try:
        first, *rest = c.encode({"cp949": "euc_kr", "cp932": "cp932"}.get(page, page))
    except UnicodeEncodeError:
        return False
    if page == "gbk":  # the first level of GB 2312, sorted by frequency of use
        return 0xB0 <= first <= 0xD7 and rest[0] >= 0xA1
    if page == "big5":
        return 0xA4 <= first <= 0xC6
    if page == "cp949":
        return 0xB0 <= first <= 0xC8
    return "\u3041" <= c <= "\u30fc" or 0x88 <= first <= 0x98 or c in "々ヶ"


def _odd_case(word: str) -> int:
    """The number of non-ASCII letters with an implausible case."""
    pairs = pairwise(word)
    inside = sum(a.islower() and b.isupper() and not b.isascii() for a, b in pairs)
    capitals = sum(c.isupper() for c in word)
    small = sum(c.islower() and not c.isascii() for c in word)
    return inside + (small if capitals >= 2 and capitals + small == len(word) else 0)


def _odd_letters(word: str) -> int:
    """The number of letters of a Latin word that do not occur together."""
    plain = sum(c.isascii() for c in word)
    other = len(word) - plain
    together = any(
        all(c.isascii() or c in letters for c in word) for letters, _ in _ALPHABETS
    )
    return (0 if together else other) + (other if other > plain + 1 else 0)


def _bonus(word: str, page: str, script: str) -> float:
    """A score of how common such a word is in this script."""
    prior = PRIOR.get(page, 0.0)
    if script == "latin":
        fits = (
            weight
            for letters, weight in _ALPHABETS
            if all(c.isascii() or c in letters for c in word)
        )
        return prior + max(fits, default=0.0) + 0.7 * (word.lower() in KNOWN)
    if page in SURNAMES:
        kana = any("\u3041" <= c <= "\u30fc" for c in word)
        return float(word[0] in SURNAMES[page] or (kana and script == "japanese"))
    ranks = [COMMON[script].find(c.lower()) for c in word]
    usual = sum(1.0 - rank / 24 for rank in ranks if 0 <= rank < 24) / len(word)
    rare = 0.2 * (len(word) > 1 and word.isupper()) + 0.1 * word[0].islower()
    return prior + 0.5 * usual + 0.5 * _well_formed(word.lower(), script) - rare


def _well_formed(word: str, script: str) -> bool:
    """Whether a word obeys a simple orthographic rule of its script."""
    if script == "greek":  # one accent per word; the final sigma only at the end
        accents = sum(c in "άέήίόύώΐΰ" for c in word)
        return accents == 1 and "ς" not in word[:-1] and not word.endswith("σ")
    if script == "cyrillic":
        vowels = sum(c in VOWELS for c in word) / len(word)
        return 0.2 <= vowels <= 0.7 and word[0] not in "ьъы"
    if script == "hebrew":
        return not set(word[:-1]) & set("ךםןףץ")
    if script == "thai":  # these stand before a consonant
        return word[-1] not in "เแโใไ"
    return True
