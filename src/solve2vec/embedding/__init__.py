"""A vector for each word, and questions to it."""
