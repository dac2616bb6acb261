"""Documents as token ids."""
