"""What a workflow may ask the world for: thin steps over the domain's ports. Errors become retry decisions here."""
