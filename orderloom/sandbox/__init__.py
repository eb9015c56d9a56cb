"""Local stand-ins of Amazon, Shopify and fulfillment nodes: the real wire formats over real HTTP, with their own state.

What they refuse, the real ones refuse. Where the real behaviour is not known from a source, the docstring says so.
"""
