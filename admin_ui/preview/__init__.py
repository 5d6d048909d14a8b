"""Every page with rich made-up content, rendered to files: for eyes, screenshots and tests. Runs no gateway."""
