"""Pure rules on frozen models. Imports nothing else of ours, opens nothing, waits for nothing."""
