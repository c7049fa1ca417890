"""Where a field's answer stands in a resource: read from there, written back there and only there.

An element's `read` gives the answer that the field shows; `write` changes the resource in place
only where the answer differs from what `read` gives: an unchanged field changes nothing.
"""
