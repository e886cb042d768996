"""Import CIN census returns: XML, a file for each year."""
