"""The public contract: names, documents and failure types that other systems depend on.

Everything else imports this package and it imports nothing of the project. A change here needs a
changelog entry and a compatible path.
"""
