"""Linear algebra over fixed blocks of rows: the same bits for any number of threads."""
