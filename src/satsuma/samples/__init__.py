"""A step of a flow, or a request, to the text of a program in a language.

Owns what a sample says and how each language writes it: the steps as requests, the quoting, the targets. It sends
nothing and reads no environment; what it shows is run by its tests. It knows the standards and nothing else of ours.
The portal and the command line show samples.
"""

from satsuma.samples.levels import LEVELS, Level
from satsuma.samples.proof import Proof, find_proof
from satsuma.samples.sample import NotOffered, Sample, Target
from satsuma.samples.show import show
from satsuma.samples.steps import STEPS, Step, Values
from satsuma.samples.table import targets

__all__ = [
    "LEVELS",
    "STEPS",
    "Level",
    "NotOffered",
    "Proof",
    "Sample",
    "Step",
    "Target",
    "Values",
    "find_proof",
    "show",
    "targets",
]
