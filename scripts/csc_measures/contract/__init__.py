"""What comes in, as data: extracts, code lists and the rules that a delivery may break."""
