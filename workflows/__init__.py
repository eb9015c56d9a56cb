"""The durable stories. Nothing here talks to the world, reads a clock or draws a random number."""
