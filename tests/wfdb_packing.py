"""Pack samples into the bytes of WFDB formats, slowly and plainly."""

from __future__ import annotations

BITS = {16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10}


def pack(samples, code):
    """Pack as the format pages say, sample by sample."""
    out = bytearray()
    mask = (1 << BITS[code]) - 1
    u = [int(s) & mask for s in samples]
    if code in (16, 24, 32):
        return b"".join(s.to_bytes(code // 8, "little") for s in u)
    if code == 61:
        return b"".join(s.to_bytes(2, "big") for s in u)
    if code in (80, 160):
        half = 1 << (BITS[code] - 1)
        return b"".join(int(s + half).to_bytes(BITS[code] // 8, "little") for s in samples)
    if code == 212:
        for i in range(0, len(u), 2):
            a = u[i]
            if i + 1 == len(u):
                out += bytes([a & 0xFF, a >> 8])
            else:
                b = u[i + 1]
                out += bytes([a & 0xFF, a >> 8 | b >> 8 << 4, b & 0xFF])
        return bytes(out)
    for i in range(0, len(u), 3):
        a, b, c = [*u[i : i + 3], 0, 0][:3]
        held = min(len(u) - i, 3)
        if code == 310:
            first = a << 1 | (c & 0x1F) << 11
            second = b << 1 | c >> 5 << 11
            group = first.to_bytes(2, "little") + second.to_bytes(2, "little")
            out += group[: (2, 4, 4)[held - 1]]
        else:
            out += (a | b << 10 | c << 20).to_bytes(4, "little")[: (2, 3, 4)[held - 1]]
    return bytes(out)
