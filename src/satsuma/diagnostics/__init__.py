"""Why something failed: explanations of requests, and the doctor."""
