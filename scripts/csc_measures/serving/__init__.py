"""Serve what is published in other places: a PostgreSQL database, a workbook."""
