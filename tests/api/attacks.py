"""Tokens that somebody made up to get in, and what it takes to make them."""

import base64
import hmac
import json
import time
import zlib
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

from tests.api.door import EMAIL, SECRET, token
from tests.api.test_credentials import segment, unsigned

PADDING = "x" * 1_000_000
Header = dict[str, Any]


def claims() -> dict[str, Any]:
    return {"email": EMAIL, "exp": int(time.time()) + 600}


def signed(header: Any, payload: Any = None, secret: str = SECRET) -> str:
    """HS256 with *secret*, whatever the header says; both may be bytes that are no JSON."""
    content = claims() if payload is None else payload
    signing_input = f"{segment(header)}.{segment(content)}"
    return f"{signing_input}.{segment(hmac.digest(secret.encode(), signing_input.encode(), sha256))}"


def deflated(content: Any) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(json.dumps(content).encode()) + packer.flush()


def as_members(*members: tuple[str, Any]) -> bytes:
    """An object whose members may have one name."""
    return ("{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members) + "}").encode()


ATTACKS: dict[str, Callable[[], str]] = {
    **{f"alg {alg}": partial(unsigned, {"alg": alg}) for alg in ("none", "None", "nOnE", "NONE", " none", "")},
    **{f"alg {alg}, signed": partial(signed, {"alg": alg}) for alg in ("none", "hs256", "HS256 ", "dir", None, 0)},
    **{f"alg {alg}": partial(unsigned, {"alg": alg}, signature=b"x" * 64) for alg in ("RS256", "ES256", "EdDSA")},
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "crit": lambda: signed({"alg": "HS256", "crit": ["exp"], "exp": 1}),
    "crit that is not there": lambda: signed({"alg": "HS256", "crit": ["http://x.invalid"]}),
    "crit is empty": lambda: signed({"alg": "HS256", "crit": []}),
    "crit is null": lambda: signed({"alg": "HS256", "crit": None}),
    "b64 false": lambda: signed({"alg": "HS256", "b64": False}),
    "b64 false, critical": lambda: signed({"alg": "HS256", "b64": False, "crit": ["b64"]}),
    "b64 false, no payload": lambda: signed({"alg": "HS256", "b64": False, "crit": ["b64"]}, b""),
    "JWS in JWS": lambda: signed({"alg": "HS256", "cty": "JWT"}, token().encode()),
    "JWS in JWS, as a JSON string": lambda: signed({"alg": "HS256", "cty": "JWT"}, token()),
    "JWS with JSON serialisation": lambda: json.dumps(
        dict(zip(("protected", "payload", "signature"), token().split("."), strict=True))
    ),
    "compressed claims": lambda: signed({"alg": "HS256", "zip": "DEF"}, deflated(claims())),
    "compressed claims without end": lambda: signed({"alg": "HS256", "zip": "DEF"}, deflated(PADDING)),
    "JWE": lambda: ".".join(
        [segment({"alg": "dir", "enc": "A256GCM"}), "", *map(segment, (b"i" * 12, b"c", b"t" * 16))]
    ),
    "JWE, compressed": lambda: ".".join(
        [segment({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}), "", *map(segment, (b"i" * 12, b"c", b"t" * 16))]
    ),
    "JWE with PBES2 and a billion rounds": lambda: ".".join(
        [
            segment({"alg": "PBES2-HS512+A256KW", "p2c": 10**9, "p2s": "c2FsdA", "enc": "A256GCM"}),
            *map(segment, (b"k" * 40, b"i" * 12, b"c", b"t" * 16)),
        ]
    ),
    "four segments": lambda: token() + ".x",
    "two segments": lambda: token().rpartition(".")[0],
    "one segment": lambda: token().partition(".")[0],
    "only dots": lambda: "..",
    "e-mail twice": lambda: signed(
        {"alg": "HS256"}, as_members(("email", "a@evil.org"), ("email", EMAIL), ("exp", claims()["exp"]))
    ),
    "exp twice": lambda: signed({"alg": "HS256"}, as_members(("exp", 1), *claims().items())),
    "alg twice": lambda: signed(as_members(("alg", "none"), ("alg", "HS256"))),
    "a name twice deep inside": lambda: signed(
        {"alg": "HS256"}, as_members(*claims().items())[:-1] + b',"a":[{"b":1,"b":2}]}'
    ),
    "claims are a list": lambda: signed({"alg": "HS256"}, [claims()]),
    "claims are deeply nested": lambda: signed({"alg": "HS256"}, b"[" * 4000),
    "claims hold deep nesting": lambda: signed(
        {"alg": "HS256"}, json.dumps(claims()).encode()[:-1] + b',"a":' + b"[" * 2000 + b"]" * 2000 + b"}"
    ),
    "claims are not UTF-8": lambda: signed({"alg": "HS256"}, b'{"email":"\xff"}'),
    "exp of many digits": lambda: signed({"alg": "HS256"}, b'{"email":"%s","exp":%s}' % (EMAIL.encode(), b"9" * 5000)),
    "exp is NaN": lambda: signed({"alg": "HS256"}, b'{"email":"%s","exp":NaN}' % EMAIL.encode()),
    "exp is true": lambda: token(exp=True),
    "signature of another alphabet": lambda: base64.b64encode(b"\xfb\xff" * 16).decode().join(["a.b.", ""]),
    "another token's signature": lambda: f"{token().rpartition('.')[0]}.{token(sub='b').rpartition('.')[2]}",
    "the empty secret": lambda: signed({"alg": "HS256"}, secret=""),
    "the header's own secret": lambda: signed(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": segment(b"mine")}}, secret="mine"
    ),
}
