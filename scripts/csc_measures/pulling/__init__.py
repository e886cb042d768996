"""Pull the extracts from a reporting database into a landing folder."""
