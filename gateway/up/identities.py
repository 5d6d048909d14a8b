"""Plays the technician of a home: makes each site's key pair in its own folder and has headquarters sign it."""

import os

from gateway.up.home import HomeError
from gateway.up.plan import Plan
from replication.identity.keys import IdentityError
from replication.identity.site import TRUST_FOLDER, branch_identity
from replication.identity.trust import Trust


def enrol_sites(plan: Plan) -> str:
    """Every branch has a key and a token afterwards; answers what the NATS server must include."""
    try:
        trust = Trust(plan.headquarters.folder / TRUST_FOLDER, os.urandom)
        revoked = trust.revoked()
        for branch in plan.branches:
            branch.folder.mkdir(parents=True, exist_ok=True)
            identity = branch_identity(branch.folder)
            key = identity.make_key(os.urandom)
            if key.public not in revoked:
                identity.accept(branch.id, trust.enrol(branch.id, key.public))
        return trust.server_settings()
    except IdentityError as refused:
        raise HomeError(str(refused), refused.hint) from refused
