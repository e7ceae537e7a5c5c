"""The stack in containers, as far as it can be known without containers: by the readers of each of its files."""
