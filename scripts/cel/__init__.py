"""Training of the bundled style `cel`: classical teacher, procedural data, student network, losses, export."""
