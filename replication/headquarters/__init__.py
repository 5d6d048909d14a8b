"""Headquarters' end of replication: decides about what arrives, applies it once and in order, shows all branches."""
