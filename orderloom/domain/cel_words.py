"""CEL's parser speaks of tokens. These are its faults as what to write instead."""

import re

_FAULTS = (
    (r"mismatched input '<EOF>'", "it ends too early; write what comes after it, e.g. `order.weight_lb > 5.0`"),
    (r"missing '(.+?)' at '<EOF>'", "`{0}` is missing at the end"),
    (r"missing '(.+?)' at '(.+?)'", "`{0}` is missing before `{1}`"),
    (r"extraneous input '(.+?)'", "`{0}` is too much here; leave it out"),
    (r"mismatched input '(.+?)'", "`{0}` cannot stand here; combine conditions with `&&`, `||` and `!`"),
    (r"token recognition error at: '(.+?)'", "`{0}` is no sign of CEL; compare with `==`, and put text in quotes"),
)


def fault_in_words(message: str) -> str:
    """What a person reads; a message that is not the parser's stays as it is."""
    if not message.startswith("Syntax error: "):
        return message
    for pattern, words in _FAULTS:
        if found := re.search(pattern, message):
            return words.format(*found.groups())
    return message
