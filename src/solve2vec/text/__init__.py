"""Text: documents on disk or in memory, as streams of tokens."""
