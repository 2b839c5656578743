"""The tests of Satsuma; CONTRIBUTING.md says what stands where."""
