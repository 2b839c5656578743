"""A step of a flow, or a request, to the text of a program in a language.

Owns what a sample says and how each language writes it: the steps as requests, the quoting, the targets; and reads what
others say a request is, a curl command, a HAR, an OpenAPI document. It sends
nothing and reads no environment; what it shows is run by its tests. It knows the standards and nothing else of ours.
The portal and the command line show samples.
"""

from satsuma.samples.levels import LEVELS, Level
from satsuma.samples.proof import Proof, find_proof
from satsuma.samples.reading.curl import Shell, read_curl
from satsuma.samples.reading.har import read_har
from satsuma.samples.reading.ledger import Named
from satsuma.samples.reading.openapi import Operation, read_openapi
from satsuma.samples.reading.reading import Reading
from satsuma.samples.reading.schema_values import Schemas
from satsuma.samples.reading.styles import header_value, path_part, query_pairs
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.sample import NotOffered, Sample, Target
from satsuma.samples.show import show
from satsuma.samples.steps import STEPS, Step, Values
from satsuma.samples.table import targets

__all__ = [
    "LEVELS",
    "STEPS",
    "Level",
    "Named",
    "NotOffered",
    "Operation",
    "Proof",
    "Reading",
    "Sample",
    "Schemas",
    "Shell",
    "Step",
    "Target",
    "Unreadable",
    "Values",
    "find_proof",
    "header_value",
    "path_part",
    "query_pairs",
    "read_curl",
    "read_har",
    "read_openapi",
    "show",
    "targets",
]
