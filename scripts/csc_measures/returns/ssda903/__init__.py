"""The SSDA903 return of looked-after children and care leavers, turned into extracts."""
