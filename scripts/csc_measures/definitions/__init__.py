"""What each measure means: the definitions, read into the register."""
