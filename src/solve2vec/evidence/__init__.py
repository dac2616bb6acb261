"""Evidence: the lines, pairs, context words and documents of a text that vectors rest on."""
