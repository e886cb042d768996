"""What was said before: kept with what is published, set beside what is said now, shown and made again."""
