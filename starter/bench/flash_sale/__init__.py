"""A discrete-event simulation of two channels that sell one SKU; it drives the listing functions of the domain."""
