#!/usr/bin/env python3
"""Writes the vectors beside this file, from SESSION.md alone: `./generate.py`.

Each is one scenario: the plaintext of a session in hexadecimal, and what a reader gets from it. It is an
independent implementation, so it shares no code and no mistake with the crate. Its compressor is simpler than that of
the crate, because the vectors pin what is read and not how it is written."""

import base64
import json
from pathlib import Path

HERE = Path(__file__).parent
DICTIONARY = (HERE.parent / "block" / "dictionary-1.txt").read_bytes()

SESSION_ID = bytes(range(12))
PROVIDER = bytes(range(0x50, 0x58))
CREATED_AT = 1_795_000_000_123
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

ISS = "https://op.example/oidc"
GUID = "6fa459ea-ee8a-3ca4-894e-db77e160355e"
# Its bytes are quotes and braces.
GUID_LIKE_JSON = "22737562-223a-2265-7669-6c227d7b7d2c"


def number(value):
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def sized(content):
    return number(len(content)) + content


def characters(text):
    bits = "".join(f"{BASE64URL.index(character):06b}" for character in text)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def field(tag, block=b"", outside=b""):
    """A field: its part in the block, and its part outside."""
    head = bytes([tag | 0x20]) + number(len(outside)) if outside else bytes([tag])
    return head + sized(block), outside


def joined(fields):
    return b"".join(block for block, _ in fields), b"".join(outside for _, outside in fields)


def encoded(json_text):
    return base64.urlsafe_b64encode(json_text.encode()).decode().rstrip("=")


def jwt(payload, signature="c2ln" * 11, header='{"alg":"RS256"}'):
    return f"{encoded(header)}.{encoded(payload)}.{signature}"


def jwt_token(payload, signature="c2ln" * 11, header='{"alg":"RS256"}'):
    """Form 1."""
    block = bytes([1]) + number(len(signature)) + sized(header.encode()) + sized(payload.encode())
    return block, characters(signature)


def jwt_outside(payload, signature, header='{"alg":"RS256"}'):
    """Form 2."""
    parts = header.encode(), payload.encode()
    lengths = number(len(signature)) + b"".join(number(len(part)) for part in parts)
    return bytes([2]) + lengths, b"".join(parts) + characters(signature)


def text_token(text):
    """Form 0."""
    return bytes([0]), text.encode()


def packed_token(text):
    """Form 3."""
    return bytes([3]) + number(len(text)), characters(text)


def segments_token(text):
    """Form 4."""
    lengths = b"".join(number(len(segment)) for segment in text.split("."))
    return bytes([4]) + lengths, characters(text.replace(".", ""))


def ranges(payload, iss, sub):
    """Field 17, where the values stand."""
    at = lambda name, value: payload.encode().index(f'"{name}":"{value}"'.encode()) + len(name) + 4
    places = [(at("iss", iss), len(iss.encode())), (at("sub", sub), len(sub.encode()))]
    return field(17, b"".join(number(start) + number(length) for start, length in places))


def access_token(token, expires_at=None, resource=None, more=()):
    fields = [field(1, *token)]
    if expires_at is not None:
        fields.append(field(2, number(expires_at)))
    if resource is not None:
        fields.append(field(3, resource.encode()))
    return field(3, *joined(fields + list(more)))


