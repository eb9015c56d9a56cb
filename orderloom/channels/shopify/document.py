"""What a GraphQL document is to us."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """One operation. `changes` tells that a lost answer leaves open whether it was carried out."""

    name: str
    text: str
    changes: bool = False
