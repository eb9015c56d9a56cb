"""Personal data at rest: AES-256-GCM under data keys, which are themselves wrapped by a ring of master keys.

Deleting a data key makes everything sealed under it unreadable for good: that is how personal data is purged. What is
sealed is bound to the row it belongs to, so a ciphertext moved to another row does not open.
"""

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orderloom.domain.errors import ConfigInvalid

KEY_BYTES = 32
KEY_FILE = "master-keys.json"
_NONCE_BYTES = 12
_SOURCE = "key ring"


def seal(key: bytes, plain: bytes, bound_to: str) -> bytes:
    """Encrypt; the result is nonce, ciphertext and tag, and opens only with the same `bound_to`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Decrypt; raises cryptography's InvalidTag for a wrong key, another row or a changed byte."""
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())


class KeyRing:
    """Master keys by id, 32 bytes each. New data is wrapped under `current`; any key of the ring unwraps."""

    def __init__(self, keys: dict[str, bytes], current: str) -> None:
        """Raises ConfigInvalid for a key of a wrong size or a `current` that is not in the ring."""
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES:
                raise ConfigInvalid(_SOURCE, None, key_id, f"must be {KEY_BYTES} bytes, is {len(key)}")
        if current not in keys:
            raise ConfigInvalid(_SOURCE, None, current, "is to be used for new data and is not in the key ring")
        self._keys = dict(keys)
        self.current = current

    def __repr__(self) -> str:
        return f"KeyRing(ids={sorted(self._keys)}, current={self.current!r})"

    @classmethod
    def load_or_create(cls, directory: Path) -> "KeyRing":
        """The ring kept in `directory`, made with one new key where there is none. Safe in several processes."""
        path = directory / KEY_FILE
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            _write_once(path, {"current": "local-1", "keys": {"local-1": _as_text(secrets.token_bytes(KEY_BYTES))}})
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            keys = {key_id: base64.b64decode(text, validate=True) for key_id, text in stored["keys"].items()}
            return cls(keys, stored["current"])
        except (ValueError, KeyError, TypeError, AttributeError):
            why = 'must hold {"current": id, "keys": {id: 32 bytes in base64}}'
            raise ConfigInvalid(str(path), None, "keys", why) from None

    def wrap(self, data_key: bytes, bound_to: str) -> tuple[str, bytes]:
        """The id of the master key that was used, and the wrapped data key."""
        return self.current, seal(self._keys[self.current], data_key, bound_to)

    def unwrap(self, key_id: str, wrapped: bytes, bound_to: str) -> bytes:
        """Raises ConfigInvalid where the master key is no longer in the ring."""
        if key_id not in self._keys:
            raise ConfigInvalid(_SOURCE, None, key_id, "is missing; data that it protects cannot be read without it")
        return unseal(self._keys[key_id], wrapped, bound_to)


def _as_text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _write_once(path: Path, content: dict[str, object]) -> None:
    """Create `path` whole and readable by its owner only; whoever comes second leaves the first one's file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")  # mkstemp makes it 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            # A hard link fails where the name is taken, so two processes never end up with two keys.
            _link(draft, path)
    finally:
        draft.unlink()


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
