"""Why something failed, told to who may know: explanations of refused requests, and the doctor.

Owns the causes in words with the command that mends each, whose secret it was, and the checks of an installation.
Does not own the rows of the request log (telemetry writes them), nor refusing (domain/errors).
"""
