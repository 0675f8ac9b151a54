"""The pages of sign-in and of a person's own settings."""
