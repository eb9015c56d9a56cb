"""Sealing, the key ring and its rotation."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from orderloom.domain.errors import ConfigInvalid
from orderloom.storage.store import Store
from orderloom.storage.vault import KEY_FILE, KeyRing, seal, unseal
from tests.storage.shop import BUYER, KEYS, event, key, order, reading

OLD, NEW = b"1" * 32, b"2" * 32


def test_what_is_sealed_opens_only_for_its_row_and_unchanged() -> None:
    sealed = seal(OLD, b"Ada Buyer", "orders:1:personal")
    assert unseal(OLD, sealed, "orders:1:personal") == b"Ada Buyer"
    assert sealed != seal(OLD, b"Ada Buyer", "orders:1:personal")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    wrong = [
        (OLD, sealed, "orders:2:personal"),
        (NEW, sealed, "orders:1:personal"),
        (OLD, changed, "orders:1:personal"),
    ]
    for master, box, row in wrong:
        with pytest.raises(InvalidTag):
            unseal(master, box, row)


def test_a_key_ring_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = KeyRing.load_or_create(tmp_path / "state")
    again = KeyRing.load_or_create(tmp_path / "state")
    path = tmp_path / "state" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in path.parent.iterdir()] == [KEY_FILE]
    key_id, wrapped = first.wrap(b"data key", "row")
    assert again.unwrap(key_id, wrapped, "row") == b"data key"


@pytest.mark.parametrize("content", ["", "[]", '{"current": "a", "keys": {"a": "!"}}', '{"keys": {}}'])
def test_a_broken_key_file_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(ConfigInvalid, match=KEY_FILE):
        KeyRing.load_or_create(tmp_path)


def test_a_key_of_the_wrong_size_or_a_missing_current_key_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="must be 32 bytes, is 5"):
        KeyRing({"a": b"short"}, "a")
    with pytest.raises(ConfigInvalid, match="not in the key ring"):
        KeyRing({"a": OLD}, "b")


def test_a_key_ring_never_shows_its_keys() -> None:
    assert repr(KeyRing({"a": OLD}, "a")) == "KeyRing(ids=['a'], current='a')"
    assert json.dumps(repr(KEYS)).count("1111") == 0


def test_after_rotation_old_data_opens_and_new_data_needs_the_new_key(store: Store) -> None:
    store.orders.record(reading(order(1)), "none")
    old_event = store.events.store(event("d1", None)).event_id
    rotated = Store(store.database, KeyRing({"k1": OLD, "k2": NEW}, "k2"))
    assert rotated.orders.personal(key(1)) == BUYER
    assert rotated.events.load(old_event).body == event().body
    rotated.orders.record(reading(order(2)), "none")
    only_new = Store(store.database, KeyRing({"k2": NEW}, "k2"))
    assert only_new.orders.personal(key(2)) == BUYER
    with pytest.raises(ConfigInvalid, match="k1: is missing"):
        only_new.orders.personal(key(1))