def extra(length):
    """What follows the four bits of a length in an LZ4 block."""
    rest = length - 15
    return b"\xff" * (rest // 255) + bytes([rest % 255]) if rest >= 0 else b""


def literals(text):
    """An LZ4 block of literals alone."""
    return bytes([min(len(text), 15) << 4]) + extra(len(text)) + text


def lz4(text):
    """An LZ4 block that takes the first match that it finds, in the dictionary or in the text."""
    whole = DICTIONARY + text
    block, start, at = bytearray(), len(DICTIONARY), len(DICTIONARY)
    while at + 12 <= len(whole):
        length = 0
        found = whole.rfind(whole[at : at + 4], 0, at + 3)
        if found >= 0 and at - found <= 0xFFFF:
            while at + length < len(whole) - 5 and whole[found + length] == whole[at + length]:
                length += 1
        if length < 4:
            at += 1
            continue
        run, more = at - start, length - 4
        block.append(min(run, 15) << 4 | min(more, 15))
        block += extra(run) + whole[start:at] + (at - found).to_bytes(2, "little") + extra(more)
        at += length
        start = at
    return bytes(block) + literals(whole[start:])


def stored(block):
    return bytes([0]) + sized(block)


def compressed(packed, write=lz4, expanded=None):
    length = len(packed) if expanded is None else expanded
    return bytes([1]) + number(length) + sized(write(packed))


def plaintext(fields, block_as=compressed, schema=1, trailing=b""):
    block, outside = joined(fields)
    frame = bytes([schema]) + SESSION_ID + PROVIDER
    # Generation, created at, sealed at, not after, and `iat` of the ID token.
    for value in (3, CREATED_AT, 900_333, 604_800, 14):
        frame += number(value)
    body = frame + block_as(block) + outside + trailing + b"\x80"
    return body + bytes(-len(body) % 64)


def write(name, comment, content, **expected):
    lines = [f"# {comment}", f"plaintext: {content.hex()}"]
    for key, value in expected.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{key.replace('_', '-')}: {value}" for value in values]
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")


CLAIMS = f'{{"sub":"42","name":"Al","email":"al@example.org","email_verified":true,"iss":"{ISS}"}}'
ID_TOKEN = [field(1, *jwt_token(CLAIMS)), ranges(CLAIMS, ISS, "42")]
EXPECTED = {"id_token": jwt(CLAIMS), "claims": CLAIMS, "sub": "42", "iss": ISS}


def claims_only(claims, iss=ISS, sub="42"):
    return [field(5, claims.encode()), ranges(claims, iss, sub)]


def accepted():
    write("stored", "The block is not compressed.", plaintext(ID_TOKEN, stored), **EXPECTED)
    write("compressed", "The block is compressed with dictionary 1.", plaintext(ID_TOKEN), **EXPECTED)
    write(
        "literals",
        "A compressed block may have no match.",
        plaintext(ID_TOKEN, lambda block: compressed(block, literals)),
        **EXPECTED,
    )
    opaque = "C6gn5mSh74ci5juLJJbeKlmeJzmb90IJn5B1MKgi5mg"
    encrypted = "aGVhZGVy..aXY.Y2lwaGVy.dGFn"
    short = jwt(CLAIMS, "c2ln")
    for name, token, text in (
        ("text", text_token("1//0g has+any/text="), "1//0g has+any/text="),
        ("packed", packed_token(opaque), opaque),
        ("segments", segments_token(encrypted), encrypted),
        ("jwt", jwt_token(CLAIMS), jwt(CLAIMS)),
        ("jwt_outside", jwt_outside(CLAIMS, "c2ln"), short),
    ):
        fields = ID_TOKEN + [field(2, *token), access_token(token, 1_795_003_600)]
        write(
            f"token_{name}",
            "A refresh token and an access token in this form.",
            plaintext(fields),
            **EXPECTED,
            refresh_token=text,
            access_token=text,
        )
    resources = [
        access_token(packed_token(f"token{at}"), resource=f"https://{at}.example") for at in range(3)
    ]
    write(
        "access_tokens",
        "Tokens of resources take their bytes outside in their order.",
        plaintext(ID_TOKEN + resources + [field(7, outside=b"[7]")]),
        **EXPECTED,
        access_token=["token0", "token1", "token2"],
        data="[7]",
    )
    secret = '{"sub":"42","idp":{"access_token":"ya29"}}'
    write(
        "claims_outside",
        "Claims that name a secret are outside of the block.",
        plaintext([field(5, outside=secret.encode())]),
        claims=secret,
        sub="42",
        iss="",
    )


def identities():
    nested = f'{{"act":{{"sub":"7"}},"iss":"{ISS}","sub":"42"}}'
    fields = claims_only(nested)
    fields[1] = field(17, number(nested.index("https")) + number(len(ISS)) + number(len(nested) - 4) + number(2))
    write("nested_sub", "The sub of an actor is not that of the user.", plaintext(fields), claims=nested, sub="42", iss=ISS)
    escaped = f'{{"iss":"{ISS}","sub":"4\\u0032"}}'
    write("escaped_sub", "A sub with an escape has no range, and is parsed.", plaintext([field(5, escaped.encode())]), claims=escaped, sub="42", iss=ISS)
    name = f'{{"iss":"{ISS}","s\\u0075b":"42"}}'
    write("escaped_name", "The name of the member is sub.", plaintext([field(5, name.encode())]), claims=name, sub="42", iss=ISS)


def packings():
    guid_claims = lambda guid: f'{{"oid":"{guid}","iss":"{ISS}","sub":"42"}}'
    raw = lambda guid: bytes.fromhex(guid.replace("-", ""))
    for name, guid in (("guid", GUID), ("guid_like_json", GUID_LIKE_JSON)):
        claims = guid_claims(guid)
        pack = lambda block: compressed(block.replace(guid.encode(), b"\xfe" + raw(guid)))
        write(name, "A GUID in 16 bytes.", plaintext(claims_only(claims), pack), claims=claims, sub="42", iss=ISS)
    groups = f'{{"groups":["{GUID}","{GUID_LIKE_JSON}"],"iss":"{ISS}","sub":"42"}}'
    listed = f'{GUID}","{GUID_LIKE_JSON}'
    pack = lambda block: compressed(
        block.replace(listed.encode(), b"\xfd\x02" + raw(GUID) + raw(GUID_LIKE_JSON))
    )
    write("guids", "GUIDs of an array.", plaintext(claims_only(groups), pack), claims=groups, sub="42", iss=ISS)
    digest, random = "d41d8cd98f00b204e9800998ecf8427e", "qDSA9q93Yr6SM6IEVTQENHt70W94KpACpGecAtml1rs"
    claims = f'{{"h":"{digest}","r":"{random}","iss":"{ISS}","sub":"42"}}'
    pack = lambda block: compressed(
        block.replace(digest.encode(), b"\xfb\x20" + bytes.fromhex(digest)).replace(
            random.encode(), b"\xfc\x2b" + characters(random)
        )
    )
    write("digits", "Hexadecimal digits and base64url.", plaintext(claims_only(claims), pack), claims=claims, sub="42", iss=ISS)
    mark = ID_TOKEN + [field(8, number(0x7F)), field(0x40 | 1, b"\xff\xfe\xfd\xfc\xfb")]
    pack = lambda block: compressed(b"".join(bytes([255, b]) if b > 0xFA else bytes([b]) for b in block))
    write("marks", "Bytes that are marks stand for themselves.", plaintext(mark, pack), **EXPECTED)


def refused():
    no = lambda name, comment, content, reason="malformed": write(name, comment, content, refused=reason)
    no("schema_0", "The schema before.", plaintext(ID_TOKEN, schema=0), "unknown_version")
    no("schema_2", "A later schema.", plaintext(ID_TOKEN, schema=2), "unknown_version")
    unknown = lambda block: bytes([2]) + compressed(block)[1:]
    no("unknown_dictionary", "Another dictionary.", plaintext(ID_TOKEN, unknown), "unknown_version")
    critical = ID_TOKEN + [field(0x80 | 18, b"key")]
    no("critical_tag", "A critical tag of a later version.", plaintext(critical), "unknown_version")
    for name, wrong in (("short", -1), ("long", 1), ("none", None)):
        expand = lambda block: compressed(block, expanded=0 if wrong is None else len(block) + wrong)
        no(f"length_{name}", "The block has another length.", plaintext(ID_TOKEN, expand))
    bomb = lambda block: bytes([1]) + number(1 << 20) + sized(b"\x1f\x00\x01\x00" + b"\xff" * 4112 + b"\x00")
    no("bomb", "Four kilobytes that would become a megabyte.", plaintext(ID_TOKEN, bomb))
    beyond = lambda block: compressed(block, expanded=65_537)
    no("beyond_the_bound", "More than a block may have.", plaintext(ID_TOKEN, beyond))
    before = lambda block: bytes([1]) + number(20) + sized(b"\x1fa\xff\xff\x01")
    no("before_the_dictionary", "A match before the dictionary.", plaintext(ID_TOKEN, before))
    cut = lambda block: compressed(block + b"\xfe\x01")
    no("guid_cut", "A GUID without its bytes.", plaintext(ID_TOKEN, cut))
    odd = lambda block: compressed(block + b"\xfb\x03\x01\x01")
    no("odd_digits", "An odd number of digits.", plaintext(ID_TOKEN, odd))
    no("outside_left", "Bytes outside that belong to no field.", plaintext(ID_TOKEN, trailing=b"left"))
    block, outside = field(2, *packed_token("token"))
    no("outside_missing", "More bytes outside than there are.", plaintext(ID_TOKEN + [(block, outside[:-1])]))
    no("twice", "A tag that may occur once occurs twice.", plaintext(ID_TOKEN + [field(4, b"a"), field(4, b"b")]))
    no("no_identity", "Neither an ID token nor claims.", plaintext([field(4, b"openid")]))


for former in HERE.glob("*.txt"):
    former.unlink()
accepted()
identities()
packings()
refused()
