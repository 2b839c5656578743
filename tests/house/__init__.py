"""House rules: each is a function from a tree to findings, shown a bad sample and then ours."""
