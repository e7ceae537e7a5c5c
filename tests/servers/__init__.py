"""Real servers for the tests that need them: each on free loopback ports, its data in a folder of its own.

What is here starts, watches and stops them, and asks them in their own protocols. What is expected of their
answers stands in the tests.
"""
