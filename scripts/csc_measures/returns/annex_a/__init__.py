"""Import Ofsted's Annex A: a workbook of lists of children, made for an inspection."""
