"""How things enter: webhooks, callbacks, the operator's API and command line, and the local stack."""
