"""What a client needs that speaks plain HTTP to this machine alone."""

import ssl

TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""No TLS is spoken on loopback. Reading all authorities took 30 ms a client, most of a short test."""
