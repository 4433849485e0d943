"""What can become of a mutant."""


from refcheck.mutation.trees import Mutant
from refcheck.named import NamedTuple

KILLED, SURVIVED, EQUIVALENT, CONTAINED, INVALID = "killed", "survived", "equivalent", "contained", "invalid"


class Judged(NamedTuple):
    """What became of a mutant: `by` names the property that kills it, `where` the function and its entry context."""

    mutant: Mutant
    status: str
    by: str = ""
    where: str = ""
    reason: str = ""
