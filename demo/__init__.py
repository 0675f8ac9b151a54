"""What `make demo` and the tests use in place of the outside world. Never imported by production settings."""
