#!/usr/bin/env python3
"""Writes the vectors beside this file, from SESSION.md alone: `./generate.py`.

Each is one scenario: the plaintext of a session in hexadecimal, and what a reader gets from it. It is an
independent implementation, so it shares no code and no mistake with the crate. Its packer is simpler than that of
the crate, because the vectors pin what is read and not how it is written."""

import base64
import json
from pathlib import Path

HERE = Path(__file__).parent
PHRASES = (HERE.parent / "block" / "dictionary-1.txt").read_bytes().splitlines()

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


def form(number, characters):
    """The first byte of a token, with the bit for one character fewer than the bytes outside have room for."""
    return bytes([number | (0x10 if characters % 4 == 3 else 0)])


def jwt_token(payload, signature="c2ln" * 11, header='{"alg":"RS256"}'):
    """Form 1."""
    block = form(1, len(signature)) + sized(header.encode()) + payload.encode()
    return block, characters(signature)


def jwt_outside(payload, signature, header='{"alg":"RS256"}'):
    """Form 2."""
    parts = header.encode(), payload.encode()
    lengths = b"".join(number(len(part)) for part in parts)
    return form(2, len(signature)) + lengths, b"".join(parts) + characters(signature)


def text_token(text):
    """Form 0."""
    return bytes([0]), text.encode()


def packed_token(text):
    """Form 3."""
    return form(3, len(text)), characters(text)


def segments_token(text):
    """Form 4."""
    together = text.replace(".", "")
    lengths = b"".join(number(len(segment)) for segment in text.split(".")[:-1])
    return form(4, len(together)) + lengths, characters(together)


def places(payload, iss, sub):
    """Where the values stand: start and length of each."""
    at = lambda name, value: payload.encode().index(f'"{name}":"{value}"'.encode()) + len(name) + 4
    return [at("iss", iss), len(iss.encode()), at("sub", sub), len(sub.encode())]


def ranges(numbers):
    """Field 17."""
    return field(17, b"".join(number(it) for it in numbers))


def spaced(numbers):
    return " ".join(str(it) for it in numbers)


def difference(seconds):
    """A time, relative to that of the sign-in."""
    before = CREATED_AT // 1000 - seconds
    return number(2 * before if before >= 0 else -2 * before - 1)


def access_token(token, expires_at=None, lifetime=None, resource=None, organization=None, scopes=None, more=()):
    """Field 3."""
    fields = []
    if expires_at is not None:
        fields.append(field(2, difference(expires_at) + (b"" if lifetime is None else number(lifetime))))
    for tag, text in ((3, resource), (4, organization), (5, scopes)):
        if text is not None:
            fields.append(field(tag, text.encode()))
    block, outside = token
    return field(3, *joined(fields + list(more) + [(bytes([0]) + block, outside)]))


def hexadecimal(fields):
    """Fields that are copied: what is in the block, and what is outside."""
    return " | ".join(part.hex() for part in joined(fields))


