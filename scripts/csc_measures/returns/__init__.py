"""Statutory returns turned into extracts."""
