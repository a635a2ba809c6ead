#!/usr/bin/env python3
"""Writes the test vectors of this directory, with an independent implementation of FORMAT.md.

Existing vectors must not change, because that would change the format. After running this script to
add scenarios, `git diff` should show new files only. It needs the package `cryptography`.
"""

import base64
import hashlib
import hmac
import pathlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = pathlib.Path(__file__).parent

SECRET = "v1-KAT/3kq0ZtX7uYw2RfMh8NcLs5BdGe9PjVa4oTxQi6Uz1"
OLDER = "v1-KAT/older-W8rHnq2Lk6YtFz0CmXvJ5sGdBp9ToEa3uQi7"
REMOVED = "v1-KAT/removed-E4jZb1Mx7RqVn0LsTw9KcHf5YgPd3uAo8"
CONTEXTS = ["https://shop.example", "auth"]
RANDOM = bytes(range(0x40, 0x60))
ID = bytes(range(0xA0, 0xB0))
PLAINTEXT = b"A sealed session."

MAX_VALUE = 3500


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(key, info, length):
    output, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = mac(key, block + info + bytes([counter]))
        output += block
    return output[:length]


def prefixed(part):
    return len(part).to_bytes(4, "big") + part


def purpose_key(secret, label, purpose, contexts):
    prk = mac(b"tower-oidc/seal/v1", secret.encode())
    parts = [purpose.encode()] + [context.encode() for context in contexts]
    return expand(prk, label + b"".join(map(prefixed, parts)), 32)


def seal_keys(secret, purpose, contexts, salt):
    okm = expand(purpose_key(secret, b"seal", purpose, contexts), b"\x01" + salt, 64)
    return okm[:32], okm[32:44], okm[44:]


def seal(plaintext, secret=SECRET, purpose="session", contexts=CONTEXTS, extra=b"", random=RANDOM, version=1):
    salt_key = purpose_key(secret, b"salt", purpose, contexts)
    salt = mac(salt_key, random + prefixed(extra) + plaintext)[:20]
    key, nonce, commitment = seal_keys(secret, purpose, contexts, salt)
    header = bytes([version]) + salt + commitment
    return header + AESGCM(key).encrypt(nonce, plaintext, header + extra)


def encode(blob):
    return base64.urlsafe_b64encode(blob).rstrip(b"=").decode()


def split(text):
    first, rest = text[: MAX_VALUE - 1], text[MAX_VALUE - 1 :]
    slices = [rest[at : at + MAX_VALUE - 9] for at in range(0, len(rest), MAX_VALUE - 9)]
    count = str(len(slices) + 1)
    return [count + first] + [count + text[:8] + slice for slice in slices]


def flip(blob, at):
    return blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]


def write(name, comment, fields):
    lines = [f"# {comment}"] + [f"{key}: {value}".rstrip() for key, value in fields]
    path = HERE / f"{name}.txt"
    path.write_text("\n".join(lines) + "\n")


def setting(secrets, purpose, contexts):
    fields = [("secret", secret) for secret in secrets] + [("purpose", purpose)]
    return fields + [("context", context) for context in contexts]


def blob(name, comment, text, outcome, secrets=(SECRET,), purpose="session", contexts=CONTEXTS, extra=b"", random=None):
    fields = setting(secrets, purpose, contexts)
    if extra:
        fields.append(("extra", extra.hex()))
    if random:
        fields.append(("random", random.hex()))
    write(f"blob_{name}", comment, fields + [("text", text), outcome])


def opens(plaintext):
    return ("opens", plaintext.hex())


def fails(kind):
    return ("fails", kind)


