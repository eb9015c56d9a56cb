"""Warehouses and 3PLs that follow orderloom's node protocol: accept, pick, ship, call back."""
