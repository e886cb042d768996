"""One module for each work area, one function for each measure: `measure_23(council, period)`."""