def blobs():
    good = seal(PLAINTEXT)
    text = encode(good)
    for purpose, extra in [("session", b""), ("txn", ID), ("logout", b"")]:
        sealed = encode(seal(PLAINTEXT, purpose=purpose, extra=extra))
        blob(f"opens_{purpose}", f"Sealed for {purpose}.", sealed, opens(PLAINTEXT), purpose=purpose, extra=extra, random=RANDOM)
    blob("opens_empty", "Nothing but the seal.", encode(seal(b"")), opens(b""), random=RANDOM)
    blob("opens_without_contexts", "No context.", encode(seal(PLAINTEXT, contexts=[])), opens(PLAINTEXT), contexts=[], random=RANDOM)
    blob(
        "opens_additional_secret",
        "Sealed under the second secret.",
        encode(seal(PLAINTEXT, secret=OLDER)),
        ("opens-and-needs-reseal", PLAINTEXT.hex()),
        secrets=(SECRET, OLDER),
    )

    for version in (0, 2, 255):
        sealed = encode(seal(PLAINTEXT, version=version))
        blob(f"version_{version}", f"Version {version}, sealed like version 1.", sealed, fails("unknown_version"))

    blob("salt_changed", "One bit of the salt.", encode(flip(good, 1)), fails("no_matching_secret"))
    blob("commitment_changed", "One bit of the commitment.", encode(flip(good, 40)), fails("no_matching_secret"))
    blob("ciphertext_changed", "One bit of the ciphertext.", encode(flip(good, 41)), fails("not_authentic"))
    blob("tag_changed", "One bit of the tag.", encode(flip(good, len(good) - 1)), fails("not_authentic"))
    blob("cut", "The last byte is missing.", encode(good[:-1]), fails("not_authentic"))
    blob("appended", "A byte too many.", encode(good + b"\0"), fails("not_authentic"))
    blob("too_short", "One byte shorter than the blob of an empty plaintext.", encode(seal(b"")[:-1]), fails("malformed"))
    blob("empty", "No text.", "", fails("malformed"))

    # 57 + 17 bytes leave two bytes for the last three characters, and two bits of the last unused.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    trailing = text[:-1] + alphabet[alphabet.index(text[-1]) | 1]
    assert len(good) % 3 == 2 and trailing != text
    assert base64.urlsafe_b64decode(trailing + "=") == good
    blob("trailing_bits", "The same bytes, but unused bits are not zero.", trailing, fails("malformed"))
    blob("padded", "With padding.", text + "=", fails("malformed"))
    blob("standard_alphabet", "Base64 with + and /.", text.replace("-", "+").replace("_", "/"), fails("malformed"))
    assert "-" in text or "_" in text
    blob("white_space", "A space inside.", text[:40] + " " + text[40:], fails("malformed"))
    blob("percent", "A character percent-encoded.", text[:40] + "%%%02X" % ord(text[40]) + text[41:], fails("malformed"))

    blob("wrong_purpose", "The value of a sign-in as a session.", encode(seal(PLAINTEXT, purpose="txn")), fails("no_matching_secret"))
    blob("wrong_context", "Sealed for another origin.", encode(seal(PLAINTEXT, contexts=["https://staging.shop.example", "auth"])), fails("no_matching_secret"))
    blob("context_border", "The same letters with another boundary.", encode(seal(PLAINTEXT, contexts=["a", "bc"])), fails("no_matching_secret"), contexts=["ab", "c"])
    blob("wrong_extra", "Sealed for another id.", encode(seal(PLAINTEXT, purpose="txn", extra=ID)), fails("not_authentic"), purpose="txn", extra=flip(ID, 15))
    blob("removed_secret", "Sealed under a secret that was removed.", encode(seal(PLAINTEXT, secret=REMOVED)), fails("no_matching_secret"), secrets=(SECRET, OLDER))

    other = seal(PLAINTEXT, secret=OLDER)
    commitment = seal_keys(SECRET, "session", CONTEXTS, other[1:21])[2]
    blob(
        "commitment_substituted",
        "The first secret's commitment before the second's ciphertext.",
        encode(other[:21] + commitment + other[41:]),
        fails("not_authentic"),
        secrets=(SECRET, OLDER),
    )


def chunk(name, comment, cookies, outcomes, random=None):
    fields = setting([SECRET], "session", CONTEXTS) + [("name", "auth")]
    if random:
        fields.append(("random", random.hex()))
    cookies = [("cookie", f"{name}={value}") for name, value in cookies]
    write(f"chunk_{name}", comment, fields + cookies + outcomes)


def named(values):
    return [("auth" if at == 0 else f"auth.{at}", value) for at, value in enumerate(values)]


def repeated(plaintext, count):
    return ("opens-repeated", f"{count} {plaintext.hex()}")


