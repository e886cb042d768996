-- What the months of each series signal: one row per series and month.
{{ expected(ref('points')) }}
