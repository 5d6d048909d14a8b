"""The rules of a branch's ledger. Pure: values in, values out; no clock, no disk, no devices."""
