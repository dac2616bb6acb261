"""Text and corpora for tests, demonstrations and documentation."""
