"""The pages: static files over the marts of one generation, which open from a file share without a server."""
