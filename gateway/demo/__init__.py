"""The sample shop: invented goods, people who buy them, and simulated devices. Talks to a branch as any client would."""
