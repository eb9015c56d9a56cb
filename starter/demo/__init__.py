"""The demo: a kitchen shop sells for a minute on both channels, against the sandbox, through the whole real stack."""
