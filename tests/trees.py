"""Walking through JSON documents that tests are to break."""


def places(node, path=()):
    """Yield the path of each value inside a document."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in pairs:
        yield (*path, name)
        if isinstance(value, dict | list):
            yield from places(value, (*path, name))
