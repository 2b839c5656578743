"""One module for each kind of application that is protected; each imports its framework when it is used."""
