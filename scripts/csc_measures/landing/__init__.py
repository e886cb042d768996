"""Extracts at the door: found, read, checked, and landed typed and pseudonymous."""
