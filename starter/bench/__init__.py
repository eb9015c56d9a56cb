"""Yardsticks that need no running stack."""
