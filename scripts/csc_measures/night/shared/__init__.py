"""The shared edition: numbers for outside the service, small ones protected."""
