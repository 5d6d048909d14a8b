"""Codes that scanners read, by the standards of GS1. `read_scan` is the door; it knows no item and refuses no text."""

from gateway.domain.barcode.finding import Finding, Severity
from gateway.domain.barcode.scan import PLAIN, CodeRules, Scan, read_scan
from gateway.domain.barcode.trade_numbers import check_digit, has_check_digit

__all__ = ["PLAIN", "CodeRules", "Finding", "Scan", "Severity", "check_digit", "has_check_digit", "read_scan"]
