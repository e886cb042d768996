"""One run: build, test, check and publish, or leave everything as it was."""
