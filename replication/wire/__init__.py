"""The published language of Kontor: value types, events and envelopes that branches and headquarters both speak.

Pure. Everything on the wire is additive: fields are only ever added at the end with defaults, kinds and field
positions are never re-used, and raw bytes are kept so that what this version cannot read survives it.
"""
