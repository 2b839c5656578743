"""The targets, one file each; `satsuma.samples.table` has their rows."""
