"""Both ends of one protocol: a branch's journal reaches headquarters exactly once, in order.

`wire` is the published language, `storage` the SQLite engine both ends stand on, `branch` ships a journal,
`headquarters` applies what arrives. Nothing here knows tills, devices or posting rules.
"""
