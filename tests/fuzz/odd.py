"""Odd values for the fields of any format, and changes of bytes that know no format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

NUMBERS = (
    *("0", "-0", "1", "-1", "2", "3", "7", "10", "255", "256", "999", "65535", "65536", "-32768"),
    *("2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807"),
    *("9223372036854775808", "18446744073709551616", "99999999", "1e5", "1e-5", "1E308", "1e999"),
    *("-1e999", "1e-320", "nan", "NaN", "inf", "-Infinity", "0.5", ".5", "5.", "1,5", "1.234,5"),
    *(
        "1 000",
        "1_000",
        "0x10",
        "1e",
        "--1",
        "+1",
        "++1",
        "1-1",
        "",
        " ",
        "\t1",
        "\u0663",
        "\uff15",
    ),
    *("1/0", "1:2", "01", "00000001", "1.0000000000000002", "NA", "null", "-", "None", "true"),
)
TEXTS = (
    *("", " ", "x", "X" * 300, "EDF Annotations", "BDF Annotations", "Status", "time", "Time (ms)"),
    *("a,b", "a;b", 'a"b', "a\tb", "a\nb", "a\r\nb", "a/b", "../a", "/etc/a", "a\\b", "a\0b"),
    *("\x01\x02", "\x1b[31m", "\u202eabc", "\u00b5V", "\u4fe1\u53f7", "\U0001f493", "\ufeffa"),
    *("#a", "~", ".", "..", "-", "<b>a</b>", "&amp;", "%s", "{0}", "$a", "e\u0301", "\u00e9"),
)


def number(random: random.Random) -> str:
    """Return an odd number, or a common one of any size, as text."""
    if random.random() < 0.6:
        return random.choice(NUMBERS)
    value = random.randrange(-2, 2 ** random.randrange(1, 70))
    return str(value if random.random() < 0.7 else value / 2 ** random.randrange(1, 80))


def nearby(random: random.Random, value: int) -> int:
    """Return a whole number near another, or a multiple of it."""
    changed = (value - 1, value + 1, value * 2, value // 2, -value, value * 10, value + 256)
    return random.choice(changed)


def text(random: random.Random) -> str:
    """Return an odd text."""
    if random.random() < 0.8:
        return random.choice(TEXTS)
    return "".join(chr(random.randrange(1, 0x250)) for _ in range(random.randrange(1, 30)))


def integer(random: random.Random, bits: int = 64) -> int:
    """Return an integer of at most that many bits with its sign; often one at an edge."""
    edges = (0, 1, -1, 2, 3, 8, 16, 127, 128, -128, 255, 256, 65535, 65536, 1 << 20, 1 << 24)
    if random.random() < 0.5:
        return random.choice(edges)
    power = random.choice([7, 8, 15, 16, 23, 24, 31, 32, 40, 53, 62, 63])
    value = (1 << min(power, bits - 1)) - random.randrange(3)
    return value if random.random() < 0.6 else -value


# ---------------------------------------------------------------- bytes


def _flip(raw: bytearray, random: random.Random) -> str:
    n = random.choice((1, 1, 2, 3, 8))
    places = [random.randrange(len(raw)) for _ in range(n)]
    for place in places:
        raw[place] ^= 1 << random.randrange(8)
    return f"bits flipped at {places}"


def _set(raw: bytearray, random: random.Random) -> str:
    place, value = random.randrange(len(raw)), random.choice((0, 1, 0x0A, 0x20, 0x7F, 0x80, 0xFF))
    raw[place] = value
    return f"byte {place} set to {value}"


def _insert(raw: bytearray, random: random.Random) -> str:
    place = random.randrange(len(raw) + 1)
    new = random.randbytes(random.choice((1, 1, 2, 3, 16)))
    raw[place:place] = new
    return f"{new!r} put in at {place}"


def _cut_out(raw: bytearray, random: random.Random) -> str:
    place, n = random.randrange(len(raw)), random.choice((1, 1, 2, 3, 16, 100, 1000))
    del raw[place : place + n]
    return f"{n} bytes cut out at {place}"


def _fill(raw: bytearray, random: random.Random) -> str:
    place, n = random.randrange(len(raw)), random.choice((4, 16, 100, 512))
    n = min(n, len(raw) - place)
    value = random.choice((0, 0, 0xFF, 0x20))
    raw[place : place + n] = bytes([value]) * n
    return f"{n} bytes from {place} set to {value}"


def _copy(raw: bytearray, random: random.Random) -> str:
    place, n = random.randrange(len(raw)), random.choice((1, 2, 16, 256, 4096))
    piece = raw[place : place + n]
    target = random.randrange(len(raw) + 1)
    raw[target:target] = piece
    return f"{len(piece)} bytes from {place} once more at {target}"


def _truncate(raw: bytearray, random: random.Random) -> str:
    keep = random.randrange(len(raw))
    if random.random() < 0.5:
        keep = max(len(raw) - random.randrange(1, 20), 0)
    del raw[keep:]
    return f"cut off after {keep} bytes"


_CHANGES: tuple[Callable[[bytearray, random.Random], str], ...] = (
    *(_flip, _flip, _flip, _set, _set, _insert, _cut_out, _fill, _copy, _truncate),
)


def damage(raw: bytearray, random: random.Random) -> str:
    """Change bytes in place and return what was done."""
    if not raw:
        raw += random.randbytes(random.randrange(1, 40))
        return "random bytes instead of none"
    return random.choice(_CHANGES)(raw, random)
