"""The one table of refusals: a row for each cause, and the value that carries one."""
