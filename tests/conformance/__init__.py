"""Codes held against a file of cases that stands outside the project."""
