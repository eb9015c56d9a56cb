"""The order store: SQL tables and the few transactions on them, behind the ports of the domain."""