def phrase(at):
    """The instruction for the phrase of a line of the dictionary."""
    return bytes([0x80 + at]) if at < 80 else bytes([0xD0 + (at - 80) // 256, (at - 80) % 256])


def literals(text):
    """A packed block without phrases and copies."""
    return b"".join(bytes([byte]) if byte < 0x80 else bytes([0xF0, byte]) for byte in text)


def copy(length, distance):
    bits = (length - 4) << 13 | (distance - 1)
    return bytes([0xE0 | bits >> 16, bits >> 8 & 0xFF, bits & 0xFF])


def packed(text):
    """A packed block that takes the longest phrase or repetition at each place."""
    block, at = b"", 0
    while at < len(text):
        length = next((n for n in range(min(131, at, len(text) - at), 3, -1) if text[at : at + n] in text[:at]), 0)
        found = max((it for it in PHRASES if text.startswith(it, at)), key=len, default=b"")
        if length > len(found):
            block += copy(length, at - text.rindex(text[at : at + length], 0, at))
            at += length
        elif found:
            block += phrase(PHRASES.index(found))
            at += len(found)
        else:
            block += literals(text[at : at + 1])
            at += 1
    return block


def stored(block):
    return bytes([0]) + sized(block)


def compressed(block, pack=packed, expanded=None):
    length = len(block) if expanded is None else expanded
    return bytes([1]) + number(length) + sized(pack(block))


def replaced(*pairs):
    """A block in which texts are written by instructions, and the rest without."""

    def pack(block):
        written = b""
        while block:
            found = [(block.index(text), text, instruction) for text, instruction in pairs if text in block]
            at, text, instruction = min(found, default=(len(block), b"", b""))
            written += literals(block[:at]) + instruction
            block = block[at + len(text) :]
        return written

    return lambda block: compressed(block, pack)


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
        values = [json.dumps(it, ensure_ascii=False) if isinstance(it, dict) else it for it in values]
        lines += [f"{key.replace('_', '-')}: {value}" for value in values]
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")


CLAIMS = f'{{"sub":"42","name":"Al","email":"al@example.org","email_verified":true,"iss":"{ISS}"}}'
PLACES = places(CLAIMS, ISS, "42")
ID_TOKEN = [field(1, *jwt_token(CLAIMS)), ranges(PLACES)]
EXPECTED = {"id_token": jwt(CLAIMS), "claims": CLAIMS, "sub": "42", "iss": ISS, "ranges": spaced(PLACES)}


SECRET = f'{{"iss":"{ISS}","sub":"42","idp":{{"access_token":"ya29"}}}}'


def claims_only(claims):
    return [field(5, claims.encode()), ranges(places(claims, ISS, "42"))]


def of_claims(claims):
    """What is read from a session with these claims, and without their ranges."""
    return {"claims": claims, "sub": "42", "iss": ISS}


def accepted():
    write("stored", "The block is not compressed.", plaintext(ID_TOKEN, stored), **EXPECTED)
    write("compressed", "The block is compressed with dictionary 1.", plaintext(ID_TOKEN), **EXPECTED)
    write(
        "literals",
        "A compressed block may have no phrase and no copy.",
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
        fields = ID_TOKEN + [field(2, *token), access_token(token, 1_795_003_600, 3_600)]
        write(
            f"token_{name}",
            "A refresh token and an access token in this form.",
            plaintext(fields),
            **EXPECTED,
            refresh_token=text,
            access_token={"token": text, "expires_at": 1_795_003_600, "lifetime": 3_600},
        )
    # An ID token is a JWT, in one of two forms.
    write(
        "token_identity_outside",
        "An ID token with a short signature.",
        plaintext([field(1, *jwt_outside(CLAIMS, "c2ln")), ranges(PLACES)]),
        **EXPECTED | {"id_token": short},
    )
    write(
        "token_identity_with_a_secret",
        "An ID token that names a secret.",
        plaintext([field(1, *jwt_outside(SECRET, "c2ln" * 11))]),
        **of_claims(SECRET),
        id_token=jwt(SECRET),
    )


def every_access_token():
    resources = [
        access_token(packed_token(f"token{at}"), resource=f"https://{at}.example") for at in range(3)
    ]
    write(
        "access_tokens",
        "Tokens of resources take their bytes outside in their order.",
        plaintext(ID_TOKEN + resources + [field(7, outside=b"[7]")]),
        **EXPECTED,
        access_token=[{"token": f"token{at}", "resource": f"https://{at}.example"} for at in range(3)],
        data="[7]",
    )
    api = "https://api.example/ü"
    described = [
        {"expires_at": 1_795_000_600, "lifetime": 600},
        {"expires_at": 1_794_999_000, "resource": api},
        {"organization": "acmé", "scopes": "read write"},
        {"expires_at": 1_795_000_000, "lifetime": 0, "resource": api, "organization": "o", "scopes": ""},
    ]
    write(
        "access_tokens_described",
        "Access tokens with each of their fields: an expiry with and without a lifetime, before and after the sign-in.",
        plaintext(ID_TOKEN + [access_token(text_token(f"t.{at}"), **it) for at, it in enumerate(described)]),
        **EXPECTED,
        access_token=[{"token": f"t.{at}", **it} for at, it in enumerate(described)],
    )
    copied = [field(0x40 | 31, b"in", b"outside"), field(0x40 | 30)]
    unknown = [copied[0], field(31, b"dropped", b"dropped"), copied[1]]
    newer = [
        access_token(packed_token("kept"), more=unknown),
        access_token(packed_token("unusable"), more=[field(0x80 | 31, b"critical", b"outside")]),
        access_token(packed_token("after")),
    ]
    write(
        "access_tokens_of_a_newer_version",
        "An unknown field of an access token is dropped or copied, and an unknown critical field drops the token.",
        plaintext(ID_TOKEN + newer),
        **EXPECTED,
        access_token=[{"token": "kept", "copied": hexadecimal(copied)}, {"token": "after"}],
    )


def every_field():
    write(
        "claims_outside",
        "Claims that name a secret are outside of the block.",
        plaintext([field(5, outside=SECRET.encode())]),
        **of_claims(SECRET),
    )
    nobody = '{"sub":"42"}'
    write(
        "claims_without_an_issuer",
        "Claims without iss have no ranges.",
        plaintext([field(5, nobody.encode())]),
        **of_claims(nobody) | {"iss": ""},
    )
    write(
        "scopes",
        "The scopes of the access token without resource and organization.",
        plaintext(ID_TOKEN + [field(4, b"openid profile offline_access")]),
        **EXPECTED,
        scopes="openid profile offline_access",
    )
    more, secret = '{"roles":["admin"],"locale":"de"}', '{"Client-Secret":"x","roles":["admin"]}'
    for name, user_info, names, outside in (
        ("additional_claims", more, '["roles"]', False),
        ("additional_claims_outside", secret, '["Client-Secret","roles"]', True),
    ):
        encode = lambda tag, text: field(tag, outside=text.encode()) if outside else field(tag, text.encode())
        write(
            name,
            "Additional claims, and the names of those that the hook added.",
            plaintext(ID_TOKEN + [encode(6, user_info), encode(9, names)]),
            **EXPECTED,
            additional_claims=user_info,
            added=names,
        )
    for name, times in (
        ("times_after_the_sign_in", (1_795_000_900, 1_795_000_001)),
        ("times_before_the_sign_in", (1_794_999_999, 1_000_000_000)),
        ("times_of_the_sign_in", (1_795_000_000, 1_795_000_000)),
    ):
        write(
            name,
            "The time of the last refresh, and auth_time.",
            plaintext(ID_TOKEN + [field(8, difference(times[0])), field(11, difference(times[1]))]),
            **EXPECTED,
            refreshed_at=times[0],
            auth_time=times[1],
        )
    write(
        "sign_in",
        "What is known of the sign-in: it follows a refusal, its acr, the key of its provider, and its sid.",
        plaintext(ID_TOKEN + [field(10), field(12, b"urn:acr:2"), field(14, b"tenant-1.example"), field(0x40 | 15, "sïd".encode())]),
        **EXPECTED,
        follows_refusal="yes",
        acr="urn:acr:2",
        provider_key="tenant-1.example",
        sid="sïd",
    )
    for name, more in (("sign_in_demanded", b""), ("sign_in_demanded_by_a_later_version", b"more")):
        write(
            name,
            "Guards demanded the sign-in, for the second time in a row.",
            plaintext(ID_TOKEN + [field(10, bytes([2, 1, 2, 3, 4]) + more)]),
            **EXPECTED,
            follows_refusal="2 01020304",
        )
    for name, token, text in (
        ("id_token_hint", jwt_token(CLAIMS), jwt(CLAIMS)),
        ("id_token_hint_outside", jwt_outside(CLAIMS, "c2ln"), jwt(CLAIMS, "c2ln")),
    ):
        claims = f'{{"iss":"{ISS}","sub":"42","roles":[]}}'
        write(
            name,
            "An ID token beside the claims of the application.",
            plaintext(claims_only(claims) + [field(13, *token)]),
            **of_claims(claims),
            ranges=spaced(places(claims, ISS, "42")),
            id_token_hint=text,
        )
    copied = [field(0x40 | 18, b"in the block"), field(0x40 | 20, outside=b"outside"), field(0x40 | 19, b"in", b"out")]
    dropped = [field(20, b"in the block"), field(19, outside=b"outside"), field(18, b"in", b"out")]
    mixed = [it for pair in zip(dropped, copied) for it in pair]
    write(
        "unknown_fields",
        "Unknown fields are copied or dropped, with their bytes outside.",
        plaintext(ID_TOKEN + mixed + [field(7, outside=b"[7]")]),
        **EXPECTED,
        data="[7]",
        copied=hexadecimal(copied),
    )
    # A field of this size has three bytes more: its tag, and two for its length.
    for name, size, is_copied in (("unknown_fields_at_the_bound", 4_093, True), ("unknown_fields_beyond_the_bound", 4_094, False)):
        large = field(0x40 | 20, b"n" * size)
        write(
            name,
            "Unknown fields are copied as long as they take at most 4,096 bytes.",
            plaintext(ID_TOKEN + [large]),
            **EXPECTED,
            **({"copied": hexadecimal([large])} if is_copied else {}),
        )


def identities():
    nested = f'{{"act":{{"sub":"7"}},"iss":"{ISS}","sub":"42"}}'
    numbers = [nested.index("https"), len(ISS), len(nested) - 4, 2]
    write("nested_sub", "The sub of an actor is not that of the user.", plaintext([field(5, nested.encode()), ranges(numbers)]), **of_claims(nested), ranges=spaced(numbers))
    write("nested_sub_without_ranges", "Without ranges, the claims are parsed.", plaintext([field(5, nested.encode())]), **of_claims(nested))
    plain = f'{{"iss":"{ISS}","sub":"42"}}'
    right = places(plain, ISS, "42")
    for name, wrong in (
        ("without_quotes", right[:2] + [right[2], 1]),
        ("empty", right[:3] + [0]),
        ("beyond_the_end", right[:2] + [1_000_000, 2]),
        ("over_quotes", [2, len(plain) - 4] + right[2:]),
    ):
        write(f"ranges_{name}", "Ranges that are not used: the claims are parsed.", plaintext([field(5, plain.encode()), ranges(wrong)]), **of_claims(plain), ranges=spaced(wrong))
    backslash = f'{{"iss":"{ISS}","sub":"4\\u0032"}}'
    numbers = right[:3] + [7]
    write("ranges_with_a_backslash", "A range over an escape is not used.", plaintext([field(5, backslash.encode()), ranges(numbers)]), **of_claims(backslash), ranges=spaced(numbers))
    escaped = f'{{"iss":"{ISS}","sub":"4\\u0032"}}'
    write("escaped_sub", "A sub with an escape has no range, and is parsed.", plaintext([field(5, escaped.encode())]), **of_claims(escaped))
    name = f'{{"iss":"{ISS}","s\\u0075b":"42"}}'
    write("escaped_name", "The name of the member is sub.", plaintext([field(5, name.encode())]), **of_claims(name))


def packings():
    raw = lambda guid: bytes.fromhex(guid.replace("-", ""))

    def pinned(name, comment, members, *pairs):
        claims = f'{{{members},"iss":"{ISS}","sub":"42"}}'
        pairs = [(text.encode(), instruction) for text, instruction in pairs]
        write(name, comment, plaintext(claims_only(claims), replaced(*pairs)), **of_claims(claims), ranges=spaced(places(claims, ISS, "42")))

    for name, guid in (("guid", GUID), ("guid_like_json", GUID_LIKE_JSON)):
        pinned(name, "A GUID in 16 bytes.", f'"oid":"{guid}"', (guid, b"\xf4" + raw(guid)))
    listed = f'{GUID}","{GUID_LIKE_JSON}'
    instruction = b"\xf5\x02" + raw(GUID) + raw(GUID_LIKE_JSON)
    pinned("guids", "GUIDs of an array.", f'"groups":["{listed}"]', (listed, instruction))
    digest, random = "d41d8cd98f00b204e9800998ecf8427e", "qDSA9q93Yr6SM6IEVTQENHt70W94KpACpGecAtml1rs"
    pinned(
        "digits",
        "Hexadecimal digits and base64url, with their number.",
        f'"h":"{digest}","r":"{random}","s":"{random[:25]}"',
        (digest, b"\xf6\x20" + bytes.fromhex(digest)),
        (random, b"\xf7\x2b" + characters(random)),
        (random[:25], b"\xf7\x19" + characters(random[:25])),
    )
    lengths = ((0xF8, 22), (0xF9, 27), (0xFA, 32), (0xFB, 43))
    texts = {code: random[:length].replace("q", str(at)) for at, (code, length) in enumerate(lengths)}
    pinned(
        "lengths_of_base64url",
        "Base64url of the lengths that have their own instruction.",
        ",".join(f'"r{code}":"{text}"' for code, text in texts.items()),
        *((text, bytes([code]) + characters(text)) for code, text in texts.items()),
    )
    times = (1_795_000_000, 1_795_003_600, 1_794_999_940, 1_000_000_000, 9_999_999_999)
    pinned(
        "times",
        "Times relative to that of the sign-in.",
        ",".join(f'"t{at}":{time}' for at, time in enumerate(times)),
        *((str(time), b"\xf3" + difference(time)) for time in times),
    )
    pinned(
        "copies",
        "Repetitions, two of which reach into themselves, and one of which is far.",
        f'"a":"x{"y" * 20}","b":"{"zw" * 70}","c":"0123456789"',
        ("y" * 20, b"y" + copy(19, 1)),
        ("zw" * 70, b"zw\xf2" + number(138) + number(2)),
    )
    start, end = b'{"a":"0123456789abcdef","', b'm":"0123456789abcdef"'
    claims = start.decode() + "n" * 8_999 + end.decode() + f',"iss":"{ISS}","sub":"42"}}'
    far = b'm":"' + b"\xf2" + number(16) + number(len(start) - 6 + 9_000 + 3) + b'"'
    pairs = (b"n" * 8_999, b"n\xf2" + number(8_998) + number(1)), (end, far)
    content = plaintext(claims_only(claims), replaced(*pairs))
    write("far_copy", "A repetition more than 8,192 bytes away.", content, **of_claims(claims), ranges=spaced(places(claims, ISS, "42")))
    escapes = ID_TOKEN + [field(8, number(0x7F)), field(0x40 | 1, b"\x80\xd0\xe0\xf0\xff")]
    run = lambda block: replaced((b"\x80\xd0\xe0\xf0\xff", b"\xf1\x05\x80\xd0\xe0\xf0\xff"))(block)
    write("escaped_bytes", "Bytes that are instructions stand for themselves.", plaintext(escapes, run), **EXPECTED, refreshed_at=1_795_000_000 + 64, copied=hexadecimal(escapes[-1:]))


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
    bomb = lambda block: bytes([1]) + number(1 << 20) + sized(b"a\xf2" + number((1 << 20) - 1) + number(1))
    no("bomb", "Seven bytes that would become a megabyte.", plaintext(ID_TOKEN, bomb))
    beyond = lambda block: compressed(block, expanded=65_537)
    no("beyond_the_bound", "More than a block may have.", plaintext(ID_TOKEN, beyond))

    def ending(name, comment, instruction, stands_for):
        """A block that ends with an instruction; without it, it would be read."""
        pack = lambda block: compressed(block, lambda block: packed(block) + instruction, len(block) + stands_for)
        no(name, comment, plaintext(ID_TOKEN, pack))

    ending("copy_before_the_start", "A copy from before the start.", b"\xf2\x04" + number(60_000), 4)
    ending("copy_from_nowhere", "A copy with the distance 0.", b"\xf2\x04\x00", 4)
    ending("unknown_phrase", "A phrase that is not in the dictionary.", b"\xd7\xff", 1)
    ending("unknown_instruction", "What is no instruction.", b"\xd8\x00", 1)
    ending("guid_cut", "A GUID without its bytes.", b"\xf4\x01", 36)
    ending("odd_digits", "An odd number of digits.", b"\xf6\x03\x01\x01", 3)
    ending("time_without_ten_digits", "A time of eleven digits.", b"\xf3" + difference(10_000_000_000), 11)
    no("outside_left", "Bytes outside that belong to no field.", plaintext(ID_TOKEN, trailing=b"left"))
    block, outside = field(2, *packed_token("token"))
    no("outside_missing", "More bytes outside than there are.", plaintext(ID_TOKEN + [(block, outside[:-1])]))
    fewer = field(2, bytes([0x13]), characters("token"))
    no("one_fewer_without_room", "One character fewer would take a byte less.", plaintext(ID_TOKEN + [fewer]))
    no("twice", "A tag that may occur once occurs twice.", plaintext(ID_TOKEN + [field(4, b"a"), field(4, b"b")]))
    no("identity_twice", "Both an ID token and claims.", plaintext(ID_TOKEN + [field(5, CLAIMS.encode())]))
    no("scopes_not_utf8", "A text that is not UTF-8.", plaintext(ID_TOKEN + [field(4, b"\xff")]))
    resource = access_token(packed_token("t"), more=[field(3, b"\xff")])
    no("resource_not_utf8", "A resource that is not UTF-8.", plaintext(ID_TOKEN + [resource]))
    no("access_token_without_a_token", "An access token without its token.", plaintext(ID_TOKEN + [field(3, *field(3, b"r"))]))
    expiries = access_token(packed_token("t"), 1_795_003_600, more=[field(2, difference(1_795_003_600))])
    no("expiry_twice", "An access token with two expiries.", plaintext(ID_TOKEN + [expiries]))
    no("provider_key_empty", "A key of a provider without a byte.", plaintext(ID_TOKEN + [field(14)]))
    no("token_form_unknown", "A token in a form that does not exist.", plaintext(ID_TOKEN + [field(2, bytes([5]), b"t")]))
    no("no_identity", "Neither an ID token nor claims.", plaintext([field(4, b"openid")]))


for former in HERE.glob("*.txt"):
    former.unlink()
accepted()
every_access_token()
every_field()
identities()
packings()
refused()
