"""What headquarters answers over HTTP: its API, its live events and its pages."""
