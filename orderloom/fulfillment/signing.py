"""Whether a callback is genuine, by the way its sender signs. Each of several secrets may sign."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence

from orderloom.domain.errors import WrongSignature
from orderloom.domain.node_api import NodeCallback, Signing

_STANDARD = ("webhook-id", "webhook-timestamp", "webhook-signature")
_PREFIX = "whsec_"


def verify(node: str, how: NodeCallback, secrets: Sequence[str], body: bytes, headers: Mapping[str, str]) -> None:
    """Raises WrongSignature. A repeat of a genuine one passes: it is recognised by its delivery id."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    # As bytes: compare_digest refuses text that is not ASCII, and a header may hold anything.
    told = [word.encode("utf-8", "replace") for word in _told(how, given)]
    expected = [word for secret in secrets for word in _expected(how, secret, body, given)]
    # All are compared, so that the time taken tells nothing.
    fits = [hmac.compare_digest(one, word) for one in told for word in expected]
    if not any(fits):
        raise WrongSignature(f"node:{node}: the callback's signature fits none of its secrets")


def _told(how: NodeCallback, given: Mapping[str, str]) -> list[str]:
    if how.signing is Signing.STANDARD_WEBHOOKS:
        return given.get(_STANDARD[2], "").split()
    value = given.get(how.header.lower(), "")
    return [value.removeprefix("sha256=").lower() if how.signing is Signing.HMAC_HEX else value]


def _expected(how: NodeCallback, secret: str, body: bytes, given: Mapping[str, str]) -> Iterator[bytes]:
    """None for a secret that cannot sign."""
    if how.signing is Signing.SECRET:
        if secret:
            yield secret.encode()
    elif how.signing is Signing.HMAC_HEX:
        yield hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
    elif how.signing is Signing.HMAC_BASE64:
        yield base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    else:
        yield from _standard(secret, body, given)


def _standard(secret: str, body: bytes, given: Mapping[str, str]) -> Iterator[bytes]:
    """standardwebhooks.com: HMAC-SHA256 of `{id}.{timestamp}.{body}`, base64, behind `v1,`."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return
    signed = f"{given.get(_STANDARD[0], '')}.{given.get(_STANDARD[1], '')}.".encode() + body
    yield b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