def chunks():
    one = named(split(encode(seal(PLAINTEXT))))
    other = named(split(encode(seal(PLAINTEXT, random=RANDOM[::-1]))))
    word = b"0123456789abcdef"
    two_words, three_words = 200, 360
    two = named(split(encode(seal(word * two_words))))
    other_two = named(split(encode(seal(word * two_words, random=RANDOM[::-1]))))
    three = named(split(encode(seal(word * three_words))))
    assert (len(one), len(two), len(three)) == (1, 2, 3)
    good, good_two, good_three = opens(PLAINTEXT), repeated(word, two_words), repeated(word, three_words)
    incomplete, malformed = fails("incomplete"), fails("malformed")

    chunk("one", "The usual session.", one, [good], random=RANDOM)
    chunk("three", "Three chunks.", three, [good_three], random=RANDOM)
    # The largest plaintext of one chunk, and one byte more.
    full = (MAX_VALUE - 1) * 3 // 4 - 57
    for name, length in [("one_full", full), ("one_and_a_byte", full + 1)]:
        cookies = named(split(encode(seal(b"x" * length))))
        chunk(name, f"{length} bytes.", cookies, [repeated(b"x", length)], random=RANDOM)
    chunk("any_order", "The last chunk first.", three[::-1], [good_three])
    chunk("duplicate", "One chunk twice, the same.", two + two[1:], [good_two])
    chunk("left_over", "A chunk of an older, longer value is still there.", one + two[1:], [good])
    chunk("other_names", "Names that only look like ours.", [("authX", "1x"), ("auth.0", "1x"), ("auth.9", "1x"), ("auth.01", "1x"), ("auth.1x", "1x"), ("AUTH", "1x")] + one, [good])
    chunk("other_hosts_garbage", "A cookie of our name from another host comes first.", [("auth", "garbage")] + one, [good])
    chunk("two_values", "Two complete values under one name: both open, in order.", other + one, [good, good])

    chunk("missing_first", "Chunk 0 is missing.", two[1:], [incomplete])
    chunk("missing_last", "The last chunk is missing.", three[:2], [incomplete])
    chunk("missing_middle", "Chunk 1 is missing.", [three[0], three[2]], [incomplete])
    chunk("swapped", "Chunks 0 and 1 under each other's names.", [("auth", two[1][1]), ("auth.1", two[0][1])], [incomplete])
    chunk("swapped_full", "Chunks 1 and 2 under each other's names.", [three[0], ("auth.1", three[2][1]), ("auth.2", three[1][1])], [incomplete])
    chunk("two_writes", "Chunk 0 of one write, chunk 1 of another.", [two[0], other_two[1]], [incomplete])
    changed = two[1][1][:-1] + ("A" if two[1][1][-1] != "A" else "B")
    chunk("differing_duplicate", "Two different chunks with one index.", two + [("auth.1", changed)], [incomplete])
    chunk("changed", "One character of chunk 1.", [two[0], ("auth.1", two[1][1][:9] + ("A" if two[1][1][9] != "A" else "B") + two[1][1][10:])], [fails("not_authentic")])
    for name, digit in [("zero", "0"), ("ten", ":")]:
        chunk(f"count_{name}", f"The count is {digit!r}.", [("auth", digit + one[0][1][1:])], [malformed])
    chunk("count_below_index", "Chunk 1 with a count of one.", [("auth.1", "1" + one[0][1][1:9] + "A")], [malformed])
    chunk("count_differs", "The same write, but another count.", [two[0], ("auth.1", "3" + two[1][1][1:])], [incomplete])
    chunk("not_full", "A slice before the last is one character short.", [("auth", two[0][1][:-1]), two[1]], [incomplete])
    chunk("empty_slice", "The last slice is empty.", [two[0], ("auth.1", two[1][1][:9])], [incomplete])
    chunk("too_long", "3,501 characters in one value.", [("auth", "1" + "A" * MAX_VALUE)], [malformed])
    chunk("quoted", "Quotes are part of the value.", [("auth", f'"{one[0][1]}"')], [malformed])


    garbage = [("auth.8", "garbage")]
    chunk("sixteen_read", "The sixteenth cookie with one of our names is read.", garbage * 15 + one, [good])
    chunk("seventeenth", "The seventeenth cookie with one of our names is not read, although the others are not chunks.", garbage * 16 + one, [malformed])
    others = [(f"auth.{encode(bytes([at]) * 16)}", "garbage") for at in range(16)]
    chunk("behind_a_set", "Cookies of a set do not count towards the sixteen.", others + one, [good])
    forged = [named(split(encode(seal(PLAINTEXT, secret=REMOVED, random=bytes([at]) * 32)))) for at in range(4)]
    no_secret = fails("no_matching_secret")
    chunk("fourth_group", "The fourth complete group is opened.", sum(forged[:3], []) + one, [no_secret] * 3 + [good])
    chunk("fifth_group", "The fifth complete group is not opened.", sum(forged, []) + one, [no_secret] * 4)
    chunk("group_order", "Groups are in the order of their first chunk, which here is chunk 1 of the second value.", [two[1], one[0], two[0]], [good_two, good])
    invalid = [two[0], two[1], ("auth.1", changed)]
    chunk("invalid_does_not_count", "An invalid group does not count towards the four.", invalid + sum(forged[:3], []) + one, [no_secret] * 3 + [good])
    chunk("seven_characters", "A value of seven characters is not a chunk 0.", [("auth", "1AAAAAAA")] + one, [good])
    chunk("eight_characters", "A value of eight characters is a chunk 0, but its text is too short.", [("auth", "1AAAAAAAA")] + one, [malformed, good])


