"""The program `satsuma`: finds its commands by the entry-point group `satsuma.commands`."""
