"""One file per change of the schema, each building on the one before."""
