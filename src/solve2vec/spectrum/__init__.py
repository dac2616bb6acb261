"""The leading modes of a target."""
