"""Side-by-side measurements, each in one run: ``python -m bench --help``."""