def identified(name, comment, cookies, outcomes, wanted=ID):
    fields = setting([SECRET], "txn", CONTEXTS) + [("name", "auth.txn"), ("wanted", wanted.hex())]
    write(f"id_{name}", comment, fields + [("cookie", f"{name}={value}") for name, value in cookies] + outcomes)


def ids():
    def cookie(id, plaintext=PLAINTEXT, sealed_for=None):
        text = encode(seal(plaintext, purpose="txn", extra=sealed_for or id))
        return (f"auth.txn.{encode(id)}", text)

    def listed(*ids):
        return [("listed", id.hex()) for id in ids]

    ours, name = cookie(ID), f"auth.txn.{encode(ID)}"
    garbage = (name, "garbage")
    good, malformed, absent = opens(PLAINTEXT), fails("malformed"), ("absent", "yes")
    others = [bytes([at]) * 16 for at in range(20)]
    identified("one", "The usual sign-in.", [ours], [good] + listed(ID))
    identified("absent", "Only a cookie with another id.", [cookie(others[1])], [absent] + listed(others[1]))
    identified("renamed", "The value of another id.", [cookie(ID, sealed_for=others[1])], [fails("not_authentic")] + listed(ID))
    identified("fourth_value", "Three others under the name come first.", [garbage] * 3 + [ours], [good] + listed(ID))
    identified("fifth_value", "Four others under the name come first.", [garbage] * 4 + [ours], [malformed] + listed(ID))
    identified("first_that_opens", "Two values that open: the first one is used.", [ours, cookie(ID, b"another")], [good] + listed(ID))
    behind = [cookie(other) for other in others] + [ours]
    identified("behind_others", "Twenty other ids come first: sixteen are listed, and the wanted id is found.", behind, [good] + listed(*others[:16]))
    again = [cookie(other) for other in others[:16]] * 2 + [cookie(others[17])]
    identified("listed_once", "Each id is listed once, in the order of the first cookies.", again, [absent] + listed(*others[:16]))
    longest = (MAX_VALUE * 3 // 4) - 57
    assert len(cookie(ID, b"x" * longest)[1]) == MAX_VALUE
    identified("longest", "3,500 characters.", [cookie(ID, b"x" * longest)], [repeated(b"x", longest)] + listed(ID))
    identified("too_long", "An authentic value of 3,502 characters.", [cookie(ID, b"x" * (longest + 1))], [malformed] + listed(ID))
    identified("chunked", "The same text as chunk 0 of one chunk.", [(name, "1" + ours[1])], [fails("unknown_version")] + listed(ID))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    odd = name[:-1] + alphabet[alphabet.index(name[-1]) | 1]
    assert odd != name
    names = [odd, name[:-1], name + "A", name.upper(), name.replace("txn.", "txn"), name.replace("txn.", "txn-")]
    identified("other_names", "Names that only look like ours, the first with unused bits that are not zero.", [(other, ours[1]) for other in names], [absent])


def worked_example():
    """Prints the steps that FORMAT.md shows."""
    prk = mac(b"tower-oidc/seal/v1", SECRET.encode())
    key, salt_key = (purpose_key(SECRET, label, "session", CONTEXTS) for label in (b"seal", b"salt"))
    sealed = seal(PLAINTEXT)
    salt = sealed[1:21]
    steps = [("secret", SECRET.encode().hex())] + setting([], "session", CONTEXTS) + [
        ("random", RANDOM.hex()),
        ("plaintext", PLAINTEXT.hex()),
        ("PRK", prk.hex()),
        ("fingerprint", expand(prk, b"fingerprint", 4).hex()),
        ("K", key.hex()),
        ("H", salt_key.hex()),
        ("salt", salt.hex()),
        ("OKM", expand(key, b"\x01" + salt, 64).hex()),
        ("blob", sealed.hex()),
        ("text", encode(sealed)),
        ("chunk", split(encode(sealed))[0]),
    ]
    print("\n".join(f"{key}: {value}" for key, value in steps))


blobs()
chunks()
ids()
worked_example()
