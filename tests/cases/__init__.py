"""Small inputs as people bring them, each with its right value or the refusal that names what to do."""
