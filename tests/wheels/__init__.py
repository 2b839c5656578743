"""The two distributions, built and installed as a stranger gets them."""
