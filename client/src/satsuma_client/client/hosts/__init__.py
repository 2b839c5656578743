"""One module for each library whose requests carry a token; each imports its library when it is used."""
