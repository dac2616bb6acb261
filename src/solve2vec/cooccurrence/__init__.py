"""How often words stand near each other."""
