"""The promises, the rules and alerts that are made of them, and in `generate/` what makes them."""
