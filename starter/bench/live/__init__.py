"""The flash sale on the whole real stack, beside a connector that runs in batches: buyers buy what is listed."""
